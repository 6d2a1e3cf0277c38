"""The space that the rows of a wide matrix span: what work with fewer rows than columns needs, at its cost.

A matrix B of k rows and p > k columns is C'Q' with C upper triangular (k, k) and orthonormal columns Q (p, k), so a
problem in p unknowns is one in k, and every direction apart from Q is one that no row has seen. C is the Cholesky
factor of BB' where the rows are told apart well enough for its squared condition number (Golub & Van Loan 2013, "Matrix
Computations", section 5.3.8), else it comes from Householder reflections of B'.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

WELL_CONDITIONED = 30.0  # of rows of length one; its square is the digits lost: three of sixteen
FEW = 256  # columns up to which work that grows with their cube takes no time


@dataclass(frozen=True, eq=False)
class RowSpace:
    """B = C'Q'.

    Attributes:
        C: upper triangular, shape (k, k), with C'C = BB'.
        columns: computes Q, shape (p, k), whose columns are orthonormal.
        orthogonal: whether they came of reflections, or else of B and C.
    """

    C: Matrix
    columns: Callable[[], Matrix]
    orthogonal: bool

    @cached_property
    def Q(self) -> Matrix:  # noqa: N802 - matrices keep the names mathematics gave them
        """Orthonormal columns that span the rows of B, shape (p, k)."""
        return self.columns()

    def times(self, factor: float) -> RowSpace:
        """That of ``factor`` B; ``factor`` is above zero."""
        return RowSpace(self.C * factor, partial(getattr, self, "Q"), self.orthogonal)


def row_space(B: Matrix) -> RowSpace:
    """The row space of B, shape (k, p) with k < p."""
    G = B @ B.T
    lengths = np.sqrt(np.diag(G))
    if lengths.all():
        correlation = G / np.outer(lengths, lengths)
        if np.linalg.cond(correlation) < WELL_CONDITIONED**2:
            C = np.linalg.cholesky(correlation).T * lengths
            return RowSpace(C, partial(_columns, C, B), orthogonal=False)
    # rows of B' in order of falling size, or the reflections drown the short ones (Higham 2002, section 19.4)
    order = np.argsort(-np.abs(B).max(axis=0), kind="stable")
    sorted_columns, C = np.linalg.qr(B.T[order])
    Q = np.empty_like(sorted_columns)
    Q[order] = sorted_columns
    return RowSpace(C, partial(np.asarray, Q), orthogonal=True)


def _columns(C: Matrix, B: Matrix) -> Matrix:
    Q: Matrix = solve_triangular(C, B, trans="T", check_finite=False).T
    return Q
