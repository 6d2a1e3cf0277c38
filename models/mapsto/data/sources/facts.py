"""What is noticed of a table's rows as they pass, apart from its statistics; it merges with ``+``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Facts:
    """Facts of rows [X y], equally weighted.

    Attributes:
        read: rows that came.
        kept: rows that no value was missing in.
        low, high: the least and the largest of each column, shape (p + 1,).
        mean: of each column, shape (p + 1,).
        squares: sums of squared distances from it, shape (p + 1,).
        equal: which columns were the target so far, shape (p,).
        targets: values of the last column, in order: all if there are at most two, else any three.
        whole: whether the last column holds whole numbers from 0 on.
        least, most: of the weights; 1.0 where there are none.
    """

    read: int
    kept: int
    low: Vector
    high: Vector
    mean: Vector
    squares: Vector
    equal: NDArray[np.bool_]
    targets: Vector
    whole: bool
    least: float = 1.0
    most: float = 1.0

    @classmethod
    def of(cls, rows: Matrix, weights: Vector | None, read: int, candidates: NDArray[np.bool_], spread: bool) -> Facts:
        """Of rows [X y], of which there are some; columns that cannot be the target any more are no ``candidates``.

        Args:
            rows: shape (m, p + 1).
            weights: shape (m,), or None.
            read: rows that these were kept of.
            candidates: shape (p,).
            spread: whether means and squares are wanted; zeros if not.
        """
        columns = rows.T
        mean, squares = np.zeros((2, len(columns)))
        if spread:
            mean = columns.mean(axis=1)
            squares = np.array(
                [float(one @ one) for one in (values - m for values, m in zip(columns, mean, strict=True))]
            )
        equal = np.zeros_like(candidates)
        for j in np.flatnonzero(candidates):
            equal[j] = np.array_equal(columns[j], columns[-1])
        ends = (1.0, 1.0) if weights is None else (float(weights.min()), float(weights.max()))
        low, high, y = columns.min(axis=1), columns.max(axis=1), columns[-1]
        whole = bool(low[-1] >= 0) and np.array_equal(y, np.rint(y))
        return cls(read, len(rows), low, high, mean, squares, equal, _three(y), whole, *ends)

    def __add__(self, other: Facts) -> Facts:
        """Of both sets of rows (Chan, Golub & LeVeque 1983, equation 1.5)."""
        kept = self.kept + other.kept
        gap = other.mean - self.mean
        return Facts(
            self.read + other.read,
            kept,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.mean + gap * (other.kept / kept),
            self.squares + other.squares + gap**2 * (self.kept * other.kept / kept),
            self.equal & other.equal,
            _three(np.concatenate([self.targets, other.targets])),
            self.whole and other.whole,
            min(self.least, other.least),
            max(self.most, other.most),
        )

    def arrays(self) -> dict[str, Any]:
        """All of it as arrays by name, for a file."""
        return {one.name: np.asarray(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Facts:
        """What :meth:`arrays` made."""
        return cls(**{name: one.item() if one.ndim == 0 else one for name, one in arrays.items()})


def _three(values: Vector) -> Vector:
    """The different values in order, or three of them if there are more."""
    few = np.unique(values[:100])
    return few[:3] if len(few) > 2 else np.unique(values)[:3]
