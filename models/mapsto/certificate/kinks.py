"""How far an answer is from stationary where the loss itself has kinks, and whether it is the only mode.

At a row that is fitted exactly every slope between those of its two sides is a subgradient. A point is a mode where
some choice of them, and of the prior's at its own kinks, sums to zero: bounded least squares finds the nearest. Any
choice shows that the answer is no farther from stationary than this. Source: Rockafellar (1970), "Convex Analysis",
theorem 23.8; for the least squares Stark & Parker (1995), Computational Statistics 10(2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.base_kinked import PiecewiseLinear
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate
from mapsto.priors.base import Prior
from mapsto.rounding import gamma

INSIDE = 1e-8  # of the interval of subgradients: nearer to its end a row could leave its kink at no cost


@dataclass(frozen=True, eq=False)
class Subgradient:
    """The choice of subgradients that comes nearest to a stationary point.

    Attributes:
        rows: of minus the log density of each row by its predictor, shape (n,).
        held: which rows are at their kink, shape (n,).
        strict: whether every row and coefficient at a kink is strictly inside its interval.
    """

    rows: Vector
    held: NDArray[np.bool_]
    strict: bool

    def slopes(self, problem: Problem) -> Vector:
        """The gradient over the slopes, shape (p,)."""
        return np.asarray((problem.table.rows[0] - problem.table.moments.x_mean).T @ self.rows)

    def intercept(self, problem: Problem) -> float:
        """The gradient over the intercept, relative to the size of its parts."""
        assert isinstance(problem.likelihood, PiecewiseLinear)
        return abs(float(self.rows.sum())) / float(np.maximum(*problem.likelihood.rates(problem.table.q)).sum())


def nearest_subgradient(problem: Problem, prior: Prior, estimate: Estimate, unit: Vector) -> Subgradient:
    """The subgradients of the rows that come nearest to cancelling the prior's.

    A row is taken to be at its kink where its residual is no larger than the rounding of what it is the difference of,
    or than the relative error ``estimate.backward`` of the search that found it.
    """
    likelihood, (X, y), w = problem.likelihood, problem.table.rows, estimate.coef
    assert isinstance(likelihood, PiecewiseLinear)
    above, below = likelihood.rates(problem.table.q)
    eta = problem.table.predictor(w, estimate.intercept)
    parts = np.abs(y) + abs(estimate.intercept) + np.abs(X) @ np.abs(w)
    held = np.abs(y - eta) <= max(gamma(8 * (problem.p + 2)), estimate.backward) * parts
    rows = np.where(held, 0.0, likelihood.gradient(y, eta, problem.table.q))
    low, high = _prior(prior, w)
    at_kink = high > low
    centred = (X - problem.table.moments.x_mean) / unit
    of_intercept = np.full((1, problem.n), float(problem.intercept) / np.sqrt(problem.n))
    A = np.vstack([centred.T, of_intercept])
    right = A @ rows + np.append(np.where(at_kink, 0.0, low) / unit, 0.0)
    free = np.hstack([A[:, held], np.vstack([np.diag(1 / unit)[:, at_kink], np.zeros((1, int(at_kink.sum())))])])
    if not free.shape[1]:
        return Subgradient(rows, held, strict=True)
    least, most = np.append(-above[held], low[at_kink]), np.append(below[held], high[at_kink])
    chosen = _bounded(free, -right, least, most)
    count = int(held.sum())
    rows[held] = np.clip(chosen[:count], -above[held], below[held])
    margin = np.minimum(chosen - least, most - chosen) / np.where(np.isfinite(most - least), most - least, 1.0)
    return Subgradient(rows, held, strict=bool((margin > INSIDE).all()))


def _bounded(A: Matrix, right: Vector, least: Vector, most: Vector) -> Vector:
    """The least-squares solution within bounds: without them where that keeps to them, which is the rule."""
    middle = np.where(np.isfinite(least), np.where(np.isfinite(most), (least + most) / 2, least), most)
    plain = middle + np.linalg.lstsq(A, right - A @ middle)[0]
    if ((plain >= least) & (plain <= most)).all():
        return np.asarray(plain)
    return np.asarray(lsq_linear(A, right, (least, most), method="bvls", tol=1e-16).x)


def _prior(prior: Prior, w: Vector) -> tuple[Vector, Vector]:
    """The ends of the interval of the penalty's slopes at each coefficient, shape (p,) each."""
    shape = prior.piecewise_quadratic(len(w))
    slope = prior.slope(w)
    if shape is None or not prior.kinked:
        return slope, slope
    zero = w == 0
    down = np.full(len(w), np.inf) if shape.nonnegative else shape.down
    return np.where(zero, -down, slope), np.where(zero, shape.l1, slope)


def condition(problem: Problem, prior: Prior, estimate: Estimate, unit: Vector) -> float:
    """Condition number of the linear system that the mode solves; infinite where it may not be the only one.

    The rows at their kink are fitted exactly, and the prior's curvature settles the rest:

        [P  A'] [u]   [ . ]
        [A  0 ] [d] = [t_A]       in the columns' own units.
    """
    found = nearest_subgradient(problem, prior, estimate, unit)
    if not found.strict:
        return float("inf")
    w, p = estimate.coef, problem.p
    free = np.append(w != 0 if prior.kinked else np.ones(p, dtype=bool), problem.intercept)
    width = np.append(unit, np.sqrt(problem.n))
    P = np.zeros((p + 1, p + 1))
    P[:p, :p] = prior.curvature(w)
    P = (P / np.outer(width, width))[np.ix_(free, free)]
    A = np.column_stack([problem.table.rows[0], np.ones(problem.n)])[np.ix_(found.held, free)] / width[free]
    if not free.any():
        return 1.0
    norms = np.linalg.norm(A, axis=1, keepdims=True)
    A = A / np.where(norms > 0, norms, 1.0)
    system = np.block([[P, A.T], [A, np.zeros((len(A), len(A)))]])
    values = np.linalg.svd(system, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] > 0 else float("inf")
