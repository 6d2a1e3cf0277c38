"""Passes over a source of rows: each is one map over its batches, whose results are added up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mapsto.data.sources.base import Source, read_ahead
from mapsto.data.sources.plan import Plan, Rows
from mapsto.data.sources.reduce import batches_of
from mapsto.data.sweeps import Adds, Matrix, Sweeps, Vector
from mapsto.errors import BadInput


@dataclass(eq=False)
class SourceSweeps(Sweeps):
    """The rows of a source.

    Attributes:
        source: the table.
        plan: how it becomes numbers.
        rows: called with a number of rows as they are read.
    """

    source: Source
    plan: Plan
    rows: Rows = lambda _n: None

    def total[T: Adds](self, of: Callable[[Matrix, Vector, Vector | None], T]) -> T:
        """See :class:`Sweeps`."""
        self.passes += 1
        found: T | None = None
        for piece, batch, _ in read_ahead(batches_of(self.source, self.source.pieces, self.plan)):
            rows, q, _ = self.plan.numbers(batch, piece.where)
            self.rows(batch.num_rows)
            if not len(rows):
                continue
            try:
                mine = of(rows[:, :-1], rows[:, -1], q)
            except BadInput as error:
                raise BadInput(f"{piece.where}: {error}") from None
            found = mine if found is None else found + mine
        if found is None:
            raise BadInput(f"no row of {self.source.name} is left; each has a missing value")
        return found
