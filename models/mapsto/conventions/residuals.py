"""Sigma from the residuals of a penalised fit, with the degrees of freedom that the penalty left it.

    sigma^2 = RSS / (n - df),    df = trace of the hat matrix

for ridge and any other quadratic penalty (Hastie, Tibshirani & Friedman 2009, "The Elements of Statistical Learning",
equation 3.50); for a lasso or an elastic net the trace is taken over the columns with a slope other than zero (Zou,
Hastie & Tibshirani 2007, "On the degrees of freedom of the lasso", Annals of Statistics 35(5), theorem 1).
"""

from __future__ import annotations

import math

import numpy as np

from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import DISPERSION, ImpliedPrior
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.rounding import gamma


def with_sigma(implied: ImpliedPrior, facts: Facts) -> ImpliedPrior:
    """``implied`` with sigma: as given, else as the fit has it, else estimated where X and y are there.

    Raises:
        BadInput: a sigma where there is none; a table that lacks columns, or one that leaves no degrees of freedom.
    """
    if facts.noise_sd is not None:
        if DISPERSION[implied.likelihood][0] is not None:
            raise BadInput(
                f"a {implied.likelihood} likelihood, as of {implied.source}, has no sigma; leave out noise_sd="
            )
        return implied.with_noise(facts.noise_sd, "given")
    gaussian = implied.likelihood == "gaussian" and implied.mode is not None
    if implied.noise_sd is not None or facts.X is None or facts.y is None or not gaussian:
        return implied
    if facts.X.shape[1] <= max(implied.columns):
        raise BadInput(
            f"X has {facts.X.shape[1]} columns and the fit used column {max(implied.columns)} (counted from 0); pass "
            "the X that went into fit"
        )
    X = facts.X[:, implied.columns]
    root = np.ones(len(X)) if facts.sample_weight is None else np.sqrt(facts.sample_weight)
    w = np.asarray(implied.mode)
    left = root * (facts.y - (implied.mode_intercept or 0.0) - X @ w)
    df = effective_df(implied, X, root)
    sizes = np.linalg.norm(root * facts.y) + np.linalg.norm(root[:, np.newaxis] * X, axis=0) @ np.abs(w)
    if not len(X) - df > 0.5 or not np.linalg.norm(left) > gamma(len(X) + X.size) * sizes:  # less is rounding error
        raise BadInput(
            f"sigma cannot be estimated: the fit uses {df:.1f} degrees of freedom of {len(X)} rows and leaves residuals"
            f" of size {math.sqrt(left @ left):g}; pass noise_sd="
        )
    sigma = math.sqrt(float(left @ left) / (len(X) - df))
    return implied.with_noise(sigma, f"the residual sd with {df:.1f} effective degrees of freedom of {len(X)} rows")


def effective_df(implied: ImpliedPrior, X: Matrix, root: Vector) -> float:
    """Trace of the hat matrix of a penalised fit, its intercept included (dimensionless).

    Args:
        implied: the penalty, with the slopes it led to.
        X: the columns it penalised, shape (n, p).
        root: square roots of the sample weights, shape (n,).
    """
    w, R = np.asarray(implied.mode), np.asarray(implied.l2)
    active = np.isfinite(R) & ((w != 0) | (np.asarray(implied.l1) == 0))
    columns, penalties = root[:, np.newaxis] * X[:, active], R[active]
    if implied.intercept != "none":
        columns, penalties = np.column_stack([root, columns]), np.append(implied.intercept_l2, penalties)
    stacked = np.vstack([columns, np.diag(np.sqrt(penalties))])
    lengths = np.linalg.norm(stacked, axis=0)
    # a column's length cancels in the hat matrix, but not in the choice of its rank
    U, s, _ = np.linalg.svd(stacked[:, lengths > 0] / lengths[lengths > 0], full_matrices=False)
    spanned = U[: len(X), s > s.max(initial=0.0) * max(stacked.shape) * np.finfo(float).eps]
    return float(np.sum(spanned**2))
