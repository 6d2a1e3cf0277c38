"""The mode under a likelihood without sufficient statistics: reweighted least squares, then Newton's method.

At a point a likelihood's loss lies below a parabola in each linear predictor that touches it there. Its minimum is a
weighted least-squares problem, which the solvers for Gaussian noise answer exactly, kinks of the prior included; each
such step lowers the loss (Hunter & Lange 2004, "A tutorial on MM algorithms", section 3.2; for Student t noise Lange,
Little & Taylor 1989, section 4). The last digits are Newton's, among the coefficients that are not held at a kink.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mapsto.data.products import products
from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior

STARTS = 8
ROUNDS = 500
NEWTONS = 40
FEW = 10_000  # rows that tell well enough where to start

Inner = Callable[[Problem, Vector], Vector]


def reweighted_mode(problem: Problem, prior: Prior, inner: Inner, start: tuple[Vector, float]) -> tuple[Vector, float]:
    """Slopes (p,) and intercept of the mode that ``start`` leads down to.

    Args:
        problem: rows and a likelihood.
        prior: the prior of w.
        inner: the slopes under Gaussian noise of sd 1, given a problem and where to begin.
        start: slopes and intercept to begin at.
    """
    table, likelihood = problem.table, problem.likelihood
    (X, y), q = table.rows, table.q
    w, b = start
    for _ in range(ROUNDS):
        eta = table.predictor(w, b)
        above = likelihood.majoriser(y, eta, q)
        working = eta - likelihood.gradient(y, eta, q) / above
        touching = Problem(Table(table.features, table.target, table.intercept, X, working, above), Gaussian())
        ahead = inner(touching, w)
        b_ahead = touching.best_intercept(ahead)
        still = np.linalg.norm(table.predictor(ahead, b_ahead) - eta) <= 1e-8 * np.linalg.norm(eta)
        w, b = ahead, b_ahead
        if still:
            break
    return polish(problem, prior, w, b)


def starts(problem: Problem) -> list[tuple[Vector, float]]:
    """Least squares on all rows, and where the loss is not convex on random halves of them too."""
    (X, y), count = problem.table.rows, 1 if problem.likelihood.convex else STARTS
    likely = problem.likelihood.link(y, problem.table.q)
    if problem.likelihood.newton and problem.p < len(y):
        return [_normal_equations(problem, likely)]
    rng = np.random.default_rng(0)  # fixed: the same searches for everyone
    found = []
    for k in range(count):
        rows = np.arange(len(y)) if k == 0 else rng.permutation(len(y))[: max(2, len(y) // 2)]
        A = np.column_stack([X[rows], np.full(len(rows), float(problem.intercept))])
        w = np.linalg.lstsq(A, likely[rows])[0]
        found.append((w[:-1], float(w[-1]) * problem.intercept))
    return found


def _normal_equations(problem: Problem, likely: Vector) -> tuple[Vector, float]:
    """About least squares, from cross products: a place to start needs few digits."""
    some = slice(None, None, max(1, len(likely) // max(FEW, 50 * problem.p)))
    X, likely = problem.table.rows[0][some], likely[some]
    mean, middle = problem.table.moments.x_mean, float(likely.mean()) * problem.intercept
    gradient, H = products(X, mean, likely - middle, np.ones(len(likely)))
    unit = 1 / np.sqrt(np.maximum(np.diag(H), np.finfo(float).tiny))[:-1]
    w = unit * np.linalg.lstsq(H[:-1, :-1] * np.outer(unit, unit), gradient[:-1] * unit)[0]
    return w, (middle - float(mean @ w)) * problem.intercept


def polish(problem: Problem, prior: Prior, w: Vector, b: float) -> tuple[Vector, float]:
    """Newton steps for slopes off their kinks and the intercept together, for as long as the gradient shrinks."""
    free = np.append(w != 0 if prior.kinked else np.ones(len(w), dtype=bool), problem.intercept)
    gradient, H = derivatives(problem, prior, w, b, free)
    for _ in range(NEWTONS):
        unit = 1 / np.sqrt(np.maximum(np.abs(np.diag(H)), np.finfo(float).tiny))
        step = np.zeros(len(free))
        step[free] = unit * np.linalg.lstsq(H * np.outer(unit, unit), gradient * unit)[0]
        ahead, b_ahead = w - step[:-1], b - float(step[-1])
        crossed = prior.kinked and bool((np.sign(ahead) != np.sign(w)).any())
        next_gradient, next_H = derivatives(problem, prior, ahead, b_ahead, free)
        if crossed or not np.linalg.norm(next_gradient * unit) < np.linalg.norm(gradient * unit):
            break
        w, b, gradient, H = ahead, b_ahead, next_gradient, next_H
    return w, b


def derivatives(problem: Problem, prior: Prior, w: Vector, b: float, free: Vector) -> tuple[Vector, Matrix]:
    """Gradient and second derivatives of minus the log posterior over the free ones of slopes and intercept."""
    (X, y), q = problem.table.rows, problem.table.q
    eta = problem.table.predictor(w, b)
    kept = free[:-1]
    columns = X if kept.all() else X[:, kept]
    slope, bent = problem.likelihood.gradient(y, eta, q), problem.likelihood.curvature(y, eta, q)
    gradient, H = products(columns, np.zeros(columns.shape[1]), slope, bent)
    some = len(gradient) if free[-1] else len(gradient) - 1
    gradient, H = gradient[:some], H[:some, :some]
    p = int(kept.sum())
    gradient[:p] += prior.slope(w)[kept]
    H[:p, :p] += prior.curvature(w)[np.ix_(kept, kept)]
    return gradient, H
