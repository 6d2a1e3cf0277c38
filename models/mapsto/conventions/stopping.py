"""Where a library's own search stops by design, as a bound on the gradient of the loss J / 2 at its answer.

A direct solver leaves rounding error alone. For the others, with G = X'X of the columns they saw, centred:

    coordinate descent     no step of its last sweep was longer than tol |w|_max, so no slope of the loss has moved by
                           more than tol |w|_max sum_k |G_jk| since that coefficient was set
    conjugate gradients    |G w + a w - X'y| <= tol |X'y|, and lsqr's test is as good as that
    sag, saga              no step of a pass over n rows was longer than tol |w|_max, each of 1 / max |x_i|^2 times a
                           slope: n max |x_i|^2 tol |w|_max
    L-BFGS on a mean loss  n tol
    SGD                    the mean loss of an epoch fell by less than tol, so J / 2 may be n tol above its floor, and
                           its slope sqrt(2 |G| n tol)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mapsto.data.statistics import Matrix, Vector

DESCENT = {"Lasso", "ElasticNet", "LassoCV", "ElasticNetCV"}
STATSMODELS_TOL = 1e-8  # its coordinate descent stops at 1e-10, and sets to zero what is below this


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
    if getattr(fitted, "fit_intercept", True):
        X, y = X - np.average(X, axis=0, weights=weights), y - np.average(y, weights=weights)
    if weights is not None:
        X, y = np.sqrt(weights)[:, np.newaxis] * X, np.sqrt(weights) * y
    name = next((k.__qualname__ for k in type(fitted).__mro__ if k.__module__.startswith("sklearn")), "")
    tol = float(getattr(fitted, "tol", 0.0) or 0.0)
    G = np.abs(X.T @ X)
    p = X.shape[1]
    longest = float(np.abs(np.ravel(getattr(fitted, "coef_", np.zeros(p)))).max())
    solver = getattr(fitted, "solver_", None)
    if name in DESCENT:
        return tol * longest * G.sum(axis=0), f"coordinate descent stops at tol = {tol:g}"
    if name == "Ridge" and solver in ("sparse_cg", "lsqr"):
        return np.full(p, tol * float(np.linalg.norm(X.T @ y))), f"the solver {solver} stops at tol = {tol:g}"
    if name == "Ridge" and solver in ("sag", "saga"):
        steep = len(X) * float((X**2).sum(axis=1).max())
        return np.full(p, steep * tol * longest), f"the solver {solver} stops at tol = {tol:g}"
    if name == "TweedieRegressor":
        return np.full(p, len(X) * tol), f"the solver stops where no slope of its mean loss exceeds tol = {tol:g}"
    if name == "SGDRegressor":
        steep = math.sqrt(2 * float(np.linalg.norm(G, 2)) * len(X) * tol)
        return np.full(p, steep), f"stochastic steps stop where an epoch gains less than tol = {tol:g}"
    if type(fitted).__module__.startswith("statsmodels"):
        return STATSMODELS_TOL * G.sum(axis=0), f"statsmodels' search stops at {STATSMODELS_TOL:g}"
    return np.zeros(p), ""
