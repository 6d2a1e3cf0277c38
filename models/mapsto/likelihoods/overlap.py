r"""Whether a likelihood with a link has a highest point, shown by Newton's method without a linear program.

The losses here have third derivatives no larger than their second. Along a step d from a point with the gradient g and
the curvature H the curvature therefore falls by at most a factor exp(-max_i |a_i d|), so that on the ellipsoid
d' H d = 1 / R^2, R^2 = max_i a_i' H^-1 a_i, the loss rises outwards where

    sqrt(g' H^-1 g) R  <  1 - 1/e,

and a convex loss that rises all around has its lowest point inside. Source: Bach (2010), "Self-concordant analysis for
logistic regression", Electronic Journal of Statistics 4, proposition 1.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from mapsto.data.products import blocks, products
from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem

ROUNDS = 30
HALVINGS = 30
CLEAR = 0.5 * (1 - 1 / math.e)  # half of what would do: rounding has room
WELL_CONDITIONED = 1e-10  # smallest eigenvalue of the scaled curvature that rounding leaves sure to be positive


def has_highest_point(problem: Problem) -> bool:
    """Whether Newton's method finds a place that shows it; False leaves it open."""
    (X, y), q, likelihood, p = problem.table.rows, problem.table.q, problem.likelihood, problem.p
    if p >= problem.n:
        return False
    mean, m = problem.table.moments.x_mean, p + problem.intercept

    def predictor(u: Vector) -> Vector:
        return np.asarray(X @ u[:p] + (u[p] - mean @ u[:p] if problem.intercept else 0.0))

    u = np.zeros(m)
    if problem.intercept:
        u[p] = problem.best_intercept(np.zeros(p))
    eta = predictor(u)
    for _ in range(ROUNDS):
        gradient, H = products(X, mean, likelihood.gradient(y, eta, q), likelihood.curvature(y, eta, q))
        gradient, H = gradient[:m], H[:m, :m]
        unit = 1 / np.sqrt(np.maximum(np.diag(H), np.finfo(float).tiny))
        scaled = H * np.outer(unit, unit)
        if not np.isfinite(scaled).all() or np.linalg.eigvalsh(scaled)[0] < WELL_CONDITIONED:
            return False
        factor = cho_factor(scaled, lower=True)
        step = unit * cho_solve(factor, gradient * unit)
        decrement = math.sqrt(max(float(gradient @ step), 0.0))
        if decrement * _reach(X, mean, unit, np.tril(factor[0])) < CLEAR:
            return True
        here, share = float(likelihood.loss(y, eta, q).sum()), 1.0
        for _ in range(HALVINGS):
            next_eta = predictor(u - share * step)
            if float(likelihood.loss(y, next_eta, q).sum()) < here:
                break
            share /= 2
        else:
            return False
        u, eta = u - share * step, next_eta
    return False


def _reach(X: Matrix, mean: Vector, unit: Vector, lower: Matrix) -> float:
    """R: the square root of the largest a_i' H^-1 a_i over the rows."""
    p, largest = X.shape[1], 0.0
    for rows in blocks(len(X)):
        A = np.ones((len(X[rows]), len(unit)))
        A[:, :p] = X[rows] - mean
        largest = max(largest, float((solve_triangular(lower, (A * unit).T, lower=True) ** 2).sum(axis=0).max()))
    return math.sqrt(largest)
