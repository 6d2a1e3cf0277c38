"""Finding engines: a file or folder in ``mapsto/engines``, or another package's entry point ``mapsto.engines``."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import mapsto.engines
from mapsto.engines.base import Engine
from mapsto.errors import BadInput

PARTS = {"base", "question", "registry", "settings"}
"""The files of the room that are no engines."""


def engines() -> dict[str, type[Engine]]:
    """Every engine there is, by name: those that only find a mode first, then those that sample.

    Raises:
        BadInput: one that cannot be imported, that is no engine, or whose name is taken.
    """
    found: dict[str, type[Engine]] = {}
    for info in pkgutil.iter_modules(mapsto.engines.__path__):
        if info.name in PARTS or info.name.startswith("_"):
            continue
        module = f"mapsto.engines.{info.name}"
        try:
            room = importlib.import_module(module)
        except Exception as error:  # whatever a new file raises is told with its name, never swallowed
            raise BadInput(f"the engine {module} cannot be imported: {type(error).__name__}: {error}") from error
        kinds = [
            kind
            for _, kind in inspect.getmembers(room, inspect.isclass)
            if issubclass(kind, Engine) and kind.__module__.startswith(module)
        ]
        if not kinds:
            raise BadInput(f"{module} defines no engine; it should hold a class that derives from Engine")
        for kind in kinds:
            _add(found, kind, module)
    for point in metadata.entry_points(group="mapsto.engines"):
        try:
            kind = point.load()
        except Exception as error:  # another package's code may raise anything; it is named and told
            raise BadInput(
                f"the engine {point.name!r} ({point.value}) cannot be loaded: {type(error).__name__}: {error}"
            ) from error
        _add(found, kind, point.value)
    return dict(sorted(found.items(), key=lambda one: (one[1].samples(), one[0])))


def choose(wanted: Sequence[str] | None) -> dict[str, type[Engine]]:
    """The engines named, or all that are ready where none is.

    Raises:
        BadInput: an unknown name, or one that is not ready; it says what to install.
    """
    there = engines()
    if wanted is None:
        return {name: kind for name, kind in there.items() if not kind.missing()}
    for name in wanted:
        if name not in there:
            raise BadInput(f"there is no engine {name!r}; there are: {', '.join(there)}")
        if there[name].missing():
            raise BadInput(f"the engine {name!r} is not ready: {there[name].missing()}")
    return {name: kind for name, kind in there.items() if name in wanted}


def _add(found: dict[str, type[Engine]], kind: Any, where: str) -> None:
    if not (inspect.isclass(kind) and issubclass(kind, Engine)):
        raise BadInput(f"{where}: {getattr(kind, '__name__', kind)!r} is not a class that derives from mapsto's Engine")
    absent = [text for text in ("name", "label", "summary") if not getattr(kind, text, None)]
    if absent or not (kind.finds_mode() or kind.samples()):
        raise BadInput(f"{where}: the engine {kind.__name__} has no {', '.join(absent) or 'mode() and no draws()'}")
    if kind.name in found:
        raise BadInput(f"{where} and {found[kind.name].__module__} both define an engine named {kind.name!r}")
    found[kind.name] = kind
