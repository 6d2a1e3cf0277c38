"""The mode under a penalty with kinks at zero that is not made of absolute values and squares, such as a concave one.

At a point each slope's penalty is replaced by the l1 |w| + l2 w^2 / 2 that has its slope there, and at zero its slopes
on both sides; the active-set method solves that exactly, zeros included. Of a penalty that is concave in |w| it is the
tangent, which lies above it, so that the loss never rises (Zou & Li 2008, "One-step sparse estimates in nonconcave
penalized likelihood models", Annals of Statistics 36(4), theorem 1). Of another it may rise, and a step is halved. The
last digits are Newton's, among the slopes that are not zero.
"""

from __future__ import annotations

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.engines.direct.active_set import active_set
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import TINY, PiecewiseQuadratic, Prior

ROUNDS = 200
HALVINGS = 40
NEWTONS = 40
STILL = 1e-9  # relative step after which the zeros are found
RISE = 1e-13  # relative rise of the loss that rounding explains


def tangent(prior: Prior, w: Vector) -> PiecewiseQuadratic:
    """The piecewise quadratic penalty with the slopes of a separable one at w, shape (p,)."""
    p = len(w)
    with np.errstate(all="ignore"):
        here = prior.slope(np.where(w == 0, TINY, w))
        up = np.where(w > 0, here, prior.slope(np.full(p, TINY)))
        below = np.full(p, -TINY)
        edge = not np.isfinite(prior.penalty(below))
        down = np.where(w < 0, -here, up if edge else -prior.slope(below))
        bent = np.diag(prior.curvature(np.where(w == 0, prior.widths(p), w)))
    size = np.abs(w)
    steep = np.where(w < 0, down, up)
    most = np.where(size > 0, steep / np.where(size > 0, size, 1.0), 0.0)
    l2 = np.where(w == 0, 0.0, np.clip(np.nan_to_num(bent), 0.0, np.maximum(most, 0.0)))
    # slopes that a penalty pushes outwards have no tangent that is convex: Newton's steps see to them
    l1 = np.maximum(np.where(w > 0, up - l2 * size, up), 0.0)
    return PiecewiseQuadratic(l1, l2, edge, np.maximum(np.where(w < 0, down - l2 * size, down), 0.0))


def kinked_mode(problem: Problem, prior: Prior, start: Vector) -> Vector:
    """The mode under Gaussian noise that ``start`` leads down to, shape (p,)."""
    w = start
    for _ in range(ROUNDS):
        before, w = w, tangent_step(problem, prior, w)
        if np.linalg.norm(w - before) <= STILL * np.linalg.norm(w):
            break
    return _polish(problem, prior, w)


def tangent_step(problem: Problem, prior: Prior, w: Vector) -> Vector:
    """The mode under Gaussian noise and the tangent at w, or a point on the way to it that is no higher than w."""
    if not np.isfinite(prior.penalty(w)):
        w = np.maximum(w, 0.0)
    height = _height(problem, prior, w)
    ahead = active_set(problem, tangent(prior, w))
    for share in 0.5 ** np.arange(HALVINGS):
        at = ahead if share == 1 else w + share * (ahead - w)
        if _height(problem, prior, at) <= height + RISE * abs(height):
            return at
    return w


def _height(problem: Problem, prior: Prior, w: Vector) -> float:
    return problem.objective(w, problem.best_intercept(w), 0.0) / problem.likelihood.factor + prior.penalty(w)


def _polish(problem: Problem, prior: Prior, w: Vector) -> Vector:
    """Newton steps among the slopes off zero, none across it, for as long as the gradient shrinks."""
    free = w != 0
    if not free.any():
        return w
    data = problem.hessian(w)
    gradient = problem.data_gradient(w) + prior.slope(w)
    for _ in range(NEWTONS):
        H = (data + prior.curvature(w))[np.ix_(free, free)]
        unit = 1 / np.sqrt(np.maximum(np.abs(np.diag(H)), np.finfo(float).tiny))
        ahead = w.copy()
        ahead[free] -= unit * np.linalg.lstsq(H * np.outer(unit, unit), gradient[free] * unit)[0]
        if (np.sign(ahead) != np.sign(w)).any():
            break
        following = problem.data_gradient(ahead) + prior.slope(ahead)
        if not np.linalg.norm(following[free] * unit) < np.linalg.norm(gradient[free] * unit):
            break
        w, gradient = ahead, following
    return w
