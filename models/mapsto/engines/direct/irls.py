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
NEWTONS = 100
RISE = 1e-9  # relative rise of the loss that rounding explains
HALVINGS = 100
NATS = 10.0  # of penalty a slope at which a trust region may start
REGIONS = 8
NEAR = 10.0  # widths of the prior within which a trust region starts


def local_mode(problem: Problem, prior: Prior, start: Vector) -> Vector:
    """The mode that ``start`` leads down to, shape (p,)."""
    if not prior.separable or not _below_a_parabola(problem, prior, start):
        return _polish(problem, prior, _trust_region(problem, prior, start))
    w, round_at_zero = np.where(start == 0, TINY, start), prior.is_parabola_at_centre(problem.p)
    height = _height(problem, prior, w)
    for _ in range(RIDGES):
        ahead = reweighted_ridge(problem, prior, w)
        higher = _height(problem, prior, ahead)
        if not higher <= height + RISE * abs(height):  # no parabola in w lies above this penalty
            return _polish(problem, prior, _trust_region(problem, prior, start))
        change = np.abs(ahead - w)
        still = bool((change <= 1e-7 * (np.linalg.norm(w) if round_at_zero else np.abs(w))).all())
        w, height = np.where(ahead == 0, TINY, ahead), higher
        if still:
            break
    return _polish(problem, prior, w)


def _below_a_parabola(problem: Problem, prior: Prior, w: Vector) -> bool:
    """Whether phi'(w) / w falls outwards, so that a parabola that touches a separable penalty lies above it."""
    sizes = (np.abs(w).max() or 1.0) * np.append(0.0, 10.0 ** np.arange(-12, 3)) + TINY
    with np.errstate(over="ignore", invalid="ignore"):
        weights = np.array([np.abs(prior.slope(np.full(problem.p, size)) / size) for size in sizes])
        return bool((np.diff(weights, axis=0) <= 1e-9 * weights[:-1]).all())


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

    It starts within a few widths of the centre, where the penalty is a few nats a slope, for a high power overflows
    far out; and it starts anew from where it ended, in the units there.

    Source: Conn, Gould & Toint (2000), "Trust-Region Methods", section 7.3.
    """
    s = problem.statistics
    data: Matrix = s.R.T @ s.R / problem.noise_sd**2
    c, u = prior.centre(s.p), NEAR * prior.widths(s.p)
    w = c + np.clip(start - c, -u, u)
    for _ in range(HALVINGS):
        if prior.penalty(w) <= NATS * s.p:
            break
        w = c + (w - c) / 2
    for _ in range(REGIONS):
        before = w
        curvature = np.abs(np.diag(data + prior.curvature(w)))
        unit = 1 / np.sqrt(np.where(curvature > 0, curvature, 1.0))
        with np.errstate(over="ignore", invalid="ignore"):  # too long a step: its loss is infinite
            found = minimize(
                lambda v, unit=unit: _height(problem, prior, v * unit),
                w / unit,
                jac=lambda v, unit=unit: (problem.data_gradient(v * unit) + prior.slope(v * unit)) * unit,
                hess=lambda v, unit=unit: (data + prior.curvature(v * unit)) * np.outer(unit, unit),
                method="trust-exact",
                options={"gtol": 1e-6},
            )
        w = found.x * unit
        if np.linalg.norm((w - before) / unit) <= 1e-3 * np.linalg.norm(w / unit):
            break
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
