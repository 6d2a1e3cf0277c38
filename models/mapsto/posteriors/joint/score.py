"""The gradient of our own log p(y, w, b, log s) at many draws: the score, whose mean over the posterior is zero.

The same gradient as :func:`~mapsto.posteriors.joint.density.joint_at`'s, without the sizes of its parts, and for
Gaussian noise from the statistics of the rows alone, so that its cost does not grow with them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.joint.density import likelihood_at, slope_by_log_parameter, slope_by_log_scale
from mapsto.priors.base import Prior

Scores = Mapping[str, Matrix]


def scores(problem: Problem, prior: Prior, w: Matrix, b: Vector | None, scales: Mapping[str, Vector]) -> Scores:
    """The score at draws, by block: ``w`` of shape (draws, p), ``b`` and each learned scale of shape (draws, 1).

    Args:
        problem: data and likelihood.
        prior: as it was given; one in units of sigma follows a learned sigma.
        w: slopes, shape (draws, p), off the kinks of the prior.
        b: intercepts, shape (draws,); None where the model has none.
        scales: each learned scale, shape (draws,), by its name in ``learned_scales``; the score is by its logarithm.
    """
    sigma = scales.get("sigma", np.full(len(w), problem.noise_sd))
    intercepts = np.zeros(len(w)) if b is None else b
    if problem.likelihood.has_statistics:
        by = _of_statistics(problem, w, intercepts, sigma)
    else:
        by = _of_rows(problem, w, intercepts, sigma, {name: scales[name] for name in problem.learns})
    learned = prior.learned_scale()
    given = (
        prior.at(float(s)) if learned is None else learned.given(float(scales["w_sd"][k])) for k, s in enumerate(sigma)
    )
    slope = np.array([-one.slope(point) for one, point in zip(given, w, strict=True)])
    by["w"] = by["w"] + slope
    by_log_scale = -np.sum(w * slope, axis=1, keepdims=True) - w.shape[1]
    if learned is not None:
        by["w_sd"] = by_log_scale + _slopes_by_log_scale(learned.log_density, scales["w_sd"])
    elif prior.in_units_of_sigma and "sigma" in scales:
        by["sigma"] = by["sigma"] + by_log_scale
    if problem.noise_prior is not None:
        by["sigma"] = by["sigma"] + _slopes_by_log_scale(problem.noise_prior.log_density, sigma)
    for name, belief in problem.learns.items():
        by[name] = by[name] + _slopes_by_log_scale(belief.log_density, scales[name])
    held = {"w": True, "b": b is not None} | dict.fromkeys(scales, True)
    return {name: part for name, part in by.items() if held.get(name)}


def _slopes_by_log_scale(log_density: Callable[[float], float], scale: Vector) -> Matrix:
    return np.array([[slope_by_log_scale(log_density, math.log(one))] for one in scale])


def _of_statistics(problem: Problem, w: Matrix, b: Vector, sigma: Vector) -> dict[str, Matrix]:
    s = problem.statistics
    off = s.y_mean - b - w @ s.x_mean if s.centred else np.zeros(len(w))
    left = s.z - w @ s.R.T
    squares = np.sum(left**2, axis=1) + s.residual_sum_of_squares + s.weight * off**2
    slopes = left @ s.R + s.weight * np.outer(off, s.x_mean)
    return {
        "w": slopes / sigma[:, np.newaxis] ** 2,
        "b": (s.weight * off / sigma**2)[:, np.newaxis],
        "sigma": (squares / sigma**2 - s.n)[:, np.newaxis],
    }


def _of_rows(problem: Problem, w: Matrix, b: Vector, sigma: Vector, own: Mapping[str, Vector]) -> dict[str, Matrix]:
    (X, y), q = problem.table.rows, problem.table.q
    found: dict[str, list[Vector]] = {name: [] for name in ("w", "b", "sigma", *own)}
    for k, slopes in enumerate(w):
        likelihood = likelihood_at(problem, float(sigma[k]), {name: float(values[k]) for name, values in own.items()})
        eta = problem.table.predictor(slopes, float(b[k]))
        slope = -likelihood.gradient(y, eta, q)
        found["w"].append(X.T @ slope)
        found["b"].append(np.array([slope.sum()]))
        if problem.sigma is not None:
            found["sigma"].append(np.array([(y - eta) @ slope - len(y)]))
        for name in own:
            found[name].append(np.array([slope_by_log_parameter(likelihood, name, y, eta, q)]))
    return {name: np.stack(rows) for name, rows in found.items() if rows}
