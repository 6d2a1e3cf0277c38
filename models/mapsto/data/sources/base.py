"""The contract of a source: named columns, and pieces that can be read in any order, here or on another machine."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapsto.errors import BadInput

MOST_WORDS = 200  # characters of another library's message in ours


@dataclass(frozen=True)
class Piece:
    """A part of a source, such as a row group of a Parquet file.

    Attributes:
        where: what it is called in a message.
        path: of its file; empty if there is none.
        number: which part of its file it is.
        first: the number of its first row in the whole table.
        rows: how many rows it has.
        start, stop: what it is of its file, in bytes or rows; 0 where ``number`` says it all.
        stamp: what tells its file from another one, or from itself after a change.
    """

    where: str
    path: str
    number: int
    first: int
    rows: int
    start: int = 0
    stop: int = 0
    stamp: str = ""


@dataclass(eq=False)
class Source(ABC):
    """A table that is read a piece at a time.

    Attributes:
        name: what it is called in a message.
        types: by column, its Arrow type.
        pieces: all of it, in order.
    """

    name: str
    types: dict[str, Any] = field(default_factory=dict)
    pieces: Sequence[Piece] = ()

    @property
    def identity(self) -> str:
        """What tells it from another table, or from itself after a change."""
        return identity_of(self.pieces)

    @property
    def rows(self) -> int:
        """Rows in all pieces."""
        return sum(piece.rows for piece in self.pieces)

    def index(self, paths: Sequence[Path], part: str, look: Callable[[Path], tuple[dict[str, Any], list[int]]]) -> None:
        """Take the columns and the pieces from files that are made of parts.

        Args:
            paths: the files, in the order of their rows.
            part: what a part is called in a message.
            look: the types of a file's columns, and the rows of each of its parts.

        Raises:
            BadInput: a file that cannot be read, or whose schema differs from the first's.
        """
        import pyarrow as pa  # type: ignore[import-untyped]  # imported late: it takes a fifth of a second

        pieces, first = [], 0
        for path in paths:
            try:
                types, sizes = look(path)
            except (pa.ArrowException, OSError) as error:
                raise unreadable(f"the file {str(path)!r}", error) from None
            self.types = self.types or types
            refuse_other_schema(self, str(path), types)
            for number, rows in enumerate(sizes):
                if rows:
                    where = f"{part} {number} of {str(path)!r}"
                    pieces.append(Piece(where, str(path), number, first, rows, stamp=stamp_of(path)))
                first += rows
        self.pieces = tuple(pieces)

    @abstractmethod
    def batches(self, piece: Piece, columns: Sequence[str]) -> Iterator[Any]:
        """The named columns of a piece, as Arrow record batches in order.

        Raises:
            BadInput: it cannot be read; the message names it.
        """


def identity_of(pieces: Sequence[Piece]) -> str:
    """What tells these pieces from others, or from themselves after a change of their files."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(repr(piece).encode())
    return digest.hexdigest()


def stamp_of(path: Path) -> str:
    """The size of a file and when it was changed last."""
    stat = path.stat()
    return f"{stat.st_size} {stat.st_mtime_ns}"


def unreadable(where: str, error: Exception) -> BadInput:
    """The refusal of a piece that another library cannot read."""
    return BadInput(f"{where} cannot be read: {' '.join(str(error).split())[:MOST_WORDS]}")


def read_ahead[T](items: Iterator[T]) -> Iterator[T]:
    """The same items, the next one being fetched in another thread while one is worked on."""
    end = object()
    with ThreadPoolExecutor(1) as pool:
        fetch: Callable[[], Any] = lambda: next(items, end)  # noqa: E731
        coming = pool.submit(fetch)
        while (item := coming.result()) is not end:
            coming = pool.submit(fetch)
            yield item


def refuse_other_schema(first: Source, name: str, types: dict[str, Any]) -> None:
    """Refuse a file whose columns are not those of the first, or are numbers in one and no numbers in the other.

    Raises:
        BadInput: it names the file and the column.
    """
    other = next((column for column in first.types if column not in types), None)
    if other is not None:
        raise BadInput(f"the file {name!r} has no column {other!r}, and the first file has; give files of one schema")
    other = next((column for column in types if column not in first.types), None)
    if other is not None:
        raise BadInput(
            f"the file {name!r} has a column {other!r}, and the first file has none; give files of one schema"
        )
    for column, kind in types.items():
        if kind_of(kind) != kind_of(first.types[column]):
            raise BadInput(
                f"the column {column!r} holds {kind} in the file {name!r} and {first.types[column]} in the first; give "
                "files of one schema"
            )


def kind_of(arrow_type: Any) -> str:
    """Numbers, text, bool, or the name of an Arrow type that is none of them."""
    import pyarrow.types as t  # type: ignore[import-untyped]  # imported late: it takes a fifth of a second

    if t.is_dictionary(arrow_type):
        return kind_of(arrow_type.value_type)
    if t.is_integer(arrow_type) or t.is_floating(arrow_type) or t.is_decimal(arrow_type):
        return "numbers"
    if t.is_string(arrow_type) or t.is_large_string(arrow_type) or t.is_string_view(arrow_type):
        return "text"
    return "bool" if t.is_boolean(arrow_type) else str(arrow_type)
