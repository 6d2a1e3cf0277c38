r"""The mode of multinomial logistic regression under Normal priors of the slopes, by Newton's method.

    -log p(w, b | y)  =  sum_i q_i [log sum_k exp(eta_ik) - eta_{i, y_i}]  +  1/2 sum_kj R_kj w_kj^2,    eta = b + X w'

Every class has a row of slopes, none is a reference. One number added to all intercepts changes nothing: here they sum
to zero. Source: Boehning (1992), Annals of the Institute of Statistical Mathematics 44(1), equations 2.3 and 2.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import logsumexp, softmax

from mapsto.data.statistics import Matrix, Vector

STEPS, HALVINGS = 100, 40
LARGEST = 3_000  # coefficients whose matrix of second derivatives is still factorised at once


@dataclass(frozen=True, eq=False)
class ClassesProblem:
    """Rows, classes and the precisions of the slopes' Normal priors.

    Attributes:
        X: shape (n, p).
        y: the number of each row's class, shape (n,).
        q: weights of the rows, shape (n,).
        R: precisions, shape (K, p), all positive.
        intercept: whether each class has a free intercept.
    """

    X: Matrix
    y: Vector
    q: Vector
    R: Matrix
    intercept: bool = True

    @property
    def design(self) -> Matrix:
        """X, and a column of ones where there is an intercept, shape (n, p + 1)."""
        return np.column_stack([self.X, np.ones(len(self.X))]) if self.intercept else self.X

    @property
    def precisions(self) -> Matrix:
        """R, and zeros for intercepts, shape (K, p + 1)."""
        return np.column_stack([self.R, np.zeros(len(self.R))]) if self.intercept else self.R

    def value(self, w: Matrix) -> float:
        """Minus the log posterior without its constants; w has shape (K, p + 1), the intercept last."""
        eta = self.design @ w.T
        rows = logsumexp(eta, axis=1) - eta[np.arange(len(eta)), self.y.astype(int)]
        return float(self.q @ rows + 0.5 * (self.precisions * w**2).sum())

    def gradient(self, w: Matrix) -> tuple[Matrix, Matrix]:
        """Its gradient, and the size of what cancels in it, predictors included; both of shape (K, p + 1)."""
        A = self.design
        share = softmax(A @ w.T, axis=1)
        behind = 1 + (np.abs(A) @ np.abs(w).T).max(axis=1, keepdims=True)
        own = np.eye(len(w))[self.y.astype(int)]
        slope = (self.q[:, np.newaxis] * (share - own)).T @ A + self.precisions * w
        size = (self.q[:, np.newaxis] * behind * (share + own)).T @ np.abs(A) + self.precisions * np.abs(w)
        return slope, size

    def hessian(self, w: Matrix) -> Matrix:
        """Its second derivatives over w as one vector, class after class, shape (K (p + 1), K (p + 1))."""
        A, (K, k) = self.design, w.shape
        share = softmax(A @ w.T, axis=1)
        H = np.diag(self.precisions.ravel())
        for c in range(K):
            for d in range(c, K):
                weight = self.q * share[:, c] * (float(c == d) - share[:, d])
                block = (A.T * weight) @ A
                H[c * k : (c + 1) * k, d * k : (d + 1) * k] += block
                if d > c:
                    H[d * k : (d + 1) * k, c * k : (c + 1) * k] += block.T
        return H


@dataclass(frozen=True, eq=False)
class ClassesMode:
    """The mode: slopes (K, p), intercepts (K,), and the largest gradient over the size of its parts."""

    coef: Matrix
    intercept: Vector
    backward: float


def solve_classes(problem: ClassesProblem) -> ClassesMode:
    """Newton's method with step halving, until rounding error stops it."""
    K, k = problem.precisions.shape
    w, p = np.zeros((K, k)), problem.X.shape[1]
    # what no data and no prior tells, the sum of the intercepts, is held at zero by a penalty that is zero there
    held = np.zeros((K * k, K * k))
    if problem.intercept:
        at = np.arange(K) * k + p
        held[np.ix_(at, at)] = float(problem.q.sum()) / K
    value, best = problem.value(w), np.inf
    for _ in range(STEPS):
        slope, size = problem.gradient(w)
        off = float((np.abs(slope) / np.where(size > 0, size, 1.0)).max())
        step = cho_solve(cho_factor(problem.hessian(w) + held), slope.ravel()).reshape(K, k)
        if off >= best and off < 1e-8:
            break  # the gradient is rounding error
        best = off
        for halving in range(HALVINGS):
            ahead = w - 0.5**halving * step
            if problem.intercept:
                ahead[:, p] -= ahead[:, p].mean()
            reached = problem.value(ahead)
            if reached <= value + 1e-12 * abs(value):
                break
        w, value = ahead, reached
    slope, size = problem.gradient(w)
    backward = float((np.abs(slope) / np.where(size > 0, size, 1.0)).max())
    intercept = w[:, p] if problem.intercept else np.zeros(K)
    return ClassesMode(w[:, :p], intercept, backward)
