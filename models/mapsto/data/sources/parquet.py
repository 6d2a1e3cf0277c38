"""Parquet files: a row group is a piece, and only the columns asked for are decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapsto.data.sources.base import Piece, Source, unreadable

BATCH_ROWS = 1 << 17


@dataclass(eq=False)
class ParquetSource(Source):
    """One or more Parquet files of one schema; their footers are read at once."""

    @classmethod
    def of(cls, paths: Sequence[Path], name: str) -> ParquetSource:
        """The rows of all files, in the order given.

        Raises:
            BadInput: a file that cannot be read, or whose schema differs from the first's.
        """
        from pyarrow import parquet  # type: ignore[import-untyped]  # imported late

        def look(path: Path) -> tuple[dict[str, Any], list[int]]:
            with parquet.ParquetFile(path) as file:
                sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
                return {one.name: one.type for one in file.schema_arrow}, sizes

        made = cls(name)
        made.index(paths, "row group", look)
        return made

    def batches(self, piece: Piece, columns: Sequence[str]) -> Iterator[Any]:
        """See :class:`Source`."""
        import pyarrow as pa  # imported late, as above
        from pyarrow import parquet

        try:
            with parquet.ParquetFile(piece.path) as file:
                yield from file.iter_batches(BATCH_ROWS, row_groups=[piece.number], columns=list(columns))
        except (pa.ArrowException, OSError) as error:
            raise unreadable(piece.where, error) from None
