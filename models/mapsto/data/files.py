"""A user's table, from a file or as it is: a narwhals frame over pandas, polars or Arrow, whatever it came as.

Arrow reads the files: CSV, Parquet and Feather with one library, which the sampler brings along anyway.
"""

from __future__ import annotations

import codecs
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mapsto.errors import BadInput, unwritable

BEGINNINGS = {
    b"PAR1": "a Parquet file",
    b"ARROW1": "a Feather file",
    b"FEA1": "a Feather file of version 1",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"\x89HDF": "an HDF5 file",
    b"\xff\xfe": "text in UTF-16 (save it as UTF-8)",
    b"\xfe\xff": "text in UTF-16 (save it as UTF-8)",
    b"<!doctype": "a web page",
    b"<html": "a web page",
}
"""What a file is, by its first bytes (in small letters where they are text)."""

KINDS = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".feather": "Feather",
    ".arrow": "Feather",
}
DECIMALS = ".,"
DELIMITERS = ",;\t|"
MOST_WORDS = 200  # characters of another library's message in ours
LARGEST_BLOCK = 2**31 - 1


def open_table(source: Any, *, decimal: str = ".") -> Any:
    """A narwhals DataFrame of a path or of a data frame, its names as text.

    Args:
        source: the path of a file, or a pandas, polars or Arrow table.
        decimal: the decimal mark of a CSV file, "." or ",".

    Raises:
        BadInput: no such file, one that is not what its name says or cannot be read, something that is no table, or
            names that are repeated or empty; a decimal mark of a table that is no CSV file.
    """
    if decimal not in DECIMALS:
        raise BadInput(f"decimal is {decimal!r}; expected one of {' '.join(DECIMALS)}")
    is_csv = isinstance(source, str | Path) and KINDS.get(Path(source).suffix.lower()) == "CSV"
    if decimal != "." and not is_csv:
        raise BadInput(f"decimal is {decimal!r}, which is for CSV files; a table of another kind holds its own numbers")
    if isinstance(source, str | Path):
        return _framed(_read(Path(source), decimal), f"the table {str(source)!r}")
    return _framed(source, f"the {type(source).__name__}")


def _framed(native: Any, what: str) -> Any:
    import narwhals as nw  # imported late: it takes a tenth of a second
    from narwhals.exceptions import DuplicateError

    if getattr(getattr(native, "columns", None), "nlevels", 1) > 1:  # names of several levels, which are tuples
        native = native.set_axis([str(name) for name in native.columns], axis=1)
    try:
        frame = nw.from_native(native, eager_only=True)
    except TypeError:
        raise BadInput(
            f"{what} is no table; expected the path of a CSV, Parquet or Feather file, or a pandas, polars or Arrow "
            "table (a lazy one collected)"
        ) from None
    except DuplicateError as error:
        raise BadInput(f"{what} has repeated column names ({error}); give each column its own") from None
    names = [str(name) for name in frame.columns]
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise BadInput(f"{what} has repeated column names ({', '.join(map(repr, repeated))}); give each column its own")
    for number, name in enumerate(names, start=1):
        if not name.strip() or unwritable(name):
            raise BadInput(
                f"column {number} of {what} is named {name!r}; give it a name (an index that pandas wrote is left out "
                "with to_csv(index=False))"
            )
    odd = {old: new for old, new in zip(frame.columns, names, strict=True) if old is not new and old != new}
    return frame.rename(odd) if odd else frame


def checked_kind(path: Path) -> str:
    """CSV, Parquet or Feather, by the name of a file, if it begins like one.

    Raises:
        BadInput: no such file, or one that is not what its name says.
    """
    kind = KINDS.get(path.suffix.lower())
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # to read from it might wait for ever, or never end
            raise BadInput(
                f"the table {str(path)!r} is no file but a pipe, a socket or a device; write what it gives into a file"
            )
        with path.open("rb") as file:
            beginning = file.read(64)
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"the table {str(path)!r} cannot be read ({why}); give the path of a file") from None
    if kind is None:
        raise BadInput(f"the table {str(path)!r} is named like none that is read; expected {', '.join(KINDS)}")
    if not beginning.strip():
        raise BadInput(f"the table {str(path)!r} is empty: there is nothing in the file")
    looks = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_really = next(
        (what for mark, what in BEGINNINGS.items() if beginning.startswith(mark) or looks.lower().startswith(mark)),
        "text or something else",
    )
    fits = is_really == f"a {kind} file" or (
        kind == "CSV" and is_really == "text or something else" and b"\0" not in looks
    )
    if not fits:
        raise BadInput(
            f"the table {str(path)!r} is not what its name says: it is named like {kind} and begins like {is_really}; "
            "rename it, or save it anew"
        )
    return kind


def _read(path: Path, decimal: str) -> Any:
    """The Arrow table in a file."""
    kind = checked_kind(path)
    import pyarrow as pa  # type: ignore[import-untyped]  # imported late: it takes a fifth of a second

    try:
        if kind == "CSV":
            return _read_csv(path, decimal)
        return READERS[kind](path)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        words = " ".join(str(error).split())
        raise BadInput(f"the table {str(path)!r} cannot be read as {kind}: {words[:MOST_WORDS]}") from None


def _check_encoding(path: Path) -> None:
    """Refuse a text file that is not UTF-8, at its first byte that is not."""
    decoder, start = codecs.getincrementaldecoder("utf-8-sig")(), 0
    with path.open("rb") as file:
        while True:
            part = file.read(1 << 20)
            try:
                decoder.decode(part, final=not part)
            except UnicodeDecodeError as error:
                byte = error.object[error.start]
                raise BadInput(
                    f"the table {str(path)!r} is not UTF-8 text (byte 0x{byte:02x} near position "
                    f"{start + error.start}), but perhaps Latin-1 or Windows-1252; save it as UTF-8 (in a spreadsheet, "
                    "as CSV UTF-8; or with iconv -f WINDOWS-1252 -t UTF-8)"
                ) from None
            if not part:
                return
            start += len(part)


def _read_csv(path: Path, decimal: str) -> Any:
    """A CSV of one block, so that a column's type comes from all its rows; the delimiter is what splits the header."""
    from pyarrow import csv

    _check_encoding(path)
    with path.open("rb") as file:
        header = file.readline(100_000).decode("utf-8", "replace")
    bare = "".join(header.split('"')[::2])  # what is not in quotes
    delimiter = max(DELIMITERS, key=bare.count)
    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(block_size=min(path.stat().st_size + 1, LARGEST_BLOCK), use_threads=False),
        parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            decimal_point=decimal, strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )


def _read_parquet(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.read_table(path)


def _read_feather(path: Path) -> Any:
    from pyarrow import feather

    return feather.read_table(path)


READERS: dict[str, Callable[[Path], Any]] = {
    "Parquet": _read_parquet,
    "Feather": _read_feather,
}
