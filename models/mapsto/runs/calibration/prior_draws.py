"""Independent draws of a prior, from what it states of itself: its root, its scales, or its density."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.outcome import Unsupported
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture

REACH = 45.0  # asinh of the farthest point, in units of the density's width: exp(45) holds a Cauchy's tail
NODES = 9_001  # an odd number: zero, where there may be a kink or an edge, is one of them


def slopes(prior: Prior, p: int, size: int, rng: np.random.Generator) -> Matrix | Unsupported:
    """``size`` independent draws of the p slopes, shape (size, p), or why there are none."""
    if not prior.proper:
        return Unsupported(f"The {prior.label} prior has no integral, so nothing can be drawn from it.")
    normal = prior.gaussian(p)
    if normal is not None:
        return np.asarray(normal.mean + rng.standard_normal((size, p)) @ normal.matrix.T)
    if isinstance(prior, ScaleMixture):
        return prior.scales(size, p, rng) * rng.standard_normal((size, p))
    drawn = prior.simulate(size, p, rng)
    if drawn is not None:
        return drawn
    if not prior.separable:
        return Unsupported(f"The {prior.label} prior couples the slopes and does not say how to draw them (simulate).")
    return np.column_stack([_quantiles(_of_slope(prior, j, p), rng.random(size)) for j in range(p)])


def noise_sds(prior: NoisePrior, size: int, rng: np.random.Generator) -> Vector | Unsupported:
    """``size`` independent draws of sigma, shape (size,), or why there are none."""
    if not prior.proper:
        return Unsupported(f"The {prior.label} prior on sigma has no integral, so nothing can be drawn from it.")
    return np.exp(_quantiles(_of_log_sigma(prior), rng.random(size)))


Distribution = tuple[Vector, Vector]
"""Points in increasing order, and the distribution function there, both of shape (m,)."""


@cache
def _of_slope(prior: Prior, j: int, p: int) -> Distribution:
    one = prior.marginal(j, p)
    assert one is not None, prior  # a separable prior has its marginals
    centre, width = float(one.centre(1)[0]), float(one.widths(1)[0])
    return _distribution(lambda v: one.log_density(np.array([v])), centre, width)


@cache
def _of_log_sigma(prior: NoisePrior) -> Distribution:
    """Of log sigma, which has a density on the whole line, with the Jacobian sigma."""
    return _distribution(lambda t: prior.log_density(math.exp(t)) + t, 0.0, 1.0)


def _distribution(log_density: Callable[[float], float], centre: float, width: float) -> Distribution:
    """The distribution of one number by the trapezoidal rule, on points that reach out as sinh."""
    t = np.linspace(-REACH, REACH, NODES)
    x = centre + width * np.sinh(t)
    with np.errstate(all="ignore"):  # far out a density may underflow: it is then zero there
        logs = np.array([_or_nothing(log_density, v) for v in x]) + np.log(np.cosh(t))
    weights = np.exp(logs - logs[np.isfinite(logs)].max())
    weights[~np.isfinite(weights)] = 0.0
    steps = (weights[1:] + weights[:-1]) / 2
    kept = np.concatenate([[True], steps > 0])
    return x[kept], np.concatenate([[0.0], np.cumsum(steps) / steps.sum()])[kept]


def _quantiles(of: Distribution, at: Vector) -> Vector:
    points, probabilities = of
    return np.interp(at, probabilities, points)


def _or_nothing(log_density: Callable[[float], float], v: float) -> float:
    try:
        return log_density(v)
    except (ArithmeticError, ValueError):  # sigma of 0 or infinity, as a number far out becomes
        return -math.inf
