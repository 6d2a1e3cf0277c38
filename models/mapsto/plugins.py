"""Finding priors: those of this package, of installed packages, and of a file that the user names.

A prior is found by its file being in ``mapsto/priors``. Nothing outside the package is run unless it is asked for:
another package's prior when it is named or listed, a file of the user's only by its own path.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import mapsto.priors
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors import NOISE_PRIORS, NoisePrior
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior, Recipe

GROUP = "mapsto.priors"
TEXTS = ("name", "formula", "penalty_formula", "reference", "paragraph")


@cache
def shipped() -> dict[str, type[Prior]]:
    """Every prior with a file in ``mapsto/priors``, by name.

    Raises:
        BadInput: a file that cannot be imported or holds no whole prior, or a name used twice; the file is named.
    """
    found: dict[str, type[Prior]] = {}
    for info in pkgutil.iter_modules(mapsto.priors.__path__):
        if info.name.startswith(("_", "base")):
            continue
        where = str(Path(mapsto.priors.__path__[0]) / f"{info.name}.py")
        try:
            module = importlib.import_module(f"mapsto.priors.{info.name}")
        except Exception as error:  # whatever a new file raises is told with its name, never swallowed
            raise BadInput(f"{where!r} cannot be imported: {type(error).__name__}: {error}") from error
        priors = list(_priors_in(module))
        if not priors:
            raise BadInput(f"{where!r} defines no prior; it should hold a dataclass that derives from Prior")
        for kind in priors:
            _add(found, whole(kind, where), where)
    return found


def installed(*, taken: dict[str, type[Prior]]) -> dict[str, type[Prior]]:
    """The priors that other packages offer by the entry-point group ``mapsto.priors``, by name.

    Raises:
        BadInput: one that cannot be loaded or is not a whole prior, or whose name is taken.
    """
    found = dict(taken)
    for point in entry_points(group=GROUP):
        where = f"{point.value} (entry point {point.name!r} of {_package(point)})"
        try:
            kind = point.load()
        except Exception as error:  # another package's code may raise anything; it is named and told
            raise BadInput(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
        _add(found, whole(kind, where), where)
    return {name: kind for name, kind in found.items() if name not in taken}


def catalogue() -> dict[str, type[Prior]]:
    """All priors there are, by name: the package's own, then those of other packages."""
    own = shipped()
    return own | installed(taken=own)


def from_file(path: Path, name: str) -> type[Prior]:
    """The prior class ``name`` of a Python file that the user named.

    Raises:
        BadInput: no such file, it cannot be run, or it holds no such whole prior.
    """
    if not path.is_file():
        raise BadInput(f"there is no file {str(path)!r}; give the path of a Python file and its prior, as FILE.py:Name")
    spec = importlib.util.spec_from_file_location(f"mapsto_prior_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{str(path)!r} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a user's file may raise anything; it is named and told
        raise BadInput(f"{str(path)!r} cannot be run: {type(error).__name__}: {error}") from error
    if not hasattr(module, name):
        there = ", ".join(kind.__name__ for kind in _priors_in(module)) or "none"
        raise BadInput(f"{str(path)!r} defines no {name!r}; the priors in it: {there}")
    return whole(getattr(module, name), str(path))


def parse_prior(text: str) -> Prior:
    """A prior as the command line names it: ``laplace:scale=2``, ``student_t:scale=2,df=4``, ``file.py:Name:scale=2``.

    Raises:
        BadInput: an unknown prior or parameter, a value that cannot be used, and as :func:`from_file`.
    """
    head, _, rest = text.partition(".py:")
    if rest:
        name, _, params = rest.partition(":")
        return _make(from_file(Path(f"{head}.py"), name), name, params)
    name, _, params = text.partition(":")
    if name.endswith(".py"):
        raise BadInput(f"the prior {text!r} is a file without the name of its prior; expected FILE.py:Name")
    key, own = name.strip().replace("-", "_").lower(), shipped()
    kinds = own if key in own else own | installed(taken=own)
    if key not in kinds:
        raise BadInput(f"there is no prior {name!r}; there are: {', '.join(kinds)} (or FILE.py:Name)")
    return _make(kinds[key], key, params)


def parse_noise(text: str) -> NoisePrior:
    """A prior on sigma as the command line names it: ``half_normal:scale=50``, ``jeffreys``.

    Raises:
        BadInput: an unknown one, or parameters it has not.
    """
    name, _, params = text.partition(":")
    key = name.strip().replace("-", "_").lower()
    if key not in NOISE_PRIORS:
        raise BadInput(f"there is no prior on sigma named {name!r}; there are: {', '.join(NOISE_PRIORS)}")
    made: NoisePrior = _construct(NOISE_PRIORS[key], key, params)
    return made


def whole(kind: Any, where: str) -> type[Prior]:
    """``kind`` if it is a prior class with all its members, or BadInput naming what is missing and where."""
    if not (inspect.isclass(kind) and issubclass(kind, Prior)):
        raise BadInput(f"{where}: {getattr(kind, '__name__', kind)!r} is not a class that derives from mapsto's Prior")
    missing = sorted(getattr(kind, "__abstractmethods__", ())) + [
        text for text in TEXTS if not (isinstance(getattr(kind, text, None), str) and getattr(kind, text).strip())
    ]
    if missing:
        raise BadInput(f"{where}: the prior {kind.__name__} has no {', '.join(missing)}; every prior states them")
    if not hasattr(kind, "__dataclass_fields__"):
        raise BadInput(f"{where}: the prior {kind.__name__} is no dataclass; put @dataclass(frozen=True) above it")
    return kind


def signature(kind: type[Prior]) -> str:
    """How to ask for a prior: its name and parameters, those with a default in brackets."""
    params = inspect.signature(kind).parameters.values()
    shown = [
        f"{one.name}=" if one.default is one.empty else f"[{one.name}={json.dumps(one.default)}]" for one in params
    ]
    return kind.name + (":" + ",".join(shown) if shown else "")


def markdown_table() -> str:
    """The shipped priors as the README shows them: how to ask for each, its penalty, its estimator, its mode."""
    rows = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0]])
    problem = Problem.from_rows(rows, rows @ [1.0, -1.0] + [0.1, -0.2, 0.0, 0.1], noise_sd=1.0)
    lines = ["| prior | penalty φ(w) | scikit-learn | mode |", "|---|---|---|---|"]
    for kind in shipped().values():
        example = kind.examples(problem.p)[0]
        recipe = example.to_sklearn(problem)
        estimator = "none"
        if isinstance(recipe, Recipe):
            estimator = f"`{recipe.estimator}{'(positive=True)' if 'positive' in recipe.params else ''}`"
        lines.append(f"| `{signature(kind)}` | ${kind.penalty_formula}$ | {estimator} | {_kind_of_mode(example)} |")
    return "\n".join(lines)


def _kind_of_mode(prior: Prior) -> str:
    if prior.no_mode:
        return "none: a posterior only"
    if not prior.convex:
        return "local, by many starts"
    return "with exact zeros" if prior.kinked else "one"


def _priors_in(module: ModuleType) -> Iterator[type[Prior]]:
    for _, kind in inspect.getmembers(module, inspect.isclass):
        if issubclass(kind, Prior) and kind.__module__ == module.__name__:
            yield kind


def _add(found: dict[str, type[Prior]], kind: type[Prior], where: str) -> None:
    if kind.name in found:
        other = inspect.getsourcefile(found[kind.name]) or found[kind.name].__module__
        raise BadInput(f"{where} and {other} both define a prior named {kind.name!r}; rename one of them")
    found[kind.name] = kind


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown package"


def _make(kind: type[Prior], name: str, params: str) -> Prior:
    made: Prior = _construct(kind, name, params)
    return made


def _construct(kind: Any, name: str, params: str) -> Any:
    """An instance of a dataclass from ``key=value,...``; values are JSON (numbers, true, lists)."""
    given: dict[str, Any] = {}
    known = inspect.signature(kind).parameters
    for part in _split(params):
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals or key not in known or key in given:
            expected = ", ".join(f"{one}=…" for one in known) or "nothing"
            raise BadInput(f"{name} was given {part!r}; expected {expected}, each once")
        try:
            given[key] = json.loads(value)
        except ValueError:
            raise BadInput(
                f"{key} of {name} is {value!r}; expected a number, true, false or a list like [1,2]"
            ) from None
    missing = [one.name for one in known.values() if one.default is one.empty and one.name not in given]
    if missing:
        raise BadInput(
            f"{name} needs {', '.join(missing)}; give it as {name}:{','.join(f'{one}=…' for one in missing)}"
        )
    try:
        return kind(**given)
    except TypeError as error:
        raise BadInput(f"{name} cannot be made of {params!r}: {error}") from error


def _split(params: str) -> list[str]:
    """``a=1,b=[1,2]`` at its commas outside brackets."""
    parts, depth, current = [], 0, ""
    for sign in params:
        depth += (sign == "[") - (sign == "]")
        if sign == "," and not depth:
            parts.append(current)
            current = ""
        else:
            current += sign
    return [part for part in [*parts, current] if part.strip()]
