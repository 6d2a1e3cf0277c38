"""Finding plug-ins of any kind: those of a folder, of installed packages, and of a file that the user names.

A plug-in is found by its file being in the folder of its kind. Files of that folder whose name is ``registry`` or
begins with ``base`` or ``_`` are no plug-ins, nor are those that the kind names as its own. Nothing outside the package
is run unless it is asked for: another package's plug-in when it is named or listed, a user's file only by its own path.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

from mapsto import contract
from mapsto.errors import BadInput, told

MOST_SHOWN = 60  # characters of a value in a message


@dataclass(frozen=True)
class Kind:
    """One kind of plug-in: where its files are, and what each has to say.

    Attributes:
        word: what one is called: "prior".
        package: the folder, as a dotted name: "mapsto.priors".
        group: the entry-point group by which other packages offer theirs.
        base: the class from which each derives.
        texts: class attributes that have to hold text.
        one_of: methods of which a plug-in has to give at least one; none if empty.
        dataclasses: whether each has to be a dataclass, whose fields are its parameters.
        not_plugins: further files of the folder that are none, without ``.py``.
        formulas: class attributes that have to hold LaTeX.
        contract: what else each has to satisfy before it is used: called with the class and where it is from.
    """

    word: str
    package: str
    group: str
    base: type[Any]
    texts: tuple[str, ...] = ("name",)
    one_of: tuple[str, ...] = ()
    dataclasses: bool = True
    not_plugins: frozenset[str] = frozenset()
    formulas: tuple[str, ...] = ()
    contract: Callable[[Any, str], None] | None = None

    def shipped(self) -> dict[str, Any]:
        """Every plug-in with a file in the folder, by name.

        Raises:
            BadInput: a file that cannot be imported or holds none that is whole, or a name used twice; it is named.
        """
        found: dict[str, Any] = {}
        folder = importlib.import_module(self.package).__path__
        for info in pkgutil.iter_modules(folder):
            if info.name.startswith(("_", "base")) or info.name == "registry" or info.name in self.not_plugins:
                continue
            where = str(
                Path(getattr(info.module_finder, "path", folder[0])) / (info.name if info.ispkg else f"{info.name}.py")
            )
            try:
                module = importlib.import_module(f"{self.package}.{info.name}")
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # whatever a new file raises is told with its name, never swallowed
                raise BadInput(f"{where!r} cannot be imported: {told(error)}") from error
            kinds = list(self._in(module))
            if not kinds:
                raise BadInput(
                    f"{where!r} defines no {self.word}; it should hold a class that derives from {self.base.__name__}"
                )
            for kind in kinds:
                _add(found, self.whole(kind, where), where, self.word)
                if kind.name != info.name:
                    raise BadInput(
                        f"{where}: the {self.word} {kind.__name__} is named {kind.name!r} and its file {info.name!r}; "
                        "give both one name"
                    )
        return found

    def installed(self, taken: Mapping[str, Any]) -> dict[str, Any]:
        """Those that other packages offer by the entry-point group, by name.

        Raises:
            BadInput: one that cannot be loaded or is not whole, or whose name is taken.
        """
        found = dict(taken)
        for point in entry_points(group=self.group):
            where = f"{point.value} (entry point {point.name!r} of {_package(point)})"
            try:
                kind = point.load()
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # another package's code may raise anything; it is named and told
                raise BadInput(f"{where} cannot be loaded: {told(error)}") from error
            _add(found, self.sound(kind, where), where, self.word)
        return {name: kind for name, kind in found.items() if name not in taken}

    def from_file(self, path: Path, name: str, taken: Mapping[str, Any] | None = None) -> Any:
        """The class ``name`` of a Python file that the user named.

        Args:
            path: the file.
            name: the class.
            taken: those whose names it may not use, by name.

        Raises:
            BadInput: no such file, it cannot be run, it holds no such whole class, or one that breaks its contract.
        """
        return self.keep(class_in(path, name, self.word, self._in), str(path), taken or {})

    def keep(self, kind: Any, where: str, taken: Mapping[str, Any]) -> Any:
        """``kind`` of a user's file if it is sound and its name is free, or BadInput."""
        self.sound(kind, where)
        if kind.name in taken:
            raise BadInput(
                f"{where!r}: the {self.word} {kind.__name__} is named {kind.name!r}, which is the name of one that "
                "ships with mapsto; give it another"
            )
        return kind

    def sound(self, kind: Any, where: str) -> Any:
        """``kind`` if it is whole and keeps its contract, or BadInput saying what it lacks.

        This makes its examples and asks them a few numbers, so it is asked only of a plug-in that is about to be used.
        """
        self.whole(kind, where)
        contract.formulas_parse(kind, self.formulas, where)
        if self.contract is not None:
            self.contract(kind, where)
        return kind

    def parse(self, text: str, shipped: Mapping[str, Any]) -> Any:
        """One as the command line names it: ``laplace:scale=2``, ``student_t:scale=2,df=4``, ``FILE.py:Name:scale=2``.

        Args:
            text: its name and parameters.
            shipped: the package's own, by name; those of other packages are looked for where it is not among them.

        Raises:
            BadInput: an unknown name or parameter, a value that cannot be used, and as :meth:`from_file`.
        """
        head, _, rest = text.partition(".py:")
        if rest:
            name, _, params = rest.partition(":")
            return construct(self.from_file(Path(f"{head}.py"), name, shipped), name, params)
        name, _, params = text.partition(":")
        if name.endswith(".py"):
            raise BadInput(f"the {self.word} {text!r} is a file without the name of its class; expected FILE.py:Name")
        key = name.strip().replace("-", "_").lower()
        kinds = shipped if key in shipped else {**shipped, **self.installed(shipped)}
        if key not in kinds:
            raise BadInput(f"there is no {self.word} named {name!r}; there are: {', '.join(kinds)} (or FILE.py:Name)")
        return construct(self.sound(kinds[key], inspect.getsourcefile(kinds[key]) or key), key, params)

    def whole(self, kind: Any, where: str) -> Any:
        """``kind`` if it is such a class with all its members, or BadInput naming what is missing and where."""
        if not (inspect.isclass(kind) and issubclass(kind, self.base)):
            called = getattr(kind, "__name__", kind)
            raise BadInput(f"{where}: {called!r} is not a class that derives from mapsto's {self.base.__name__}")
        missing = sorted(getattr(kind, "__abstractmethods__", ()))
        missing += [text for text in self.texts if not _is_text(getattr(kind, text, None))]
        if self.one_of and all(getattr(kind, name) is getattr(self.base, name) for name in self.one_of):
            missing.append(" or ".join(self.one_of))
        if missing:
            raise BadInput(
                f"{where}: the {self.word} {kind.__name__} has no {', '.join(missing)}; every {self.word} states them"
            )
        if self.dataclasses and not hasattr(kind, "__dataclass_fields__"):
            raise BadInput(
                f"{where}: the {self.word} {kind.__name__} is no dataclass; put @dataclass(frozen=True) above it"
            )
        if self.dataclasses:
            contract.is_frozen(kind, where, self.word)
        return kind

    def exported(self, name: str, shipped: Mapping[str, Any]) -> Any:
        """The class ``name`` among the package's own, for the ``__getattr__`` of a module (PEP 562).

        Raises:
            AttributeError: there is none.
        """
        for kind in shipped.values():
            if kind.__name__ == name:
                return kind
        raise AttributeError(f"module {self.package!r} has no attribute {name!r}")

    def _in(self, module: ModuleType) -> Iterator[Any]:
        for name, kind in inspect.getmembers(module, inspect.isclass):
            here = kind.__module__ == module.__name__ or kind.__module__.startswith(f"{module.__name__}.")
            if issubclass(kind, self.base) and here and not name.startswith("_"):
                yield kind


def class_in(path: Path, name: str, word: str, classes: Callable[[ModuleType], Iterator[Any]]) -> Any:
    """What a Python file calls ``name``, after running it."""
    if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises for a name that is too long
        raise BadInput(
            f"there is no file {str(path)!r}; give the path of a Python file and its {word}, as FILE.py:Name"
        )
    spec = importlib.util.spec_from_file_location(f"mapsto_plugin_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{str(path)!r} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's file may raise anything; it is named and told
        raise BadInput(f"{str(path)!r} cannot be run: {told(error)}") from error
    if not hasattr(module, name):
        there = ", ".join(kind.__name__ for kind in classes(module)) or "none"
        raise BadInput(f"{str(path)!r} defines no {name!r}; the {word}s in it: {there}")
    return getattr(module, name)


def signature(kind: Any) -> str:
    """How to ask for a plug-in: its name and parameters, those with a default in brackets."""
    shown = []
    for one in inspect.signature(kind).parameters.values():
        if one.default is one.empty:
            shown.append(f"{one.name}=")
        elif isinstance(one.default, bool | int | float | str | list | tuple | None):
            shown.append(f"[{one.name}={json.dumps(one.default)}]")
    name: str = kind.name
    return name + (":" + ",".join(shown) if shown else "")


def construct(kind: Any, name: str, params: str) -> Any:
    """An instance of a dataclass from ``key=value,...``; values are JSON (numbers, true, lists)."""
    given: dict[str, Any] = {}
    known = inspect.signature(kind).parameters
    for part in _split(params):
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals or key not in known or key in given:
            expected = ", ".join(f"{one}=…" for one in known) or "nothing"
            shown = part if len(part) <= MOST_SHOWN else f"{part[:MOST_SHOWN]}…"
            raise BadInput(f"{name} was given {shown!r}; expected {expected}, each once")
        try:
            given[key] = json.loads(value)
        except (ValueError, RecursionError):
            shown = value if len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN]}…"
            raise BadInput(
                f"{key} of {name} is {shown!r}; expected a number, true, false or a list like [1,2]"
            ) from None
    missing = [one.name for one in known.values() if one.default is one.empty and one.name not in given]
    if missing:
        raise BadInput(
            f"{name} needs {', '.join(missing)}; give it as {name}:{','.join(f'{one}=…' for one in missing)}"
        )
    try:
        return kind(**given)
    except (BadInput, KeyboardInterrupt):
        raise
    except BaseException as error:  # a user's class may raise anything
        shown = params if len(params) <= MOST_SHOWN else f"{params[:MOST_SHOWN]}…"
        raise BadInput(f"{name} cannot be made of {shown!r}: {told(error)}") from error


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


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _add(found: dict[str, Any], kind: Any, where: str, word: str) -> None:
    if kind.name in found:
        other = inspect.getsourcefile(found[kind.name]) or found[kind.name].__module__
        raise BadInput(f"{where} and {other} both define {_a(word)} named {kind.name!r}; rename one of them")
    found[kind.name] = kind


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown package"


def entry_points(*, group: str) -> Iterable[EntryPoint]:
    """As :func:`importlib.metadata.entry_points`, which reads a file of each installed package every time: 40 ms.

    They are read anew where a folder of ``sys.path`` has changed.
    """
    return _all_entry_points(tuple((path, _changed(path)) for path in sys.path)).select(group=group)


@lru_cache(maxsize=1)
def _all_entry_points(where: tuple[tuple[str, int], ...]) -> metadata.EntryPoints:
    del where
    return metadata.entry_points()


def _changed(path: str) -> int:
    """When something was last put into a folder, in nanoseconds; 0 for what is no folder."""
    try:
        return Path(path or ".").stat().st_mtime_ns
    except OSError:
        return 0
