"""A local mode under a smooth penalty, from our own formulas: reweighted ridge, then Newton.

A penalty that grows ever more slowly in w^2 lies below a parabola that touches it, so ridge with weights
phi'(w) / w never raises the loss (Hunter & Lange 2004, "A tutorial on MM algorithms", section 3.2). Its last digits
come from Newton's method with the curvature of the penalty in it.
"""

from __future__ import annotations

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior

RIDGES = 300
NEWTONS = 30
TINY = 1e-60  # stands for zero where a quotient of slope and coefficient is wanted


def local_mode(problem: Problem, prior: Prior, start: Vector) -> Vector:
    """The mode that ``start`` leads down to, shape (p,)."""
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


def bend(prior: Prior, w: Vector) -> Vector:
    """Second derivative of a separable penalty at w, shape (p,), by central differences of its slope."""
    near = np.full_like(w, TINY)
    width = np.sqrt(near / prior.slope(near))  # the penalty is w^2 / (2 width^2) next to zero
    steps = 1e-5 * np.maximum(np.abs(w), width)
    return (prior.slope(w + steps) - prior.slope(w - steps)) / (2 * steps)


def _polish(problem: Problem, prior: Prior, w: Vector) -> Vector:
    s, sigma = problem.statistics, problem.noise_sd
    data: Matrix = s.R.T @ s.R / sigma**2
    gradient = problem.data_gradient(w) + prior.slope(w)
    for _ in range(NEWTONS):
        H = data + np.diag(bend(prior, w))
        unit = 1 / np.sqrt(np.abs(np.diag(H)))
        step = np.linalg.lstsq(H * np.outer(unit, unit), gradient * unit)[0] * unit
        ahead = w - step
        next_gradient = problem.data_gradient(ahead) + prior.slope(ahead)
        if not np.linalg.norm(next_gradient * unit) < np.linalg.norm(gradient * unit):
            break
        w, gradient = ahead, next_gradient
    return w
