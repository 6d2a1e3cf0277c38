"""Blocks of rows become statistics: as they come, whatever their sizes, and in one thread.

Rows are gathered to blocks of one size, so the answer does not depend on how a stream is cut. The first is reflected
(Householder); its factor whitens those that follow (:mod:`mapsto.data.whitening`), and a block that is too unlike it is
reflected and takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from mapsto.data.threads import one_blas_thread
from mapsto.data.whitening import Whitening

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

ROWS = 8192  # of a block that stays in the processor's cache, up to about 50 columns
MOST_NUMBERS = 1 << 22  # in a block of many columns: 32 MB
TALL = 8  # rows for each column from which a block is like the next one
FOLD = 64  # blocks whose cross products are added up before they become a factor


class Mergeable(Protocol):
    """What an accumulator makes of rows."""

    @classmethod
    def of_table(cls, table: Matrix, weights: Vector | None, *, centred: bool) -> Self:
        """Of rows [X y], by reflections."""

    @classmethod
    def from_factor(
        cls, n: int, means: Vector, T: Matrix, centred: bool, weight: float, log_weights: float = 0.0
    ) -> Self:
        """Of a triangular factor."""

    def arrays(self) -> dict[str, Any]:
        """All of it, for a file."""

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """What :meth:`arrays` made."""

    def factor(self) -> Matrix:
        """A triangular factor."""

    def means(self) -> Vector:
        """The means of the columns of the table."""

    def __add__(self, other: Self) -> Self:
        """Of both sets of rows."""


def block_rows(columns: int) -> int:
    """Rows of a block of [X y] with so many columns."""
    return max(min(max(ROWS, 2 * TALL * columns), MOST_NUMBERS // columns), 2 * columns)


class Accumulator[S: Mergeable]:
    """Statistics of a stream of rows.

    Args:
        kind: the statistics.
        centred: whether the means are taken out.
    """

    def __init__(self, kind: type[S], *, centred: bool) -> None:
        self._kind, self._centred = kind, centred
        self._merged: S | None = None
        self._white: Whitening | None = None
        self._blocks = 0
        self._waiting: list[tuple[Any, ...]] = []
        self._gathered = 0
        self._room: tuple[Matrix, Matrix] | None = None

    def add(self, X: Any, y: Any, weights: Any = None) -> None:
        """Add rows X (m, p) and y (m,), with weights (m,) if they have any: finite floats of either precision."""
        size, start, m = block_rows(X.shape[1] + 1), 0, len(y)
        while start < m:
            stop = min(m, start + size - self._gathered)
            self._waiting.append((X[start:stop], y[start:stop], None if weights is None else weights[start:stop]))
            self._gathered += stop - start
            start = stop
            if self._gathered == size:
                self._absorb()
        # what waits is a copy: a caller may use its arrays again
        self._waiting = [(np.array(a), np.array(b), None if q is None else np.array(q)) for a, b, q in self._waiting]

    @property
    def statistics(self) -> S | None:
        """Of all rows so far; None if none came. More may follow."""
        with one_blas_thread():
            found = self._folded()
            if self._waiting:
                last = self._kind.of_table(*self._table(), centred=self._centred)
                found = last if found is None else found + last
        return found

    def arrays(self) -> dict[str, Any]:
        """All that :meth:`resumed` needs to go on with the same bits, as arrays by name."""
        found: dict[str, Any] = {"blocks": np.asarray(self._blocks)}
        if self._merged is not None:
            found |= {f"merged.{name}": value for name, value in self._merged.arrays().items()}
        if self._white is not None:
            found |= {f"white.{one.name}": np.asarray(getattr(self._white, one.name)) for one in fields(Whitening)}
        if self._waiting:
            table, weights = self._table()
            found |= {"table": table} | ({} if weights is None else {"weights": weights})
        return found

    @classmethod
    def resumed(cls, kind: type[S], arrays: Mapping[str, Any], *, centred: bool) -> Accumulator[S]:
        """The accumulator that ``arrays`` were made of."""
        made, parts = cls(kind, centred=centred), {part: _of(arrays, part) for part in ("merged", "white")}
        made._blocks = int(arrays["blocks"])
        if parts["merged"]:
            made._merged = kind.from_arrays(parts["merged"])
        if parts["white"]:
            white = {name: one.item() if one.ndim == 0 else one.copy() for name, one in parts["white"].items()}
            made._white = Whitening(**white)
        if "table" in arrays:
            made.add(arrays["table"][:, :-1], arrays["table"][:, -1], arrays.get("weights"))
        return made

    def _table(self, centre: Vector | None = None) -> tuple[Matrix, Vector | None]:
        """The rows that wait, less ``centre``, as one table of float64 and its weights.

        Given a centre, it is in a scratch array and times the roots of the weights.
        """
        columns = self._waiting[0][0].shape[1] + 1
        table = np.empty((self._gathered, columns)) if centre is None else self._scratch(columns)[0]
        minus = np.zeros(columns) if centre is None else centre
        weights = None if all(q is None for _, _, q in self._waiting) else np.ones(self._gathered)
        start = 0
        for X, y, q in self._waiting:
            stop = start + len(y)
            np.subtract(X, minus[:-1], out=table[start:stop, :-1])
            np.subtract(y, minus[-1], out=table[start:stop, -1])
            if q is not None and weights is not None:
                weights[start:stop] = q
            start = stop
        if centre is not None and weights is not None:
            table *= np.sqrt(weights)[:, np.newaxis]
        return table, weights

    def _scratch(self, columns: int) -> tuple[Matrix, Matrix]:
        if self._room is None:
            size = (block_rows(columns), columns)
            self._room = np.empty(size), np.empty(size)
        return self._room

    def _absorb(self) -> None:
        with one_blas_thread():
            if not self._whitened():
                self._fold()
                table, weights = self._table()
                mine = self._kind.of_table(table, weights, centred=self._centred)
                self._merged = mine if self._merged is None else self._merged + mine
                if len(table) >= TALL * table.shape[1]:
                    self._white = Whitening.by(mine.factor(), mine.means())
        self._waiting, self._gathered = [], 0

    def _whitened(self) -> bool:
        """Whether the block that waits could be added in whitened coordinates."""
        white = self._white
        if white is None:
            return False
        table, weights = self._table(white.centre)
        if not white.add(table, weights, centred=self._centred, white=self._scratch(table.shape[1])[1]):
            return False
        self._blocks += 1
        if self._blocks == FOLD:
            self._fold()
        return True

    def _folded(self) -> S | None:
        """All but the rows that wait."""
        white = self._white
        if white is None or white.rows == 0:
            return self._merged
        means, T = white.folded()
        mine = self._kind.from_factor(white.rows, means, T, self._centred, white.weight, white.log_weights)
        return mine if self._merged is None else self._merged + mine

    def _fold(self) -> None:
        self._merged, self._blocks = self._folded(), 0
        if self._white is not None:
            self._white = self._white.emptied()


def _of(arrays: Mapping[str, Any], part: str) -> dict[str, Any]:
    """The arrays whose names begin with that of a part, without it."""
    return {name.removeprefix(f"{part}."): value for name, value in arrays.items() if name.startswith(f"{part}.")}
