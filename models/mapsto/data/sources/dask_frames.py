"""A Dask data frame: a partition is a piece, and is computed where it is read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mapsto.data.sources.base import Piece, Source


@dataclass(eq=False)
class DaskSource(Source):
    """The partitions of a Dask data frame of pandas frames, as delayed values."""

    parts: tuple[Any, ...] = ()

    @classmethod
    def of(cls, frame: Any) -> DaskSource:
        """The rows of ``frame``; their number in each partition is counted first."""
        import pyarrow as pa  # type: ignore[import-untyped]  # imported late: it takes a fifth of a second

        frame = frame.rename(columns={name: str(name) for name in frame.columns})
        schema = pa.Schema.from_pandas(frame.head(1, npartitions=-1), preserve_index=False)
        stamp = uuid.uuid4().hex
        sizes, first, pieces = frame.map_partitions(len).compute().tolist(), 0, []
        for number, rows in enumerate(sizes):
            if rows:
                where = f"partition {number} of the Dask data frame"
                pieces.append(Piece(where, "", number, first, rows, stamp=stamp))
            first += rows
        types = {one.name: one.type for one in schema}
        return cls("the Dask data frame", types, tuple(pieces), tuple(frame.to_delayed()))

    def batches(self, piece: Piece, columns: Sequence[str]) -> Iterator[Any]:
        """See :class:`Source`."""
        import pyarrow as pa  # imported late, as above

        part = self.parts[piece.number].compute(scheduler="synchronous")[list(columns)]
        yield from pa.Table.from_pandas(part, preserve_index=False).combine_chunks().to_batches()
