"""Where a library's own search stops by design, as a bound on the gradient of the loss J / 2 at its answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.conventions.base import Seen
from mapsto.conventions.registry import convention_of
from mapsto.data.statistics import Matrix, Vector


def stops_within(fitted: Any, X: Matrix, y: Vector, weights: Vector | None = None) -> tuple[Vector, str]:
    """The slope of J / 2 that the search may have left, shape (p,), and what its rule is.

    Args:
        fitted: a linear estimator (the last step of a pipeline).
        X: the columns it saw, shape (n, p).
        y: the response, shape (n,).
        weights: of the rows, shape (n,), or None.

    Returns:
        Zeros and "" for a direct solver.
    """
    convention = convention_of(fitted)
    if convention is None:
        return np.zeros(X.shape[1]), ""
    if getattr(fitted, "fit_intercept", True):
        X, y = X - np.average(X, axis=0, weights=weights), y - np.average(y, weights=weights)
    if weights is not None:
        X, y = np.sqrt(weights)[:, np.newaxis] * X, np.sqrt(weights) * y
    longest = float(np.abs(np.ravel(getattr(fitted, "coef_", np.zeros(X.shape[1])))).max())
    total = len(X) if weights is None else float(np.sum(weights))
    return convention.stops(fitted, Seen(X, y, longest, total, 0.5 * float(y @ y)))


def stops_within_rows(
    fitted: Any, X: Matrix, curvature: Vector, objective: float, weights: Vector | None = None
) -> tuple[Vector, str]:
    """:func:`stops_within` under a likelihood other than the Gaussian.

    Args:
        fitted: a linear estimator (the last step of a pipeline).
        X: the columns it saw, shape (n, p).
        curvature: second derivatives of J / 2 by the linear predictor at the fit, shape (n,).
        objective: J / 2 at the fit.
        weights: of the rows, shape (n,), or None.
    """
    convention = convention_of(fitted)
    if convention is None:
        return np.zeros(X.shape[1]), ""
    q = np.ones(len(X)) if weights is None else weights
    free = getattr(fitted, "fit_intercept", True)
    bent = np.sqrt(curvature)[:, np.newaxis] * (X - (np.average(X, axis=0, weights=curvature) if free else 0.0))
    longest = float(np.abs(np.ravel(getattr(fitted, "coef_", np.zeros(X.shape[1])))).max())
    steepest = float((q * (X**2).sum(axis=1)).max())
    return convention.stops(fitted, Seen(bent, np.zeros(len(X)), longest, float(q.sum()), objective, steepest))


def solver_condition(fitted: Any, X: Matrix) -> float:
    """The condition number, of the columns X (n, p), that the way a library solves costs its answer; 1.0 if none."""
    convention = convention_of(fitted)
    return 1.0 if convention is None else convention.condition(fitted, X)


def weights_of(fitted: Any) -> Vector | None:
    """The row weights that a fitted object keeps, shape (n,), or None."""
    convention = convention_of(fitted)
    return None if convention is None else convention.row_weights(fitted)
