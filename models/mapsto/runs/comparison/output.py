"""A comparison on disk: NAME-compare.json and NAME-compare.html, both or neither."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from mapsto.runs.output import publish
from mapsto.runs.record.comparison import ComparisonRecord


def write_comparison(record: ComparisonRecord, out: Path, render: Callable[[ComparisonRecord], str]) -> Path:
    """Write the record and its page into ``out``; what stood there is replaced only when both are ready.

    Args:
        record: of the comparison.
        out: the folder.
        render: makes the page.

    Returns:
        The path of the page.

    Raises:
        BadInput: the disk is full, or the folder can no longer be written.
    """
    name = f"{record.name}-compare"
    text = msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
    publish(out, {f"{name}.json": text, f"{name}.html": render(record).encode()})
    return out / f"{name}.html"
