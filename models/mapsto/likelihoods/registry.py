"""How likelihoods are found: the files of this folder, other packages' entry points, a file of the user's."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from mapsto.contract import examples_of, parameters_refuse_nonsense
from mapsto.errors import BadInput, told
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.base_kinked import PiecewiseLinear
from mapsto.plugins import Kind


def contract(kind: type[Likelihood], where: str) -> None:
    """What a likelihood has to be before it is used, beyond its members; BadInput names ``where`` and the fault."""
    examples = examples_of(kind, "likelihood", where, 1)
    parameters_refuse_nonsense(kind, examples, where)
    if kind.location and not issubclass(kind, PiecewiseLinear) and any(_has_kink(one, where) for one in examples):
        raise BadInput(
            f"{where}: minus the log density of {kind.__name__} has a kink at eta = y; derive it from PiecewiseLinear "
            "in mapsto.likelihoods.base_kinked, and state `rates`, how steep it is on both sides"
        )


def _has_kink(one: Likelihood, where: str) -> bool:
    """Whether the gradient jumps where the predictor meets the response."""
    unit = 1.0 if one.scale is None else one.scale.value
    away = unit * np.array([-1e-3, -1e-6, 1e-6, 1e-3])
    try:
        slopes = np.asarray(one.gradient(np.zeros(4), away, np.ones(4)), dtype=float)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plug-in may raise anything; it is named and told
        raise BadInput(f"{where}: gradient of {type(one).__name__} raises {told(error)}") from error
    return bool(slopes.shape == (4,) and slopes[2] - slopes[1] > 0.5 * (slopes[3] - slopes[0]) > 0)


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
