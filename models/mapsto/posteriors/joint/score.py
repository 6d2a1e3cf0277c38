"""The gradient of our own log p(y, w, b, log s) at many draws: the score, whose mean over the posterior is zero.

The same gradient as :func:`~mapsto.posteriors.joint.density.joint_at`'s, without the sizes of its parts, and for
Gaussian noise from the statistics of the rows alone, so that its cost does not grow with them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.base import Likelihood
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
    rows = [
        _at(problem, prior, one, None if b is None else float(b[k]), {s: float(v[k]) for s, v in scales.items()})
        for k, one in enumerate(w)
    ]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _at(problem: Problem, prior: Prior, w: Vector, b: float | None, scales: Mapping[str, float]) -> dict[str, Vector]:
    sigma = scales.get("sigma", problem.noise_sd)
    own = {name: scales[name] for name in problem.learns}
    if problem.likelihood.has_statistics:
        by = _of_statistics(problem, w, b or 0.0, sigma)
    else:
        by = _of_rows(problem, likelihood_at(problem, sigma, own), w, b or 0.0)
    learned = prior.learned_scale()
    given = prior.at(sigma) if learned is None else learned.given(scales["w_sd"])
    slope = -given.slope(w)
    by["w"] = by["w"] + slope
    by_log_scale = -float(w @ slope) - len(w)
    if learned is not None:
        of_prior = slope_by_log_scale(learned.log_density, math.log(scales["w_sd"]))
        by["w_sd"] = np.array([by_log_scale + of_prior])
    elif prior.in_units_of_sigma and "sigma" in scales:
        by["sigma"] = by["sigma"] + by_log_scale
    if problem.noise_prior is not None:
        by["sigma"] = by["sigma"] + slope_by_log_scale(problem.noise_prior.log_density, math.log(sigma))
    for name, belief in problem.learns.items():
        by[name] = by[name] + slope_by_log_scale(belief.log_density, math.log(own[name]))
    held = {"w": True, "b": b is not None} | dict.fromkeys(scales, True)
    return {name: part for name, part in by.items() if held.get(name)}


def _of_statistics(problem: Problem, w: Vector, b: float, sigma: float) -> dict[str, Vector]:
    s = problem.statistics
    off = s.y_mean - b - s.x_mean @ w if s.centred else 0.0
    left = s.z - s.R @ w
    squares = left @ left + s.residual_sum_of_squares + s.weight * off**2
    slopes = (s.R.T @ left + s.weight * off * s.x_mean) / sigma**2
    return {
        "w": slopes,
        "b": np.array([s.weight * off / sigma**2]),
        "sigma": np.array([squares / sigma**2 - s.n]),
    }


def _of_rows(problem: Problem, likelihood: Likelihood, w: Vector, b: float) -> dict[str, Vector]:
    (X, y), q = problem.table.rows, problem.table.q
    eta = problem.table.predictor(w, b)
    slope = -likelihood.gradient(y, eta, q)
    found = {"w": X.T @ slope, "b": np.array([slope.sum()])}
    if problem.sigma is not None:
        found["sigma"] = np.array([(y - eta) @ slope - len(y)])
    for name in problem.learns:
        found[name] = np.array([slope_by_log_parameter(likelihood, name, y, eta, q)])
    return found
