"""Which reader knows which estimator. They are told apart by name, so that no library is imported to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior, NotAPrior
from mapsto.errors import BadInput

Reading = ImpliedPrior | NotAPrior
Reader = Callable[[Any, Facts], Reading]

_READERS: dict[tuple[str, str], Reader] = {}


def reader(package: str, *names: str) -> Callable[[Reader], Reader]:
    """Register a function (fitted, facts) -> reading for classes of a package, by their names.

    A subclass is read as the nearest class above it that is known.
    """

    def register(function: Reader) -> Reader:
        for name in names:
            _READERS[package, name] = function
        return function

    return register


def read(fitted: Any, facts: Facts) -> Reading:
    """What the penalty of a fitted estimator says, before sigma is filled in.

    Raises:
        BadInput: a type that no reader knows, or what its reader refuses.
    """
    for kind in type(fitted).__mro__:
        known = _READERS.get((kind.__module__.partition(".")[0], kind.__qualname__))
        if known is not None:
            return known(fitted, facts)
    came = f"the class {fitted.__name__} itself" if isinstance(fitted, type) else f"a {type(fitted).__qualname__}"
    raise BadInput(
        f"prior_of does not know {came}; it knows {', '.join(known_types())}. To add one, write a function "
        "(fitted, facts) -> ImpliedPrior and put @reader('package', 'ClassName') of mapsto.conventions above it; for "
        "other libraries give the numbers, as in prior_of.glmnet(...)"
    )


def known_types() -> list[str]:
    """What can be read, as 'package.ClassName', in order."""
    return sorted(f"{package}.{name}" for package, name in _READERS)


def name_of(fitted: Any) -> str:
    """'sklearn Ridge', for a message or a source."""
    return f"{type(fitted).__module__.partition('.')[0]} {type(fitted).__qualname__}"
