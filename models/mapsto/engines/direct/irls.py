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


def local_mode(problem: Problem, prior: Prior, start: Vector) -> Vector:
    """The mode that ``start`` leads down to, shape (p,)."""
    if not prior.separable:
        return _polish(problem, prior, _coupled(problem, prior, start))
    w = np.where(start == 0, TINY, start)
    for _ in range(RIDGES):
        ahead = reweighted_ridge(problem, prior, w)
        still = np.linalg.norm(ahead - w) <= 1e-7 * np.linalg.norm(w)
        w = np.where(ahead == 0, TINY, ahead)
        if still:
            break
    return _polish(problem, prior, w)


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


def _coupled(problem: Problem, prior: Prior, start: Vector) -> Vector:
    """Roughly the mode where the penalty couples the slopes, so that no weight for each lies above it: a trust region.

    Source: Conn, Gould & Toint (2000), "Trust-Region Methods", section 7.3.
    """
    s = problem.statistics
    data: Matrix = s.R.T @ s.R / problem.noise_sd**2
    unit = 1 / np.sqrt(np.abs(np.diag(data + prior.curvature(start))))

    def loss(u: Vector) -> float:
        w = u * unit
        return s.misfit(w, s.best_intercept(w)) / (2 * problem.noise_sd**2) + prior.penalty(w)

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
        unit = 1 / np.sqrt(np.abs(np.diag(H)))
        step = np.linalg.lstsq(H * np.outer(unit, unit), gradient * unit)[0] * unit
        ahead = w - step
        next_gradient = problem.data_gradient(ahead) + prior.slope(ahead)
        if not np.linalg.norm(next_gradient * unit) < np.linalg.norm(gradient * unit):
            break
        w, gradient = ahead, next_gradient
    return w
