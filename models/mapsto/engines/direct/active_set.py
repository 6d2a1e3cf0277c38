"""Least squares with absolute values, squares and signs, solved exactly: an active-set method.

    minimise  ||z - R w||^2 / (2 sigma^2) + sum_j (l1_j |w_j| + l2_j w_j^2 / 2),   perhaps with w >= 0

where l1_j may be another below zero than above.

Each coefficient is split into its positive and its negative part, which are nonnegative and enter with a linear term;
that is nonnegative least squares (Lawson & Hanson 1974, "Solving Least Squares Problems", algorithm NNLS (23.10)).
One coefficient enters at a time, the free ones are solved for by QR, and it ends after finitely many steps.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import PiecewiseQuadratic
from mapsto.rounding import UNIT_ROUNDOFF, gamma


def active_set(problem: Problem, shape: PiecewiseQuadratic) -> Vector:
    """The minimiser, shape (p,), with exact zeros; one of them where several are equally good."""
    s, sigma = problem.statistics, problem.noise_sd
    A = np.vstack([s.R / sigma, np.diag(np.sqrt(shape.l2))])
    t = np.append(s.z / sigma, np.zeros(s.p))
    if not (shape.nonnegative or shape.l1.any() or shape.down.any()) and shape.l2.all():
        return _least_squares(A, t, shape.l1)  # squares alone leave nothing to choose
    norms = np.linalg.norm(A, axis=0)
    slack = gamma(len(A) + s.p) * (norms * float(np.linalg.norm(t)) + np.maximum(shape.l1, shape.down))
    w, sign = np.zeros(s.p), np.zeros(s.p)
    for _ in range(10 * (s.p + 1)):
        pull = A.T @ (t - A @ w)
        past = pull - shape.l1
        if not shape.nonnegative:
            past = np.maximum(past, -pull - shape.down)
        excess = np.where(sign == 0, past - slack, -np.inf) / np.where(norms > 0, norms, 1.0)
        j = int(np.argmax(excess))
        if not excess[j] > 0:
            break
        sign[j] = np.sign(pull[j])
        w, sign = _settle(A, t, shape, w, sign)
    return w


def _settle(A: Matrix, t: Vector, shape: PiecewiseQuadratic, w: Vector, sign: Vector) -> tuple[Vector, Vector]:
    """The minimiser over the free coefficients, each on its side of zero; those that would cross are held at zero."""
    while (free := sign != 0).any():
        target = np.zeros_like(w)
        target[free] = _least_squares(A[:, free], t, np.where(sign > 0, shape.l1, -shape.down)[free])
        wrong = free & (target * sign <= 0)
        if not wrong.any():
            return target, sign
        share = np.full_like(w, np.inf)
        share[wrong] = w[wrong] / (w[wrong] - target[wrong])
        moved = w + share.min() * (target - w)
        # the first to reach zero goes whatever rounding says, or it would be met again without end
        gone = wrong & ((share <= share.min()) | (moved * sign <= 0))
        w, sign = np.where(gone, 0.0, moved), np.where(gone, 0.0, sign)
    return np.zeros_like(w), sign


def _least_squares(A: Matrix, t: Vector, linear: Vector) -> Vector:
    """The minimiser of ||t - A x||^2 / 2 + linear . x, by QR."""
    Q, R = np.linalg.qr(A)
    # columns that depend on each other leave a zero here; rounding error in its place leads straight down
    least, at = UNIT_ROUNDOFF * np.linalg.norm(R, axis=0), np.diag_indices_from(R)
    R[at] = np.where(np.abs(R[at]) < least, least, R[at])
    solution: Vector = solve_triangular(R, Q.T @ t - solve_triangular(R, linear, trans="T"))
    return solution
