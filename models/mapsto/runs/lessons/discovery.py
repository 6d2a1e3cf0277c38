"""Finding experiments: the folder is the registry, and a script named by its path runs the same way."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Sequence
from pathlib import Path

from mapsto.errors import BadInput, told
from mapsto.runs.lessons.experiment import Experiment
from mapsto.runs.lessons.reading_order import in_order


def find(folder: Path) -> list[Experiment]:
    """Every experiment in ``folder``: those that its ``reading_order.txt`` names, then the others by name.

    Raises:
        BadInput: no such folder, none in it, a script that cannot be loaded, a name used twice, or a reading order
            that names what is not there.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        raise BadInput(f"there is no folder {str(folder)!r}; give the folder of your scripts with --experiments")
    loaded = [(load(path), path) for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")]
    if not loaded:
        raise BadInput(f"the folder {str(folder)!r} holds no experiment script (*.py)")
    by_name: dict[str, tuple[Experiment, Path]] = {}
    for experiment, path in loaded:
        if experiment.name in by_name:
            raise BadInput(
                f"{str(path)!r} and {str(by_name[experiment.name][1])!r} are both named {experiment.name!r}; "
                "rename one of them"
            )
        by_name[experiment.name] = experiment, path
    return [by_name[name][0] for name in in_order(by_name, str(folder))]


def choose(wanted: Sequence[str], folder: Path) -> dict[str, Experiment]:
    """What is asked for in ``wanted``, a name or the path of a script, with its experiment.

    Without ``wanted`` it is every experiment in the folder, by name.

    Raises:
        BadInput: an unknown name or a file that is not there, two results that would share a name, a script that
            has the name of another in the folder, and as :func:`find`.
    """
    scripts = [name for name in wanted if name.endswith(".py")]
    known = {} if wanted and len(scripts) == len(wanted) else {e.name: e for e in find(folder)}
    if not wanted:
        return known
    chosen: dict[str, Experiment] = {}
    for name in dict.fromkeys(wanted):  # what is asked for twice runs once
        if name not in scripts and name not in known:
            raise BadInput(f"there is no experiment {name!r}; there are: {', '.join(known)} (or name a .py file)")
        experiment = load(Path(name)) if name in scripts else known[name]
        if name in scripts and (lesson := _lesson_named(experiment.name, Path(name), folder)) is not None:
            raise BadInput(
                f"{name!r} is named {experiment.name!r} and would overwrite the page of {str(lesson)!r}; rename it"
            )
        if any(other.name == experiment.name for other in chosen.values()):
            raise BadInput(f"two of the experiments asked for are named {experiment.name!r}; rename one of them")
        chosen[name] = experiment
    return chosen


def _lesson_named(name: str, path: Path, folder: Path) -> Path | None:
    """Another script than ``path`` in ``folder`` whose text gives its experiment this name; None if there is none."""
    given = re.compile(rf"\bname\s*=\s*[\"']{re.escape(name)}[\"']")
    for other in sorted(folder.glob("*.py")):
        if other.name.startswith("_") or other.resolve() == path.resolve() or not other.is_file():
            continue
        text = other.read_text(encoding="utf-8", errors="replace")
        if "Experiment(" in text and given.search(text):
            return other
    return None


def load(path: Path) -> Experiment:
    """The ``experiment`` a script defines.

    Raises:
        BadInput: the file is not there, cannot be run, or defines no ``experiment``.
    """
    if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises for a name that is too long
        raise BadInput(f"there is no file {str(path)!r}; name an experiment or the path of its script")
    spec = importlib.util.spec_from_file_location(f"mapsto_experiment_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{str(path)!r} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (BadInput, KeyboardInterrupt):
        raise
    except BaseException as error:  # a user's script may raise anything; it is named and told, never swallowed
        raise BadInput(f"{str(path)!r} cannot be run: {told(error)}") from error
    experiment = getattr(module, "experiment", None)
    if not isinstance(experiment, Experiment):
        raise BadInput(f"{str(path)!r} defines no experiment; it should hold `experiment = Experiment(...)`")
    return experiment
