"""CSV files: a stretch of whole lines is a piece, and is parsed by Arrow with the types that the first one has.

A line break ends a row where the quotes before it are even in number (RFC 4180, section 2), so a file is cut without
parsing it. A column of whole numbers may become one of fractions further on; one of numbers may not become text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapsto.data.sources.base import Piece, Source, kind_of, stamp_of, unreadable
from mapsto.errors import BadInput

PIECE_BYTES = 1 << 24
DELIMITERS = ",;\t|"


@dataclass(eq=False)
class CsvSource(Source):
    """One or more CSV files of one header.

    Attributes:
        delimiter: what stands between values.
        decimal: the decimal mark.
    """

    delimiter: str = ","
    decimal: str = "."

    @classmethod
    def of(cls, paths: Sequence[Path], name: str, decimal: str = ".") -> CsvSource:
        """The rows of all files, in the order given; they are read once to be cut, and the first piece for its types.

        Raises:
            BadInput: a file that cannot be read, or whose header differs from the first's.
        """
        made, pieces, first, header = cls(name, decimal=decimal), [], 0, b""
        for path in paths:
            cut = _cut(path)
            mine = next(cut)
            if not header:
                header = mine[2]
                bare = b"".join(header.split(b'"')[::2]).decode("utf-8", "replace")  # what is not in quotes
                made.delimiter = max(DELIMITERS, key=bare.count)
            if mine[2] != header:
                raise BadInput(f"the header of {str(path)!r} differs from that of {name!r}; give files of one header")
            for number, (start, stop, _, rows) in enumerate(cut):
                where = f"rows {first + 1} to {first + rows} of {str(path)!r}"
                pieces.append(Piece(where, str(path), number, first, rows, start, stop, stamp_of(path)))
                first += rows
        made.pieces = tuple(pieces)
        text = header.decode("utf-8", "replace").strip("\r\n")
        names = next(csv.reader([text], delimiter=made.delimiter), [])
        made.types = dict.fromkeys(names)
        if len(made.types) < len(names) or not all(one.strip() for one in names):
            raise BadInput(f"the header of {name!r} has a name twice, or an empty one; give each column its own")
        if pieces:
            made.types = {one.name: one.type for one in made._parse(pieces[0], {}).schema}
        return made

    def batches(self, piece: Piece, columns: Sequence[str]) -> Iterator[Any]:
        """See :class:`Source`."""
        import pyarrow as pa  # type: ignore[import-untyped]  # imported late: it takes a fifth of a second

        types = {name: self.types[name] for name in columns if not pa.types.is_null(self.types[name])}
        try:
            table = self._parse(piece, types, columns)
        except BadInput:
            table = self._parse(piece, {}, columns)  # where it fails too, it says why
            self._refuse_text(table, types, piece)
            self.types |= {name: table.schema.field(name).type for name in types}  # fractions from here on
        yield from table.combine_chunks().to_batches()

    def _parse(self, piece: Piece, types: dict[str, Any], columns: Sequence[str] | None = None) -> Any:
        import pyarrow as pa  # imported late, as above
        from pyarrow import csv as arrow_csv

        try:
            with Path(piece.path).open("rb") as file:
                file.seek(piece.start)
                text = file.read(piece.stop - piece.start)
            if not text.isascii():
                text.decode("utf-8")
            return arrow_csv.read_csv(
                pa.py_buffer(text),
                read_options=arrow_csv.ReadOptions(column_names=list(self.types), block_size=len(text) + 1),
                parse_options=arrow_csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=b'"' in text),
                convert_options=arrow_csv.ConvertOptions(
                    decimal_point=self.decimal,
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                    column_types=types or None,
                    include_columns=list(columns) if columns is not None else None,
                ),
            )
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{piece.where} are not UTF-8 text (byte 0x{error.object[error.start]:02x}); save the file as UTF-8"
            ) from None
        except (pa.ArrowException, OSError) as error:
            raise unreadable(piece.where, error) from None

    def _refuse_text(self, table: Any, types: dict[str, Any], piece: Piece) -> None:
        import pyarrow as pa  # imported late, as above

        for name, kind in types.items():
            now = table.schema.field(name).type
            if kind_of(now) != kind_of(kind) and not pa.types.is_null(now):
                raise BadInput(
                    f"the column {name!r} holds {kind_of(kind)} at first and {kind_of(now)} in {piece.where}, as in "
                    f"{_odd(table[name], self.decimal)!r}; mend the value, or leave the column out"
                )


def _odd(column: Any, decimal: str) -> str:
    for value in column.to_pylist():
        try:
            float(str(value).replace(decimal, ".") if value is not None else 0)
        except ValueError:
            return str(value)[:40]
    return str(column[0].as_py())[:40]


def _cut(path: Path) -> Iterator[tuple[int, int, bytes, int]]:
    """(start, stop, header, rows) of the header, then of pieces of whole rows; the header's text comes with it."""
    try:
        with path.open("rb") as file:
            start = 3 if file.read(3) == b"\xef\xbb\xbf" else 0
            file.seek(start)
            line = file.readline()
            while line.count(b'"') % 2 and (more := file.readline()):
                line += more
            start += len(line)
            yield 0, start, line, 0
            kept = b""
            while True:
                text = kept + file.read(PIECE_BYTES)
                last = len(text) <= len(kept)
                stop = len(text) if last else _row_end(text)
                if stop == 0 and not last:
                    kept = text
                    continue
                part = text[:stop]
                rows = part.count(b"\n") + (last and not part.endswith(b"\n"))
                if part.strip():
                    yield start, start + stop, b"", rows
                if last:
                    return
                start, kept = start + stop, text[stop:]
    except OSError as error:
        raise BadInput(f"the table {str(path)!r} cannot be read ({error.strerror or error}); give a file") from None


def _row_end(text: bytes) -> int:
    """Behind the last line break that ends a row; 0 if there is none."""
    end = len(text)
    if b'"' not in text:
        return text.rfind(b"\n") + 1
    before = text.count(b'"')
    while (at := text.rfind(b"\n", 0, end)) >= 0:
        before -= text.count(b'"', at, end)
        if before % 2 == 0:
            return at + 1
        end = at
    return 0
