"""The priors in Stan: of the slopes and of sigma. Their numbers are data, so that one compiled program serves all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mapsto.engines.stan.parts import Parts, left_out, log_of, unit_constant
from mapsto.family import Family
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.outcome import Unsupported
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.scales import LOG_2PI

CALLS = {
    "normal": "normal({location}, {scale})",
    "laplace": "double_exponential({location}, {scale})",
    "cauchy": "cauchy({location}, {scale})",
    "logistic": "logistic({location}, {scale})",
    "student_t": "student_t({df}, {location}, {scale})",
}
"""Family with a location and a scale -> Stan's distribution."""


def _numbers(family: Family) -> dict[str, Any]:
    """The parameters under the names that :data:`CALLS` has."""
    renamed = {"mean": "location", "sd": "scale"}
    return {renamed.get(name, name): value for name, value in family.params.items()}


def _declared(name: str, value: Any, *, positive: bool) -> str:
    bound = "<lower=0>" if positive else ""
    return (
        f"{'vector' if isinstance(value, tuple) else 'real'}{bound}{'[p]' if isinstance(value, tuple) else ''} {name};"
    )


def _given(prefix: str, numbers: Mapping[str, Any]) -> tuple[Parts, dict[str, str]]:
    """Numbers as data, by the names that a statement uses; a location of zero is written as such."""
    data, values, names = [], {}, {}
    for key, value in numbers.items():
        if key == "location" and not isinstance(value, tuple) and value == 0:
            names[key] = "0"
            continue
        name = names[key] = f"{prefix}_{key}"
        data.append(_declared(name, value, positive=key != "location"))
        values[name] = list(value) if isinstance(value, tuple) else float(value)
    return Parts(data=tuple(data), values=values), names


def slopes(prior: Prior, p: int, sigma_is_learned: bool) -> Parts | Unsupported:
    """The parameters ``w``, or what makes them, with their prior."""
    family = prior.family(p)
    if isinstance(prior, ScaleMixture):
        if family is None or family.name != "hierarchical_normal":
            return Unsupported(f"Stan's engine has no lines for the learned scales of the {prior.label} prior.")
        given, names = _given("w_sd", family.params)
        # both are about data alone: a standard Normal for each slope, and half a Normal
        constant = p * -0.5 * LOG_2PI + math.log(2) - 0.5 * LOG_2PI - math.log(family.params["scale"])
        return given + Parts(
            parameters=("real<lower=0> w_sd;", "vector[p] w_standard;"),
            transformed=("vector[p] w = w_sd * w_standard;",),
            model=(f"w_sd ~ normal(0, {names['scale']});", "w_standard ~ std_normal();"),
            constants=left_out("the priors of w and w_sd", constant),
        )
    if family is None:
        return Unsupported(
            f"Stan has no distribution for the {prior.label} prior, whose formula is stated for array libraries alone."
        )
    if family.name == "flat":
        return Parts(parameters=("vector[p] w;",))
    if family.name == "multivariate_normal":
        return _multivariate(prior, family, p, sigma_is_learned)
    half = family.name.startswith("half_")
    base = family.name.removeprefix("half_")
    if base not in CALLS:
        return Unsupported(f"Stan's engine has no distribution for the {prior.label} prior.")
    numbers = _numbers(family) | ({"location": 0.0} if half else {})
    given, names = _given("w", numbers)
    constant = p * (unit_constant(base, numbers) + (math.log(2) if half else 0.0)) - log_of(numbers["scale"], p)
    if prior.in_units_of_sigma:
        names |= {key: f"sigma * {names[key]}" for key in ("location", "scale") if names[key] != "0"}
        # with sigma a parameter the logarithm of the whole scale stays; without it all of it goes
        constant = p * unit_constant(base, numbers) if sigma_is_learned else constant
    declared = f"vector{'<lower=0>' if half else ''}[p] w;"
    statement = f"w ~ {CALLS[base].format(**names)};"
    return given + Parts(parameters=(declared,), model=(statement,), constants=left_out("the prior of w", constant))


def _multivariate(prior: Prior, family: Family, p: int, sigma_is_learned: bool) -> Parts:
    mean, covariance = (np.asarray(family.params[name], dtype=float) for name in ("mean", "covariance"))
    mean = np.broadcast_to(mean, (p,))
    statement = "w ~ multi_normal(w_mean, w_covariance);"
    constant = -0.5 * p * LOG_2PI - 0.5 * float(np.linalg.slogdet(covariance)[1])
    if prior.in_units_of_sigma:
        statement = "w ~ multi_normal(sigma * w_mean, square(sigma) * w_covariance);"
        constant = -0.5 * p * LOG_2PI if sigma_is_learned else constant
    return Parts(
        data=("vector[p] w_mean;", "cov_matrix[p] w_covariance;"),
        values={"w_mean": mean.tolist(), "w_covariance": covariance.tolist()},
        parameters=("vector[p] w;",),
        model=(statement,),
        constants=left_out("the prior of w", constant),
    )


def noise(prior: NoisePrior) -> Parts | Unsupported:
    """The parameter ``sigma``, or what makes it, with its prior."""
    family = prior.family()
    declared = Parts(parameters=("real<lower=0> sigma;",))
    if family is not None and family.name == "half_flat":
        return declared
    if family is not None and family.name == "log_flat":
        return declared + Parts(model=("target += -log(sigma);",))
    if family is not None and family.name == "inverse_gamma" and family.power == 2:
        a, b = float(family.params["shape"]), float(family.params["scale"])
        given, names = _given("sigma2", family.params)
        return given + Parts(
            parameters=("real<lower=0> sigma2;",),
            transformed=("real<lower=0> sigma = sqrt(sigma2);",),
            model=(f"sigma2 ~ inv_gamma({names['shape']}, {names['scale']});",),
            constants=left_out("the prior of sigma", a * math.log(b) - math.lgamma(a)),
        )
    base = "" if family is None else family.name.removeprefix("half_")
    if family is None or base not in CALLS or not family.name.startswith("half_") or family.power != 1:
        return Unsupported(f"Stan's engine has no distribution for the {prior.label} prior on sigma.")
    numbers = _numbers(family) | {"location": 0.0}
    given, names = _given("sigma", numbers)
    constant = unit_constant(base, numbers) + math.log(2) - math.log(float(numbers["scale"]))
    statement = f"sigma ~ {CALLS[base].format(**names)};"
    return given + declared + Parts(model=(statement,), constants=left_out("the prior of sigma", constant))
