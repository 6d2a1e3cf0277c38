"""How likelihoods are found: the files of this folder, other packages' entry points, a file of the user's."""

from __future__ import annotations

from functools import cache
from typing import Any

from mapsto.contract import examples_of, parameters_refuse_nonsense
from mapsto.likelihoods.base import Likelihood
from mapsto.plugins import Kind


def contract(kind: type[Likelihood], where: str) -> None:
    """What a likelihood has to be before it is used, beyond its members; BadInput names ``where`` and the fault."""
    parameters_refuse_nonsense(kind, examples_of(kind, "likelihood", where, 1), where)


LIKELIHOODS = Kind(
    word="likelihood",
    package="mapsto.likelihoods",
    group="mapsto.likelihoods",
    base=Likelihood,
    texts=(
        "name",
        "label",
        "formula",
        "loss_formula",
        "exponent_formula",
        "constant_formula",
        "reference",
        "paragraph",
    ),
    not_plugins=frozenset({"noise_priors", "overlap", "problem", "separation", "sigma"}),
    formulas=("formula", "loss_formula", "exponent_formula", "constant_formula"),
    contract=contract,
)


@cache
def shipped() -> dict[str, type[Likelihood]]:
    """Every likelihood with a file in ``mapsto/likelihoods``, by name; BadInput names a file that cannot be used."""
    return LIKELIHOODS.shipped()


def catalogue() -> dict[str, type[Likelihood]]:
    """All likelihoods there are, by name: the package's own, then those of other packages."""
    own = shipped()
    return own | LIKELIHOODS.installed(own)


def parse_likelihood(text: str) -> Likelihood:
    """A likelihood as the command line names it: ``student_t``, ``student_t:df=4``, ``FILE.py:Name:df=4``.

    Raises:
        BadInput: an unknown likelihood or parameter, or a value that cannot be used.
    """
    made: Likelihood = LIKELIHOODS.parse(text, shipped())
    return made


def exported(name: str) -> Any:
    """The class of that name among the shipped likelihoods; AttributeError if there is none."""
    return LIKELIHOODS.exported(name, shipped())
