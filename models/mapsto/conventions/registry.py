"""Which conventions there are, and which of them knows a fitted object.

A convention is found by its file being in ``mapsto/conventions/libraries`` (one file a library, or a folder of files),
or by another package's entry point ``mapsto.conventions``. Objects are told apart by their class's name, so that no
library is imported to ask.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import mapsto.conventions.libraries
from mapsto.conventions.base import Convention, Known, NoPrior, Reading
from mapsto.conventions.facts import Facts
from mapsto.conventions.unread import unread
from mapsto.errors import BadInput, told
from mapsto.plugins import entry_points

Reader = Callable[[Any, Facts], Reading]
TEXTS = ("key", "name", "library", "objective", "prior", "intercept", "package")

READERS: dict[tuple[str, str], Reader] = {}


def reader(package: str, *names: str) -> Callable[[Reader], Reader]:
    """Register a function (fitted, facts) -> reading for classes of a package, by their names.

    A subclass is read as the nearest class above it that is known.
    """

    def register(function: Reader) -> Reader:
        for name in names:
            READERS[package, name] = function
        return function

    return register


@cache
def conventions() -> tuple[Convention, ...]:
    """Every convention there is: those that are run by a test first, then by name.

    Raises:
        BadInput: a file that cannot be imported or holds no whole convention, or a name used twice; the file is named.
    """
    found: list[Convention] = []
    taken: dict[str, str] = {}
    own = kinds_in(mapsto.conventions.libraries, Convention, "convention")  # type: ignore[type-abstract]
    for kind, where in [*own, *_installed()]:
        made = whole(kind, where)
        for text in (made.key, made.name):
            if text in taken:
                raise BadInput(f"{where} and {taken[text]} both define a convention named {text!r}; rename one of them")
        taken |= dict.fromkeys((made.key, made.name), where)
        found.append(made)
    order = get_args(Known)
    return tuple(sorted(found, key=lambda made: (order.index(made.known), made.library.lower())))


def kinds_in[T](package: ModuleType, base: type[T], noun: str) -> Iterator[tuple[type[T], str]]:
    """The classes deriving from ``base`` that the files of a package define, each with its file.

    Files and classes whose names begin with an underscore, and files whose names begin with "base", are helpers. A
    folder is one plug-in, whose files need not all define a class.

    Raises:
        BadInput: a file that cannot be imported, or a file or folder that defines no such class; it is named.
    """
    for info in _plug_ins(package):
        module, where = _imported(package, info)
        within = [_imported(module, inner) for inner in _plug_ins(module)] if info.ispkg else []
        found = [(kind, file) for part, file in [(module, where), *within] for kind in _defined(part, base)]
        if not found:
            raise BadInput(f"{where!r} defines no {noun}; it should hold a class that derives from {base.__name__}")
        yield from found


def whole(kind: Any, where: str) -> Convention:
    """An instance of a convention that has all its members, or BadInput naming what is missing and where."""
    if not (inspect.isclass(kind) and issubclass(kind, Convention)):
        raise BadInput(
            f"{where}: {getattr(kind, '__name__', kind)!r} is no class that derives from mapsto's Convention"
        )
    missing = sorted(getattr(kind, "__abstractmethods__", ())) + [
        text for text in TEXTS if not (isinstance(getattr(kind, text, None), str) and getattr(kind, text).strip())
    ]
    if missing:
        raise BadInput(
            f"{where}: the convention {kind.__name__} has no {', '.join(missing)}; every convention states them"
        )
    if getattr(kind, "known", None) not in get_args(Known):
        raise BadInput(
            f"{where}: known of {kind.__name__} is {getattr(kind, 'known', None)!r}; expected one of "
            f"{', '.join(get_args(Known))}"
        )
    return kind()


def convention(name: str) -> Convention:
    """The convention of that name ("sklearn.Lasso").

    Raises:
        BadInput: there is none.
    """
    for made in conventions():
        if made.name == name:
            return made
    raise BadInput(f"there is no convention {name!r}; there are {', '.join(sorted(c.name for c in conventions()))}")


def targets() -> dict[str, Convention]:
    """The conventions that a penalty can be translated to, by name."""
    made = {one.name: one for one in conventions() if not (isinstance(one, NoPrior) or one.nonnegative)}
    return {name: one for name, one in made.items() if type(one).parameters is not Convention.parameters}


def convention_of(fitted: Any) -> Convention | None:
    """The convention that a fitted object was made by, if one knows it."""
    for kind in type(fitted).__mro__:
        for made in conventions():
            if kind.__qualname__ in made.reads.get(_package(kind), ()) and made.recognises(fitted):
                return made
    return None


def read(fitted: Any, facts: Facts) -> Reading:
    """What the penalty of a fitted estimator says, before sigma is filled in.

    Raises:
        BadInput: a type that no reader knows, or what its reader refuses.
    """
    known = conventions()
    for kind in type(fitted).__mro__:
        package, name = _package(kind), kind.__qualname__
        for made in known:
            if name in made.reads.get(package, ()) and made.recognises(fitted):
                return made.read(fitted, facts)
        if (package, name) in READERS:
            return READERS[package, name](fitted, facts)
    raise BadInput(unread(fitted))


def known_types() -> list[str]:
    """What can be read, as 'package.ClassName', in order."""
    read_by = {f"{package}.{name}" for one in conventions() for package, names in one.reads.items() for name in names}
    return sorted(read_by | {f"{package}.{name}" for package, name in READERS})


def _installed() -> Iterator[tuple[Any, str]]:
    for point in entry_points(group="mapsto.conventions"):
        where = f"{point.value} (entry point {point.name!r})"
        try:
            yield point.load(), where
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # another package's code may raise anything; it is named and told
            raise BadInput(f"{where} cannot be loaded: {told(error)}") from error


def _package(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _plug_ins(package: ModuleType) -> list[pkgutil.ModuleInfo]:
    return [info for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith(("_", "base"))]


def _imported(package: ModuleType, info: pkgutil.ModuleInfo) -> tuple[ModuleType, str]:
    folder = Path(getattr(info.module_finder, "path", package.__path__[0]))
    where = str(folder / (f"{info.name}/__init__.py" if info.ispkg else f"{info.name}.py"))
    try:
        return importlib.import_module(f"{package.__name__}.{info.name}"), where
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a new file raises is told with its name, never swallowed
        raise BadInput(f"{where!r} cannot be imported: {told(error)}") from error


def _defined[T](module: ModuleType, base: type[T]) -> Iterator[type[T]]:
    for name, kind in inspect.getmembers(module, inspect.isclass):
        if issubclass(kind, base) and kind.__module__ == module.__name__ and not name.startswith("_"):
            yield kind
