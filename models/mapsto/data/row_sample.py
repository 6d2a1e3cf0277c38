"""A random sample of the rows of a table that is not kept: every set of rows of that size is as likely as any other.

Each row gets a random number that depends on the seed and on where it is in the table, and those with the least are
kept. So samples of parts are merged by keeping the least of both, in any order (Efraimidis & Spirakis 2006, "Weighted
random sampling with a reservoir", Information Processing Letters 97(5), with equal weights).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

MOST_ROWS = 10_000
AMPLE = 4  # times as many are looked at: fewer than enough of them are kept where three rows in four have gaps


@dataclass(frozen=True, eq=False)
class RowSample:
    """Rows of a table.

    Attributes:
        keys: their random numbers, shape (k,).
        rows: their numbers in the whole table, counted from 0, shape (k,).
        X: shape (k, p).
        y: shape (k,).
        weights: shape (k,), or None.
    """

    keys: Vector
    rows: NDArray[np.int64]
    X: Matrix
    y: Vector
    weights: Vector | None

    def __add__(self, other: RowSample) -> RowSample:
        """The sample of both sets of rows."""
        parts = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("keys", "rows", "X", "y")
        }
        weights = None
        if self.weights is not None and other.weights is not None:
            weights = np.concatenate([self.weights, other.weights])
        return RowSample(**parts, weights=weights).least()

    def least(self) -> RowSample:
        """At most :data:`MOST_ROWS` of them."""
        most = MOST_ROWS
        if len(self.keys) <= most:
            return self
        return self._at(np.argpartition(self.keys, most - 1)[:most])

    def in_order(self) -> RowSample:
        """As they come in the table."""
        return self._at(np.argsort(self.rows))

    def _at(self, places: NDArray[np.int64]) -> RowSample:
        q = None if self.weights is None else self.weights[places]
        return RowSample(self.keys[places], self.rows[places], self.X[places], self.y[places], q)

    def arrays(self) -> dict[str, Any]:
        """All of it as arrays by name, for a file."""
        names = ("keys", "rows", "X", "y") + (() if self.weights is None else ("weights",))
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> RowSample:
        """What :meth:`arrays` made."""
        return cls(**{"weights": None, **arrays})


class Sampler:
    """Takes a sample of rows as they pass.

    Args:
        seed: what it follows from.
        of: how many rows there are about, so that parts of a table keep few that the whole would not.
    """

    def __init__(self, seed: int, of: int = 0) -> None:
        self._seed, self._below = seed, min(1.0, AMPLE * MOST_ROWS / max(of, 1))
        self.sample: RowSample | None = None

    def begin(self, first: int) -> None:
        """Rows from number ``first`` of the table on are next."""
        self._random = np.random.default_rng([self._seed, 4, first])
        self._next = first

    def add(self, rows: Matrix, weights: Vector | None, keep: NDArray[np.bool_] | None) -> None:
        """Rows [X y], shape (m, p + 1), which are those of the next ones of the table that are to be kept."""
        passed = len(rows) if keep is None else len(keep)
        keys, numbers = self._random.random(passed), np.arange(self._next, self._next + passed)
        self._next += passed
        if keep is not None:
            keys, numbers = keys[keep], numbers[keep]
        at = np.flatnonzero(keys < self._below)
        if not len(at):
            return
        some = rows[at]
        mine = RowSample(keys[at], numbers[at], some[:, :-1], some[:, -1], None if weights is None else weights[at])
        self.sample = mine.least() if self.sample is None else self.sample + mine
        if len(self.sample.keys) == MOST_ROWS:
            self._below = float(self.sample.keys.max())

    def resume(self, sample: RowSample | None) -> None:
        """Go on from a sample that was kept."""
        self.sample = sample
        if sample is not None and len(sample.keys) == MOST_ROWS:
            self._below = float(sample.keys.max())
