"""A prior as a report shows it: the curve of one slope's density and penalty, and how far it shrank each slope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture

POINTS = 161
FALL = 5.0  # nats that a density falls within the curve


@dataclass(frozen=True, eq=False)
class PriorView:
    """Density and penalty of the first coefficient over a grid, shape (POINTS,); no penalty where there is no mode."""

    grid: Vector
    density: Vector
    penalty: Vector | None


def prior_view(prior: Prior, p: int) -> PriorView | None:
    """The curve of the first of p slopes, wide enough to see the density fall; None where it has no formula."""
    one = prior.marginal(0, p)
    if one is None:
        return None
    middle = float(one.centre(1)[0])
    edge = middle + _reach(one, middle)
    grid = np.linspace(2 * middle - edge, edge, POINTS)
    if one.no_mode:  # infinite at zero: a grid that steps over it
        grid = np.linspace(2 * middle - edge, edge, POINTS - 1)
    logs = np.array([one.log_density(np.array([w])) for w in grid])
    penalty = None
    if not one.no_mode:
        penalty = np.array([one.penalty(np.array([w])) for w in grid])
    return PriorView(grid, np.exp(logs), penalty)


def _reach(prior: Prior, middle: float) -> float:
    """How far from the middle the density has fallen by ``FALL`` nats, within a factor of two."""
    if not prior.proper:
        return 1.0
    if isinstance(prior, ScaleMixture):
        return 4 * float(np.median(prior.scales(1_000, 1, np.random.default_rng(0))))

    def fallen(reach: float) -> bool:
        return prior.log_density(np.array([middle])) - prior.log_density(np.array([middle + reach])) > FALL

    reach = 1.0
    while fallen(reach) and reach > 1e-75:
        reach /= 2
    while not fallen(reach) and reach < 1e75:
        reach *= 2
    return reach


def shrinkage(problem: Problem, draws: Any) -> Vector:
    """Posterior mean of each slope's shrinkage factor, 0 (left alone) to 1 (shrunk to zero), shape (p,).

    kappa_j = 1 / (1 + norm_j^2 s_j^2 / sigma^2) for a column of that norm and a slope of prior scale s_j
    (Piironen & Vehtari 2017, equation 2.5).

    Args:
        problem: data and noise.
        draws: the posterior group: ``w_scale``, and ``sigma`` where it is learned.
    """
    scale = draws["w_scale"].to_numpy()
    sigma = draws["sigma"].to_numpy()[..., np.newaxis] if "sigma" in draws else problem.noise_sd
    factors: Vector = (1 / (1 + (problem.statistics.column_norms * scale / sigma) ** 2)).mean(axis=(0, 1))
    return factors
