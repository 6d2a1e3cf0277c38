"""Arrays and data frames in memory, a few rows at a time: whatever narwhals knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mapsto.data.sources.base import Piece, Source

PIECE_ROWS = 1 << 17


@dataclass(eq=False)
class FrameSource(Source):
    """A pandas, polars or Arrow table, as a narwhals frame."""

    frame: Any = None

    @classmethod
    def of(cls, frame: Any, name: str) -> FrameSource:
        """The rows of a narwhals frame, whose names are text."""
        types = {one.name: one.type for one in frame.head(0).to_arrow().schema}
        starts = range(0, len(frame), PIECE_ROWS)
        sizes = [min(PIECE_ROWS, len(frame) - start) for start in starts]
        stamp = str(id(frame))
        pieces = tuple(
            Piece(f"rows {at} to {at + rows - 1} of {name}", "", number, at, rows, at, at + rows, stamp)
            for number, (at, rows) in enumerate(zip(starts, sizes, strict=True))
        )
        return cls(name, types, pieces, frame)

    def batches(self, piece: Piece, columns: Sequence[str]) -> Iterator[Any]:
        """See :class:`Source`."""
        part = self.frame[piece.start : piece.stop].select(list(columns)).to_arrow()
        yield from part.combine_chunks().to_batches()
