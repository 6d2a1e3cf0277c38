"""From what a prior is to PyMC: its random variables, and the lines that a user would type for them.

A standard family is a row of ``STANDARD``, from which the variable is made and its line printed. A density without a
name is evaluated, and printed, from the one expression that the prior gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from mapsto.engines.expression_text import Symbol, TextNamespace, source
from mapsto.engines.languages.lines import Lines
from mapsto.engines.pymc.families.mixtures import MIXTURES
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.priors.base import Prior

# Numbers stay doubles: by default PyTensor keeps those that fit into fewer bits in single precision, and takes their
# logarithms there. The printed program sets the same.
pytensor.config.cast_policy = "numpy+floatX"

STANDARD: dict[str, tuple[str, dict[str, str]]] = {
    "cauchy": ("Cauchy", {"alpha": "location", "beta": "scale"}),
    "flat": ("Flat", {}),
    "half_cauchy": ("HalfCauchy", {"beta": "scale"}),
    "half_flat": ("HalfFlat", {}),
    "half_normal": ("HalfNormal", {"sigma": "scale"}),
    "half_student_t": ("HalfStudentT", {"nu": "df", "sigma": "scale"}),
    "inverse_gamma": ("InverseGamma", {"alpha": "shape", "beta": "scale"}),
    "laplace": ("Laplace", {"mu": "location", "b": "scale"}),
    "logistic": ("Logistic", {"mu": "location", "s": "scale"}),
    "multivariate_normal": ("MvNormal", {"mu": "mean", "cov": "covariance"}),
    "normal": ("Normal", {"mu": "mean", "sigma": "sd"}),
    "student_t": ("StudentT", {"nu": "df", "mu": "location", "sigma": "scale"}),
}
"""Family -> PyMC's class, and which of the family's parameters each of its keywords is."""


@dataclass(frozen=True)
class Distribution:
    """A class of PyMC with its keywords: a random variable, and the call that makes it."""

    name: str
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def variable(self, name: str, dims: str | None) -> Any:
        """Register the random variable in the current model."""
        keywords = {key: np.asarray(value, dtype=np.float64) for key, value in self.keywords.items()}
        return getattr(pm, self.name)(name, **keywords, dims=dims)

    def call(self, name: str, dims: str | None) -> str:
        """The source of :meth:`variable`."""
        keywords = [f"{key}={source(value)}" for key, value in self.keywords.items()]
        along = [] if dims is None else [f'dims="{dims}"']
        return f"pm.{self.name}({', '.join([f'"{name}"', *keywords, *along])})"


def standard(family: Family) -> Distribution | None:
    """PyMC's name for a family, or None."""
    if family.name not in STANDARD:
        return None
    name, keywords = STANDARD[family.name]
    return Distribution(name, {key: family.params[param] for key, param in keywords.items()})


def slopes(prior: Prior, p: int, sigma: Any) -> Any:
    """Register the slopes "w" along "feature", and what makes them, in the current model.

    Names that end in ``_raw`` only serve to make others. A scale mixture registers the scales too, as "w_scale".

    Raises:
        BadInput: the prior gives neither a family that is known here nor an expression.
    """
    family = prior.family(p)
    if family is not None and family.name in MIXTURES:
        return MIXTURES[family.name].register(family.params)
    if not prior.in_units_of_sigma:
        return _vector(prior, family, p, "w")
    return pm.Deterministic("w", sigma * _vector(prior, family, p, "w_per_sigma_raw"), dims="feature")


def slopes_code(prior: Prior, p: int) -> Lines:
    """The source of :func:`slopes`; ``sigma`` and ``features`` are defined before."""
    family = prior.family(p)
    if family is not None and family.name in MIXTURES:
        return Lines(model=MIXTURES[family.name].code(family.params))
    name = "w_per_sigma" if prior.in_units_of_sigma else "w"
    lines, call = _vector_code(prior, family, p, name)
    if prior.in_units_of_sigma:
        call = f'pm.Deterministic("w", sigma * {call}, dims="feature")'
    return lines + Lines(model=(f"w = {call}",))


def positive(noise: NoisePrior, name: str = "sigma") -> Any:
    """Register a positive number that is learned, and what makes it, in the current model; return it.

    Args:
        noise: its prior.
        name: what it is called: ``sigma``, or a parameter of the likelihood.
    """
    family = noise.family()
    if family is not None and family.name == "log_flat":
        return pm.Deterministic(name, pm.math.exp(pm.Flat(f"log_{name}")))
    known = None if family is None else standard(family)
    if known is not None and family is not None and family.power == 2:
        return pm.Deterministic(name, pm.math.sqrt(known.variable(_squared(name), None)))
    if known is not None and family is not None and family.power == 1:
        return known.variable(name, None)
    value = pm.HalfFlat(name)
    pm.Potential(f"prior_of_{name}", _checked(noise.expression(value, pt), noise.name))
    return value


def positive_code(noise: NoisePrior, name: str = "sigma") -> Lines:
    """The source of :func:`positive`."""
    family = noise.family()
    if family is not None and family.name == "log_flat":
        return Lines(model=(f'{name} = pm.Deterministic("{name}", pm.math.exp(pm.Flat("log_{name}")))',))
    known = None if family is None else standard(family)
    if known is not None and family is not None and family.power == 2:
        return Lines(
            model=(
                f"{name}2 = {known.call(_squared(name), None)}",
                f'{name} = pm.Deterministic("{name}", pm.math.sqrt({name}2))',
            )
        )
    if known is not None and family is not None and family.power == 1:
        return Lines(model=(f"{name} = {known.call(name, None)}",))
    text = source(_checked(noise.expression(Symbol(name), TextNamespace("pt")), noise.name))
    return Lines(
        imports=("import pytensor.tensor as pt",),
        model=(f'{name} = pm.HalfFlat("{name}")', f'pm.Potential("prior_of_{name}", {text})'),
    )


def _squared(name: str) -> str:
    """The name of its square, of which only the root is kept."""
    return "sigma2" if name == "sigma" else f"{name}2_raw"


def _vector(prior: Prior, family: Family | None, p: int, name: str) -> Any:
    known = None if family is None else standard(family)
    if known is not None:
        return known.variable(name, "feature")

    def log_prior(w: Any, start: Any) -> Any:
        del start
        return _checked(prior.expression(w, pt, p), prior.name)

    # the vector of zeros is where a sampler may start, and tells PyMC how many slopes there are
    return pm.CustomDist(name, np.zeros(p), logp=log_prior, signature="(n)->(n)", dims="feature")


def _vector_code(prior: Prior, family: Family | None, p: int, name: str) -> tuple[Lines, str]:
    known = None if family is None else standard(family)
    if known is not None:
        return Lines(), known.call(name, "feature")
    text = source(_checked(prior.expression(Symbol("w"), TextNamespace("pt"), p), prior.name))
    define = ("def log_prior(w, start):", f"    return {text}")
    zeros = "np.zeros(len(features))"
    call = f'pm.CustomDist("{name}", {zeros}, logp=log_prior, signature="(n)->(n)", dims="feature")'
    return Lines(imports=("import pytensor.tensor as pt",), before=define), call


def _checked(value: Any, name: str) -> Any:
    if value is None:
        raise BadInput(
            f"PyMC cannot be told of the prior {name!r}: its family() is not among {', '.join([*STANDARD, *MIXTURES])} "
            "and it gives no expression; state one of them"
        )
    return value
