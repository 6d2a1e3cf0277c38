"""How priors are found: the files of this folder, other packages' entry points, a file of the user's."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mapsto.contract import examples_of, parameters_refuse_nonsense
from mapsto.errors import BadInput, told
from mapsto.plugins import Kind
from mapsto.priors.base import Prior


def contract(kind: type[Prior], where: str) -> None:
    """What a prior has to be before it is used, beyond its members.

    Raises:
        BadInput: fewer than two examples, a parameter that takes nonsense, or a fact that is no float or of another
            shape; ``where`` is named.
    """
    examples = examples_of(kind, "prior", where, 2, 2)
    parameters_refuse_nonsense(kind, examples, where)
    w = examples[0].centre(2) + np.array([0.01, 0.02])
    for fact in ("log_density", "penalty"):
        _is_float(kind, fact, _ask(kind, fact, where, getattr(examples[0], fact), w), where)
    apart = _ask(kind, "stationarity", where, examples[0].stationarity, w, np.zeros(2))
    if np.shape(apart) != (2,):
        raise BadInput(
            f"{where}: stationarity of {kind.__name__} gives shape {np.shape(apart)} for two slopes; return one number "
            "for each"
        )


def _ask(kind: type[Prior], fact: str, where: str, method: Any, *given: Any) -> Any:
    try:
        return method(*given)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plug-in may raise anything; it is named and told
        raise BadInput(f"{where}: {fact} of {kind.__name__} raises {told(error)}") from error


def _is_float(kind: type[Prior], fact: str, value: Any, where: str) -> None:
    if not isinstance(value, float):
        shape = f" of shape {np.shape(value)}" if np.ndim(value) else ""
        raise BadInput(
            f"{where}: {fact} of {kind.__name__} gives a {type(value).__name__}{shape} for two slopes; return a float, "
            "the sum over all slopes"
        )


PRIORS = Kind(
    word="prior",
    package="mapsto.priors",
    group="mapsto.priors",
    base=Prior,
    texts=("name", "formula", "penalty_formula", "reference", "paragraph"),
    one_of=("family", "expression"),
    formulas=("formula", "penalty_formula", "constant_formula"),
    contract=contract,
)


@cache
def shipped() -> dict[str, type[Prior]]:
    """Every prior with a file in ``mapsto/priors``, by name; BadInput names a file that cannot be used."""
    return PRIORS.shipped()


def installed(*, taken: dict[str, type[Prior]]) -> dict[str, type[Prior]]:
    """The priors that other packages offer by the entry-point group ``mapsto.priors``, by name."""
    return PRIORS.installed(taken)


def catalogue() -> dict[str, type[Prior]]:
    """All priors there are, by name: the package's own, then those of other packages."""
    own = shipped()
    return own | installed(taken=own)


def from_file(path: Path, name: str) -> type[Prior]:
    """The prior class ``name`` of a Python file that the user named, or BadInput."""
    kind: type[Prior] = PRIORS.from_file(path, name, shipped())
    return kind


def parse_prior(text: str) -> Prior:
    """A prior as the command line names it: ``laplace:scale=2``, ``student_t:scale=2,df=4``, ``file.py:Name:scale=2``.

    Raises:
        BadInput: an unknown prior or parameter, a value that cannot be used, and as :func:`from_file`.
    """
    made: Prior = PRIORS.parse(text, shipped())
    return made


def exported(name: str) -> Any:
    """The class of that name among the shipped priors; AttributeError if there is none."""
    return PRIORS.exported(name, shipped())
