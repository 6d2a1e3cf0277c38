"""The statistics of a tall table by its cross products, where the columns are told apart well enough for that.

The Cholesky factor of [X y]'[X y] is the triangular factor that Householder reflections give, at half the arithmetic,
with the squared condition number in its error (Golub & Van Loan 2013, "Matrix Computations", section 5.3.8). Ridge's
own solver works so. Where the columns are near to orthogonal the square costs nothing that matters; where they are not
there is no answer here, and the reflections are the way.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.blas import dsyrk

from mapsto.data.row_space import WELL_CONDITIONED
from mapsto.data.statistics import BLOCK_ROWS, Matrix, SufficientStatistics, Vector


def of_many_rows(X: Matrix, y: Vector, *, centred: bool, weights: Vector | None = None) -> SufficientStatistics | None:
    """The statistics of rows X (n, p) and y (n,), or None where their cross products are no place to take them from.

    Args:
        X: finite numbers.
        y: finite numbers.
        centred: whether the model has a flat intercept.
        weights: of the rows, above zero, shape (n,), or None.
    """
    p = X.shape[1]
    means = np.zeros(p + 1)
    if centred:
        means = np.append(np.average(X, axis=0, weights=weights), np.average(y, weights=weights))
    G: Matrix = np.zeros((p + 1, p + 1))
    table = np.empty((BLOCK_ROWS, p + 1))
    for i in range(0, len(y), BLOCK_ROWS):
        rows = table[: min(BLOCK_ROWS, len(y) - i)]
        np.subtract(X[i : i + BLOCK_ROWS], means[:p], out=rows[:, :p])
        np.subtract(y[i : i + BLOCK_ROWS], means[p], out=rows[:, p])
        if weights is not None:
            rows *= np.sqrt(weights[i : i + BLOCK_ROWS])[:, np.newaxis]
        G += dsyrk(1.0, rows.T)  # its upper triangle
    lengths = np.sqrt(np.diag(G))
    if not lengths.all():
        return None
    correlation = np.triu(G) / np.outer(lengths, lengths)
    correlation += np.triu(correlation, 1).T
    if not np.linalg.cond(correlation) < WELL_CONDITIONED**2:
        return None
    T = np.linalg.cholesky(correlation).T * lengths
    totals = (float(len(y)), 0.0) if weights is None else (float(weights.sum()), float(np.log(weights).sum()))
    residual_sum_of_squares = float(T[p, p] ** 2)
    return SufficientStatistics(
        len(y), means[:p], float(means[p]), T[:p, :p], T[:p, p], residual_sum_of_squares, centred, *totals
    )
