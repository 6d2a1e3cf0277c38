"""Cross products of rows in coordinates where their columns are nearly orthonormal.

The Cholesky factor C of (BW)'(BW) gives the triangular factor C W^-1 of B. From B itself it would lose the squared
condition number (Golub & Van Loan 2013, "Matrix Computations", section 5.3.8). With W the inverse of the triangular
factor of similar rows, BW is well conditioned, and the Cholesky factor is as good as Householder reflections at a third
of their time (Yamamoto, Nakatsukasa, Yanagisawa & Fukaya 2015, "Roundoff error analysis of the CholeskyQR2 algorithm",
ETNA 44, section 3). What W itself costs is bounded by |W| |W^-1| (Higham 2002, "Accuracy and Stability of Numerical
Algorithms", section 8.1). What is left of a column that nearly repeats others is taken out of no later one, since that
would spread its rounding errors; the cross products tell how the two are correlated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

GROWTH = 100.0  # of rounding errors by W and back, relative to each column's length: two digits of sixteen at most
LEAST = 0.1  # eigenvalue of the correlations of whitened columns; the largest is at most their number
SHORT = 0.05  # share of a column's length that the columns before it leave, below which it nearly repeats them
DRIFT = 0.5  # share of a column's squared length that may be its mean: half a digit


@dataclass(eq=False)
class Whitening:
    """Sums over rows in whitened coordinates.

    Attributes:
        centre: what is subtracted from each row first, shape (k,).
        factor: triangular, shape (k, k).
        inverse: its inverse.
        gram: cross products of the whitened rows, shape (k, k).
        sums: (weighted) sums of the rows less the centre, shape (k,).
        rows: how many came.
        weight: sum of their weights.
        log_weights: sum of the logarithms of their weights.
    """

    centre: Vector
    factor: Matrix
    inverse: Matrix
    gram: Matrix
    sums: Vector
    rows: int = 0
    weight: float = 0.0
    log_weights: float = 0.0

    @classmethod
    def by(cls, T: Matrix, centre: Vector) -> Self | None:
        """For rows like those with triangular factor T, shape (k, k), after ``centre`` is subtracted; None if none."""
        k = len(centre)
        if T.shape != (k, k):
            return None
        factor = T.copy()
        lengths = np.linalg.norm(factor, axis=0)
        lengths[lengths == 0] = 1.0
        diagonal = np.diag(factor).copy()
        short = np.abs(diagonal) <= SHORT * lengths
        factor[short] = 0.0
        np.fill_diagonal(factor, np.where(diagonal == 0, lengths, diagonal))
        inverse = solve_triangular(factor, np.eye(k), check_finite=False)
        if not np.isfinite(inverse).all():
            return None
        growth = (np.abs(inverse) @ np.abs(factor)) * lengths[:, np.newaxis] / lengths
        if not growth.sum(axis=0).max() <= GROWTH:
            return None
        return cls(centre, factor, inverse, np.zeros((k, k)), np.zeros(k))

    def add(self, shifted: Matrix, weights: Vector | None, *, centred: bool, white: Matrix) -> bool:
        """Add rows.

        Args:
            shifted: the rows less the centre, times the roots of their weights, shape (m, k).
            weights: of the rows, shape (m,), or None.
            centred: whether the means are to be taken out.
            white: where to work, shape (m, k).

        Returns:
            Whether they were added: not if they are too unlike those that the coordinates were made for.
        """
        np.matmul(shifted, self.inverse, out=white)
        gram = white.T @ white
        weight = float(len(shifted)) if weights is None else float(weights.sum())
        sums = np.zeros(len(self.centre))
        if centred:
            sums = (np.ones(len(shifted)) if weights is None else np.sqrt(weights)) @ shifted
        if not _well_conditioned(gram, sums @ self.inverse, weight):
            return False
        self.gram += gram
        self.sums += sums
        self.rows += len(shifted)
        self.weight += weight
        self.log_weights += 0.0 if weights is None else float(np.log(weights).sum())
        return True

    def emptied(self) -> Self:
        """The same coordinates, without rows."""
        k = len(self.centre)
        return type(self)(self.centre, self.factor, self.inverse, np.zeros((k, k)), np.zeros(k))

    def folded(self) -> tuple[Vector, Matrix]:
        """The means and the triangular factor of all rows that came; there were some."""
        white = self.sums @ self.inverse
        C = _cholesky(self.gram - np.outer(white, white) / self.weight)
        return self.centre + self.sums / self.weight, np.triu(C @ self.factor)


def _well_conditioned(gram: Matrix, sums: Vector, weight: float) -> bool:
    """Whether the Cholesky factor of the centred cross products has the digits of the rows."""
    squares = np.diag(gram)
    if not (sums**2 <= DRIFT * weight * squares).all():  # nor if any is NaN
        return False
    centred = gram - np.outer(sums, sums) / weight
    lengths = np.sqrt(np.diag(centred))
    lengths[lengths == 0] = 1.0
    correlation = centred / np.outer(lengths, lengths)
    np.fill_diagonal(correlation, 1.0)
    off = float(np.linalg.norm(correlation - np.eye(len(lengths))))
    if off <= 1 - LEAST:  # eigenvalues are no further from 1 than this
        return True
    return bool(np.isfinite(off)) and float(np.linalg.eigvalsh(correlation)[0]) >= LEAST


def _cholesky(G: Matrix) -> Matrix:
    """The upper triangular factor of G, with zeros for columns that are zero."""
    lengths = np.sqrt(np.diag(G))
    safe = np.where(lengths > 0, lengths, 1.0)
    correlation = G / np.outer(safe, safe)
    np.fill_diagonal(correlation, 1.0)
    C: Matrix = np.linalg.cholesky(correlation).T * lengths
    return C
