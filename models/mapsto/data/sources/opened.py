"""Which tables are read a piece at a time, and the source of each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mapsto.data.files import KINDS, checked_kind
from mapsto.data.sources.base import Source
from mapsto.data.sources.csv_files import CsvSource
from mapsto.data.sources.dask_frames import DaskSource
from mapsto.data.sources.feather import FeatherSource
from mapsto.data.sources.frames import FrameSource
from mapsto.data.sources.parquet import ParquetSource
from mapsto.errors import BadInput

MOST_NUMBERS = 5_000_000  # of a table that is taken into memory whole: 40 MB
MOST_BYTES = 1 << 26  # of such a CSV file


def open_source(table: Any, *, decimal: str = ".") -> Source:
    """The source of a table.

    Args:
        table: the path of a Parquet, CSV or Feather file, or of a folder of files of one of these kinds and one schema;
            or a narwhals frame, whose names are text.
        decimal: the decimal mark of CSV files.

    Raises:
        BadInput: no such file, one that is not what its name says, files of several kinds or schemas.
    """
    if not isinstance(table, str | Path):
        return FrameSource.of(table, "the table")
    path = Path(table)
    paths = [path]
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        paths = sorted(one for one in path.rglob("*") if one.suffix.lower() in KINDS and one.is_file())
        if not paths:
            raise BadInput(f"the folder {str(path)!r} holds no table; expected files named {', '.join(KINDS)}")
    kinds = {checked_kind(one) for one in paths}
    if len(kinds) > 1:
        raise BadInput(f"the folder {str(path)!r} holds {' and '.join(sorted(kinds))} files; give files of one kind")
    kind = kinds.pop()
    if kind == "CSV":
        return CsvSource.of(paths, str(path), decimal)
    if decimal != ".":
        raise BadInput(f"decimal is {decimal!r}, which is for CSV files; a table of another kind holds its own numbers")
    return (ParquetSource if kind == "Parquet" else FeatherSource).of(paths, str(path))


def source_of_large(table: Any, *, decimal: str = ".") -> Source | None:
    """:func:`open_source` of a Dask data frame, a folder, or a file too large for memory; None of all others."""
    if type(table).__module__.partition(".")[0] in ("dask", "dask_expr"):
        return DaskSource.of(table)
    if not isinstance(table, str | Path):
        return None
    path = Path(table)
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        return open_source(path, decimal=decimal)
    kind = KINDS.get(path.suffix.lower())
    if not os.path.isfile(path) or kind is None or path.stat().st_size <= 1_000_000:  # noqa: PTH113 - as is_dir above
        return None
    if kind == "CSV":
        return open_source(path, decimal=decimal) if path.stat().st_size > MOST_BYTES else None
    if checked_kind(path) and decimal == ".":
        source = open_source(path)
        return source if source.rows * len(source.types) > MOST_NUMBERS else None
    return None
