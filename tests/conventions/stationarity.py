"""The gradient of a translated log posterior at a library's answer, and how large its own solver may have left it."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from mapsto.rounding import gamma


@dataclass(frozen=True, eq=False)
class Fit:
    """A library's answer on a table, the prior it was read as, and the gradient its stopping rule allows."""

    implied: object
    X: np.ndarray
    y: np.ndarray
    tolerance: float
    weights: np.ndarray | None = None

    @property
    def off(self):
        """Length of the proximal gradient of J: zero at the mode, the gradient's length where J is smooth."""
        return float(np.linalg.norm(proximal_gradient(self.implied, self.X, self.y, self.weights)))


def stacked(implied, X):
    """[1, X] or X, with (w, b), R and L of its columns."""
    X = X[:, implied.columns]
    w, R, L = (np.array(v) for v in (implied.mode, implied.l2, implied.l1))
    if implied.intercept == "none":
        return X, w, R, L
    return (
        np.column_stack([np.ones(len(X)), X]),
        np.append(implied.mode_intercept, w),
        np.append(implied.intercept_l2, R),
        np.append(implied.intercept_l1, L),
    )


def mean_and_curvature(likelihood, eta, y):
    """Slope and a bound on the curvature of 2 D (-log likelihood) of a row, over its linear predictor."""
    if likelihood == "gaussian":
        return 2 * (eta - y), 2.0
    if likelihood == "bernoulli":
        return 2 * (expit(eta) - y), 0.5
    if likelihood == "poisson":
        return 2 * (np.exp(eta) - y), 4 * np.exp(eta.max())
    assert likelihood == "gamma"
    return 2 * (1 - y * np.exp(-eta)), 4 * (y * np.exp(-eta)).max()


def lipschitz(implied, X, y, weights=None):
    """A bound on the second derivative of the smooth half of J."""
    A, w, R, _ = stacked(implied, X)
    held = np.isfinite(R)
    curvature = mean_and_curvature(implied.likelihood, A @ w, y)[1]
    heaviest = 1.0 if weights is None else weights.max()
    return curvature * heaviest * np.linalg.norm(A, 2) ** 2 + 2 * R[held].max(initial=0.0)


def proximal_gradient(implied, X, y, weights=None):
    """K (w - prox(w - gradient / K)), K the Lipschitz constant; slopes held at zero have none."""
    A, w, R, L = stacked(implied, X)
    held = np.isinf(R)
    assert not w[held].any()
    slope, _ = mean_and_curvature(implied.likelihood, A @ w, y)
    gradient = A.T @ (slope if weights is None else weights * slope) + 2 * np.where(held, 0.0, R) * w
    K = lipschitz(implied, X, y, weights)
    step = w - gradient / K
    shrunk = np.sign(step) * np.maximum(np.abs(step) - L / K, 0.0)
    # where nothing is shrunk the step is the gradient, without the digits that w - (w - g / K) cancels
    return np.where(held, 0.0, np.where(L == 0, gradient, K * (w - shrunk)))


def rounding(implied, X, y, unit=1.0):
    """A backward-stable solver leaves a gradient of rounding size beside the parts that cancel in it.

    `unit` is the roundoff in units of a double's.
    """
    A, w, R, L = stacked(implied, X)
    parts = 2 * np.abs(A).T @ (np.abs(y) + np.abs(A) @ np.abs(w))
    parts += 2 * np.where(np.isinf(R), 0.0, R) * np.abs(w) + L
    return unit * gamma(A.size) * float(np.linalg.norm(parts))


def within(gap, K):
    """Objective J within `gap` of its least value bounds the proximal gradient: |G|^2 <= 2 K gap.

    Source: Beck (2017), "First-Order Methods in Optimization", lemma 10.4 (sufficient decrease).
    """
    return float(np.sqrt(2 * K * gap))


def heavier(implied, factor):
    """The same prior with its penalties multiplied: a wrong convention."""
    return replace(
        implied,
        l2=tuple(factor * R for R in implied.l2),
        l1=tuple(factor * L for L in implied.l1),
        intercept_l2=factor * implied.intercept_l2,
        intercept_l1=factor * implied.intercept_l1,
    )
