"""Means and lengths of the columns: what likelihoods that keep the rows need of a table besides them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mapsto.data.statistics import Matrix, SufficientStatistics, Vector

BLOCK = 4_096  # rows that fit into a core's cache


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighted means and lengths, about the means where the model has an intercept.

    Attributes:
        x_mean: of the columns, shape (p,); zeros without an intercept.
        y_mean: of the response; 0.0 without an intercept.
        column_norms: length of each centred column, shape (p,).
        spread: length of the centred response.
        weight: sum of the rows' weights.
    """

    x_mean: Vector
    y_mean: float
    column_norms: Vector
    spread: float
    weight: float

    @classmethod
    def of_statistics(cls, s: SufficientStatistics) -> Moments:
        """What sufficient statistics say of them."""
        spread = math.sqrt(s.residual_sum_of_squares + float(s.z @ s.z))
        return cls(s.x_mean, s.y_mean, s.column_norms, spread, s.weight)

    @classmethod
    def of_rows(cls, X: Matrix, y: Vector, q: Vector | None, *, centred: bool) -> Moments:
        """Of rows X (n, p), y (n,) and weights q (n,): two passes, so that a mean far from zero costs no digits."""
        weight = float(len(y)) if q is None else float(q.sum())
        ones = np.ones(len(y)) if q is None else q
        x_mean, y_mean = (ones @ X / weight, float(ones @ y) / weight) if centred else (np.zeros(X.shape[1]), 0.0)
        squares = np.zeros(X.shape[1])
        for start in range(0, len(y), BLOCK):
            rows = slice(start, start + BLOCK)
            squares += ones[rows] @ (X[rows] - x_mean) ** 2
        return cls(x_mean, y_mean, np.sqrt(squares), math.sqrt(float(ones @ (y - y_mean) ** 2)), weight)
