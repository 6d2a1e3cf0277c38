"""How priors are found: the files of this folder, other packages' entry points, a file of the user's."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from mapsto.plugins import Kind
from mapsto.priors.base import Prior

PRIORS = Kind(
    word="prior",
    package="mapsto.priors",
    group="mapsto.priors",
    base=Prior,
    texts=("name", "formula", "penalty_formula", "reference", "paragraph"),
    one_of=("family", "expression"),
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
    kind: type[Prior] = PRIORS.from_file(path, name)
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
