"""What a point estimate leaves out: correlations, predictive intervals, and the curve around the peak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.intervals import TAILS, normal_eti
from mapsto.priors.base import Prior

SHOWN_ROWS = 8
GRID_POINTS = 241


def correlation(covariance: Matrix) -> Matrix:
    """Correlations of the slopes from their covariance, shape (p, p)."""
    sd = np.sqrt(np.diag(covariance))
    correlations: Matrix = covariance / np.outer(sd, sd)
    return correlations


def effective_degrees_of_freedom(posterior: GaussianPosterior) -> float:
    """Trace of the hat matrix of the slopes (Hastie, Tibshirani & Friedman 2009, ESL, equation 3.50)."""
    return posterior.effective_slopes()


@dataclass(frozen=True, eq=False)
class Predictive:
    """Posterior predictive of each row, or of a sample of them, had it been measured again.

    Attributes:
        rows: the rows' numbers, shape (n,) or fewer.
        mean: shape (n,), in units of y.
        sd: shape (n,), noise included.
        eti89: 89 % intervals, shape (n, 2).
        observed: the responses, shape (n,).
        coverage: share of the observed responses inside their interval.
    """

    rows: NDArray[np.int64]
    mean: Vector
    sd: Vector
    eti89: Matrix
    observed: Vector
    coverage: float


def predictive(problem: Problem, posterior: GaussianPosterior) -> Predictive | None:
    """The exact posterior predictive at the rows, or at a sample of them; None where the rows are gone."""
    some = problem.table.at_hand
    if some is None:
        return None
    mean = posterior.intercept_mean + some.X @ posterior.mean
    sd = posterior.predictive_sd(some.X, some.weights)
    interval = normal_eti(mean, sd)
    return Predictive(some.rows, mean, sd, interval, some.y, _coverage(interval, some.y))


def predictive_of_draws(problem: Problem, tree: Any) -> Predictive | None:
    """The posterior predictive at the rows that the draws replicate, or None where the rows are gone."""
    some = problem.table.at_hand
    if some is None:
        return None
    replicated = tree["posterior_predictive"]["y"]
    rows = replicated["row"].to_numpy()
    drawn = replicated.to_numpy().reshape(-1, len(rows))
    interval = np.quantile(drawn, TAILS, axis=0).T
    y = some.y[np.searchsorted(some.rows, rows)]
    return Predictive(rows, drawn.mean(axis=0), drawn.std(axis=0), interval, y, _coverage(interval, y))


def _coverage(interval: Matrix, y: Vector) -> float:
    return float(((interval[:, 0] <= y) & (y <= interval[:, 1])).mean())


def shown_rows(predicted: Predictive) -> list[int]:
    """Places of a few rows to show, from the lowest prediction to the highest."""
    order = np.argsort(predicted.mean, kind="stable")
    picks = np.linspace(0, len(order) - 1, min(SHOWN_ROWS, len(order))).round().astype(int)
    return [int(row) for row in order[picks]]


@dataclass(frozen=True, eq=False)
class Picture:
    """A slice through the peak along one coefficient, the others held at the mode.

    ``prior``, ``likelihood``, ``posterior`` and ``exp_loss`` = exp(-J) are scaled to height 1; ``loss`` is J in squared
    units of y. All have the shape of ``grid``.
    """

    feature: str
    grid: Vector
    prior: Vector
    likelihood: Vector
    posterior: Vector
    exp_loss: Vector
    loss: Vector
    mode: float


def picture(problem: Problem, prior: Prior, mode: Estimate) -> Picture:
    """The slice along the coefficient that the data know best relative to its size."""
    w = mode.coef
    curvature = np.abs(np.diag(problem.information(w, mode.intercept)))
    j = int(np.argmax(np.abs(w) * np.sqrt(curvature)))
    width = 1 / np.sqrt(curvature[j]) if curvature[j] > 0 else max(1.0, abs(w[j]))

    def prior_at(value: float) -> float:
        moved = w.copy()
        moved[j] = value
        return prior.log_density(moved)

    reach = abs(w[j]) + 4 * width
    for _ in range(3):  # far enough out to see the prior fall, unless it is very wide
        if prior_at(reach) > prior_at(0.0) - 2:
            reach *= 1.5
    needle = w[j] + np.linspace(-4, 4, 41) * width / np.sqrt(problem.likelihood.factor)  # exp(-J) is this narrow
    grid = np.union1d(np.linspace(-reach, reach, GRID_POINTS), needle)
    log_prior = np.array([prior_at(value) for value in grid])
    grid, log_prior = grid[np.isfinite(log_prior)], log_prior[np.isfinite(log_prior)]  # some priors end at zero
    log_likelihood = _along(problem, mode, j, grid)
    scale = problem.likelihood.factor
    floor = problem.objective(w, mode.intercept, prior.penalty(w))
    rise = -scale * (log_likelihood + log_prior - prior_at(w[j]))
    return Picture(
        feature=problem.features[j],
        grid=grid,
        prior=_to_height_one(log_prior),
        likelihood=_to_height_one(log_likelihood),
        posterior=_to_height_one(log_likelihood + log_prior),
        exp_loss=_to_height_one(-rise),
        loss=floor + rise,
        mode=float(w[j]),
    )


def _along(problem: Problem, mode: Estimate, j: int, grid: Vector) -> Vector:
    """Log likelihood along slope j, the intercept at its best, less that at the mode; shape of ``grid``."""
    w, away = mode.coef, grid - mode.coef[j]
    if problem.likelihood.has_statistics:  # quadratic, so its derivatives at the mode say it without cancellation
        slope, second_derivative = problem.data_gradient(w)[j], problem.hessian(w)[j, j]
        return np.asarray(-slope * away - 0.5 * second_derivative * away**2)
    heights, b = [], mode.intercept
    for value in grid:
        moved = w.copy()
        moved[j] = value
        b = problem.best_intercept(moved, b)
        heights.append(problem.log_likelihood(moved, b))
    return np.array(heights) - problem.log_likelihood(w, mode.intercept)


def _to_height_one(log_density: Vector) -> Vector:
    height: Vector = np.exp(log_density - log_density.max())
    return height
