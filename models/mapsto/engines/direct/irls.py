"""A local mode under a smooth penalty, from our own formulas: reweighted ridge, then Newton.

A penalty that grows ever more slowly in w^2 lies below a parabola that touches it, so ridge with weights
phi'(w) / w never raises the loss (Hunter & Lange 2004, "A tutorial on MM algorithms", section 3.2). Its last digits
come from Newton's method with the curvature of the penalty in it.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import TINY, Prior

RIDGES = 300
NEWTONS = 30
RISE = 1e-9  # relative rise of the loss that rounding explains
NEAR = 10.0  # widths of the prior within which a trust region starts


def local_mode(problem: Problem, prior: Prior, start: Vector) -> Vector:
    """The mode that ``start`` leads down to, shape (p,)."""
    if not prior.separable:
        return _polish(problem, prior, _trust_region(problem, prior, start))
    w = np.where(start == 0, TINY, start)
    height = _height(problem, prior, w)
    for _ in range(RIDGES):
        ahead = reweighted_ridge(problem, prior, w)
        higher = _height(problem, prior, ahead)
        if not higher <= height + RISE * abs(height):  # no parabola in w lies above this penalty
            return _polish(problem, prior, _trust_region(problem, prior, start))
        still = np.linalg.norm(ahead - w) <= 1e-7 * np.linalg.norm(w)
        w, height = np.where(ahead == 0, TINY, ahead), higher
        if still:
            break
    return _polish(problem, prior, w)


def _height(problem: Problem, prior: Prior, w: Vector) -> float:
    s = problem.statistics
    return s.misfit(w, s.best_intercept(w)) / (2 * problem.noise_sd**2) + prior.penalty(w)


def reweighted_ridge(problem: Problem, prior: Prior, w: Vector) -> Vector:
    """The ridge estimate whose penalty touches the prior's at w, shape (p,); its loss is no higher than that of w.

    Args:
        problem: data and noise.
        prior: one with a smooth, separable penalty that is concave in w^2.
        w: where the weights phi'(w) / w are taken, shape (p,); nowhere 0.
    """
    s, sigma = problem.statistics, problem.noise_sd
    weights = np.abs(prior.slope(w) / w)
    A = np.vstack([s.R / sigma, np.diag(np.sqrt(weights))])
    estimate: Vector = np.linalg.lstsq(A, np.append(s.z / sigma, np.zeros(s.p)))[0]
    return estimate


def _trust_region(problem: Problem, prior: Prior, start: Vector) -> Vector:
    """Roughly the mode where no weight for each slope lies above the penalty, as where it couples them.

    It starts within a few widths of the centre, for a penalty of a high power overflows far out.

    Source: Conn, Gould & Toint (2000), "Trust-Region Methods", section 7.3.
    """
    s = problem.statistics
    data: Matrix = s.R.T @ s.R / problem.noise_sd**2
    c, u = prior.centre(s.p), NEAR * prior.widths(s.p)
    start = c + np.clip(start - c, -u, u)
    curvature = np.abs(np.diag(data + prior.curvature(start)))
    unit = 1 / np.sqrt(np.where(curvature > 0, curvature, 1.0))

    def loss(u: Vector) -> float:
        return _height(problem, prior, u * unit)

    found = minimize(
        loss,
        start / unit,
        jac=lambda u: (problem.data_gradient(u * unit) + prior.slope(u * unit)) * unit,
        hess=lambda u: (data + prior.curvature(u * unit)) * np.outer(unit, unit),
        method="trust-exact",
        options={"gtol": 1e-6},
    )
    w: Vector = found.x * unit
    return w


def _polish(problem: Problem, prior: Prior, w: Vector) -> Vector:
    s, sigma = problem.statistics, problem.noise_sd
    data: Matrix = s.R.T @ s.R / sigma**2
    gradient = problem.data_gradient(w) + prior.slope(w)
    for _ in range(NEWTONS):
        H = data + prior.curvature(w)
        size = np.abs(np.diag(H))
        unit = 1 / np.sqrt(np.where(size > 0, size, 1.0))
        if not np.isfinite(H).all():
            break
        step = np.linalg.lstsq(H * np.outer(unit, unit), gradient * unit)[0] * unit
        ahead = w - step
        next_gradient = problem.data_gradient(ahead) + prior.slope(ahead)
        if not np.linalg.norm(next_gradient * unit) < np.linalg.norm(gradient * unit):
            break
        w, gradient = ahead, next_gradient
    return w
