"""Finding experiments: the folder is the registry, and a script named by its path runs the same way."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from mapsto.errors import BadInput
from mapsto.runs.lessons.experiment import Experiment


def find(folder: Path) -> list[Experiment]:
    """Every experiment in ``folder``, in reading order.

    Raises:
        BadInput: no such folder, none in it, a script that cannot be loaded, or a name used twice.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no folder {str(folder)!r}; give the folder of your scripts with --experiments")
    loaded = [(load(path), path) for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")]
    if not loaded:
        raise BadInput(f"the folder {str(folder)!r} holds no experiment script (*.py)")
    by_name: dict[str, Path] = {}
    for experiment, path in loaded:
        if experiment.name in by_name:
            raise BadInput(
                f"{str(path)!r} and {str(by_name[experiment.name])!r} are both named {experiment.name!r}; "
                "rename one of them"
            )
        by_name[experiment.name] = path
    return sorted((experiment for experiment, _ in loaded), key=lambda e: (e.order, e.name))


def choose(wanted: Sequence[str], folder: Path) -> list[Experiment]:
    """The experiments named (or pathed) in ``wanted``; all of the folder's when it is empty.

    Raises:
        BadInput: an unknown name or a file that is not there, two results that would share a name, and as
            :func:`find`.
    """
    scripts = [name for name in wanted if name.endswith(".py")]
    known = {} if wanted and len(scripts) == len(wanted) else {e.name: e for e in find(folder)}
    if not wanted:
        return list(known.values())
    chosen: dict[str, Experiment] = {}
    for name in dict.fromkeys(wanted):  # what is asked for twice runs once
        if name not in scripts and name not in known:
            raise BadInput(f"there is no experiment {name!r}; there are: {', '.join(known)} (or name a .py file)")
        experiment = load(Path(name)) if name in scripts else known[name]
        if chosen.get(experiment.name, experiment) is not experiment:
            raise BadInput(f"two of the experiments asked for are named {experiment.name!r}; rename one of them")
        chosen[experiment.name] = experiment
    return list(chosen.values())


def load(path: Path) -> Experiment:
    """The ``experiment`` a script defines.

    Raises:
        BadInput: the file is not there, cannot be run, or defines no ``experiment``.
    """
    if not path.is_file():
        raise BadInput(f"there is no file {str(path)!r}; name an experiment or the path of its script")
    spec = importlib.util.spec_from_file_location(f"mapsto_experiment_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{str(path)!r} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BadInput:
        raise
    except (
        Exception,
        SystemExit,
    ) as error:  # a user's script may raise anything; it is named and told, never swallowed
        raise BadInput(f"{str(path)!r} cannot be run: {type(error).__name__}: {error}") from error
    experiment = getattr(module, "experiment", None)
    if not isinstance(experiment, Experiment):
        raise BadInput(f"{str(path)!r} defines no experiment; it should hold `experiment = Experiment(...)`")
    return experiment
