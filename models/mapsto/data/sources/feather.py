"""Feather files: a record batch is a piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapsto.data.sources.base import Piece, Source, unreadable


@dataclass(eq=False)
class FeatherSource(Source):
    """One or more Feather files (Arrow's file format) of one schema."""

    @classmethod
    def of(cls, paths: Sequence[Path], name: str) -> FeatherSource:
        """The rows of all files, in the order given.

        Raises:
            BadInput: a file that cannot be read, or whose schema differs from the first's.
        """
        import pyarrow as pa  # type: ignore[import-untyped]  # imported late: it takes a fifth of a second

        def look(path: Path) -> tuple[dict[str, Any], list[int]]:
            with pa.memory_map(str(path)) as mapped:
                file = pa.ipc.open_file(mapped)
                sizes = [file.get_batch(i).num_rows for i in range(file.num_record_batches)]
                return {one.name: one.type for one in file.schema}, sizes

        made = cls(name)
        made.index(paths, "record batch", look)
        return made

    def batches(self, piece: Piece, columns: Sequence[str]) -> Iterator[Any]:
        """See :class:`Source`."""
        import pyarrow as pa  # imported late, as above

        try:
            with pa.memory_map(piece.path) as mapped:
                yield pa.ipc.open_file(mapped).get_batch(piece.number).select(list(columns))
        except (pa.ArrowException, OSError) as error:
            raise unreadable(piece.where, error) from None
