"""Densities of the standard families by their formulas: what a plug-in's ``family`` is compared with, without engines.

Gelman et al. (2013), Bayesian Data Analysis, tables A.1 and A.2, unless a line says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import betaln, gammaln, log_ndtr, xlog1py, xlogy

from mapsto.certificate.facts.seen import Comparisons, Seen
from mapsto.data.statistics import Vector
from mapsto.family import Family
from mapsto.likelihoods.base import Likelihood
from mapsto.priors.base import Prior
from mapsto.rounding import gamma
from mapsto.scales import LOG_2PI

OPERATIONS = 32
SHAPES = ("df", "shape", "size")
Params = Mapping[str, Any]


def _normal(u: Vector) -> Vector:
    return np.asarray(-0.5 * (u**2 + LOG_2PI))


def _student_t(u: Vector, df: Any) -> Vector:
    constant = -betaln(0.5, 0.5 * np.asarray(df)) - 0.5 * np.log(df)
    return np.asarray(constant - 0.5 * (df + 1) * np.log1p(u**2 / df))


def _logistic(u: Vector) -> Vector:
    size = np.abs(u)
    return np.asarray(-size - 2 * np.log1p(np.exp(-size)))


def _half(density: Vector, x: Vector) -> Vector:
    return np.where(x >= 0, density + math.log(2), -np.inf)


STANDARD: dict[str, Callable[[Vector, Params], Vector]] = {
    "normal": lambda x, of: _normal((x - of["mean"]) / of["sd"]) - np.log(of["sd"]),
    "laplace": lambda x, of: -np.abs(x - of["location"]) / of["scale"] - np.log(2 * of["scale"]),
    "logistic": lambda x, of: _logistic((x - of["location"]) / of["scale"]) - np.log(of["scale"]),
    "cauchy": lambda x, of: _student_t((x - of["location"]) / of["scale"], 1.0) - np.log(of["scale"]),
    "student_t": lambda x, of: _student_t((x - of["location"]) / of["scale"], of["df"]) - np.log(of["scale"]),
    "half_normal": lambda x, of: _half(_normal(x / of["scale"]) - np.log(of["scale"]), x),
    "half_cauchy": lambda x, of: _half(_student_t(x / of["scale"], 1.0) - np.log(of["scale"]), x),
    "half_student_t": lambda x, of: _half(_student_t(x / of["scale"], of["df"]) - np.log(of["scale"]), x),
    "inverse_gamma": lambda x, of: (
        of["shape"] * np.log(of["scale"]) - gammaln(of["shape"]) - (of["shape"] + 1) * np.log(x) - of["scale"] / x
    ),
    "flat": lambda x, of: np.zeros_like(x),
    "half_flat": lambda x, of: np.where(x >= 0, 0.0, -np.inf),
    "log_flat": lambda x, of: -np.log(x),
}
"""Family -> log density of each number, given its parameters."""


def log_density(family: Family, x: Vector) -> Vector | None:
    """Log density of each number x, shape (p,), under a family; None where no formula for it is known here."""
    if family.name not in STANDARD:
        return None
    params = {key: np.asarray(value, dtype=np.float64) for key, value in family.params.items()}
    power = family.power
    stretched = 0.0 if power == 1 else math.log(power) + (power - 1) * np.log(x)
    return np.asarray(STANDARD[family.name](x**power, params) + stretched)


def _multivariate_normal(family: Family, w: Vector) -> tuple[float, float]:
    covariance = np.asarray(family.params["covariance"], dtype=np.float64)
    away = w - np.asarray(family.params["mean"], dtype=np.float64)
    square = float(away @ np.linalg.solve(covariance, away))
    value = -0.5 * (square + float(np.linalg.slogdet(covariance)[1]) + len(w) * LOG_2PI)
    return value, (abs(value) + square) * float(np.linalg.cond(covariance))


def family_at(prior: Prior, places: list[Vector], p: int) -> Comparisons:
    """The family that a prior says it is has its log density, wherever both are finite or not."""
    family = prior.family(p)
    if family is None:
        return
    for w in places:
        ours = prior.log_density(w)
        if family.name == "multivariate_normal":
            theirs, size = _multivariate_normal(family, w)
        elif (each := log_density(family, w)) is None:
            return
        else:
            theirs, size = float(each.sum()), float(np.abs(each).sum())
        parts = size + abs(ours) + p * (1 + size_of_constant(family))
        yield Seen(
            abs(ours - theirs) if ours != theirs else 0.0,
            gamma(OPERATIONS * p) * parts if math.isfinite(parts) else 0.0,
            f"the family {family.name} gives {theirs:.6g}, and log_density {ours:.6g}",
        )


def size_of_constant(family: Family) -> float:
    """Size of the log gammas that cancel in the constant of a family with a shape."""
    shapes = [np.abs(gammaln(np.asarray(family.params[key]) + 2.0)).max() for key in SHAPES if key in family.params]
    return float(sum(shapes))


def family_is_the_density(prior: Prior, p: int = 3) -> Comparisons:
    """The family, where it is a standard one, has the log density of the prior."""
    from mapsto.certificate.facts.places import points

    yield from family_at(prior, points(prior, p), p)


def of_rows(one: Likelihood, y: Vector, eta: Vector, q: Vector) -> Vector | None:
    """Log density of each row under the family of a likelihood; None where no formula for it is known here."""
    family, sigma = one.family(), one.scale
    of = {key: np.float64(value) for key, value in family.params.items()}
    scale = 1.0 if sigma is None else sigma.value / np.sqrt(q)
    if family.name in ("normal", "student_t", "logistic", "laplace", "cauchy"):
        names = ("mean", "sd") if family.name == "normal" else ("location", "scale")
        return np.asarray(STANDARD[family.name](y, of | dict(zip(names, (eta, scale), strict=True))))
    if one.location:  # of eta in the units of y an exponential may overflow
        return None
    k, mean = q * y, q * np.exp(eta)
    if family.name in ("bernoulli", "binomial"):
        ways = -betaln(k + 1, q - k + 1) - np.log1p(q)
        return np.asarray(ways + k * eta - q * np.logaddexp(0.0, eta))
    if family.name == "probit":
        return np.asarray(q * np.where(y == 1, log_ndtr(eta), log_ndtr(-eta)))
    if family.name == "poisson":
        return np.asarray(xlogy(k, mean) - mean - gammaln(k + 1))
    if family.name == "negative_binomial":
        r = of["size"]
        choose = gammaln(k + r) - gammaln(r) - gammaln(k + 1)
        return np.asarray(choose - xlog1py(r, mean / r) + xlogy(k, mean / (mean + r)))
    if family.name == "gamma":
        a = q * of["shape"]
        rate = a * np.exp(-eta)
        return np.asarray(a * np.log(rate) - gammaln(a) + (a - 1) * np.log(y) - rate * y)
    return None


def family_of_rows_is_the_density(one: Likelihood, y: Vector, eta: Vector, q: Vector) -> Comparisons:
    """A likelihood's family, where its formula is known here, has its log density in each row."""
    theirs = of_rows(one, y, eta, q)
    if theirs is None:
        return
    ours = one.log_density(y, eta, q)
    size = (
        1 + np.abs(ours) + np.abs(gammaln(np.abs(q * y) + 2)) + np.abs(y) + np.abs(eta) + size_of_constant(one.family())
    )
    off = np.abs(ours - theirs)
    i = int(np.argmax(np.where(np.isnan(off), np.inf, off / size)))
    allowed = gamma(4 * OPERATIONS) * float(size[i])
    yield Seen(
        float(off[i]),
        allowed,
        f"the family {one.family().name} gives {float(theirs[i]):.6g} in row {i}, and log_density {float(ours[i]):.6g}",
    )
