"""What ``mapsto check`` is asked to check: a class, found by its kind and name or in a file."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from mapsto.conventions.base import Convention
from mapsto.conventions.registry import conventions, whole
from mapsto.engines.registry import ENGINES, engines
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors.registry import NOISE_PRIORS
from mapsto.likelihoods.registry import LIKELIHOODS
from mapsto.plugins import Kind, class_in
from mapsto.priors.registry import PRIORS

KINDS: dict[str, Kind] = {"prior": PRIORS, "likelihood": LIKELIHOODS, "noise": NOISE_PRIORS, "engine": ENGINES}
BASES: tuple[type[Any], ...] = (*(kind.base for kind in KINDS.values()), Convention)


def find(text: str) -> type[Any]:
    """The class to check: ``laplace``, ``prior:laplace``, ``convention:sklearn.Ridge`` or ``FILE.py:Name``.

    Raises:
        BadInput: there is none, more than one kind has the name, or it breaks its contract.
    """
    head, in_file, rest = text.partition(".py:")
    if in_file:
        return _in_file(Path(f"{head}.py"), rest.partition(":")[0])
    if text.endswith(".py"):
        raise BadInput(f"{text!r} is a file without the name of its class; expected FILE.py:Name")
    word, colon, name = text.partition(":")
    if colon and word not in (*KINDS, "convention"):
        raise BadInput(f"there is no kind of plug-in {word!r}; there are: {', '.join(KINDS)}, convention, FILE.py:Name")
    wanted = name if colon else word
    found = [(kind, one) for kind, one in _named(wanted, word if colon else None)]
    if not found:
        raise BadInput(
            f"there is no {word if colon else 'plug-in'} named {wanted!r} to check (see mapsto list --priors)"
        )
    if len(found) > 1:
        either = " or ".join(f"{kind}:{wanted}" for kind, _ in found)
        raise BadInput(f"{wanted!r} is the name of more than one plug-in; write {either}")
    kind, one = found[0]
    return one if kind == "convention" else KINDS[kind].sound(one, _where(one))


def _where(one: type[Any]) -> str:
    return inspect.getsourcefile(one) or one.__module__


def _named(name: str, only: str | None) -> list[tuple[str, type[Any]]]:
    key = name.strip().replace("-", "_").lower()
    found: list[tuple[str, type[Any]]] = []
    for word, kind in KINDS.items():
        if only in (None, word):
            there = dict(engines()) if word == "engine" else kind.shipped()
            there = there if key in there else there | kind.installed(there)
            found += [(word, there[key])] if key in there else []
    if only in (None, "convention"):
        found += [("convention", type(one)) for one in conventions() if name in (one.name, one.key)]
    return found


def _in_file(path: Path, name: str) -> type[Any]:
    one = class_in(path, name, "plug-in", _plug_ins)
    if not (inspect.isclass(one) and issubclass(one, BASES)):
        raise BadInput(
            f"{str(path)!r}: {name!r} is no plug-in; it derives from none of {', '.join(b.__name__ for b in BASES)}"
        )
    if issubclass(one, Convention):
        made = whole(one, str(path))
        for other in conventions():
            if {made.name, made.key} & {other.name, other.key}:
                raise BadInput(f"{str(path)!r}: the convention {name} is named as one that is there; give it another")
        return one
    kind = next(kind for kind in KINDS.values() if issubclass(one, kind.base))
    taken = engines() if kind is ENGINES else kind.shipped()
    kept: type[Any] = kind.keep(one, str(path), taken)
    return kept


def _plug_ins(module: Any) -> Any:
    for name, one in inspect.getmembers(module, inspect.isclass):
        if issubclass(one, BASES) and one.__module__ == module.__name__ and not name.startswith("_"):
            yield one
