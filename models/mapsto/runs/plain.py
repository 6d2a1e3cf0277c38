"""Numbers of NumPy, and dataclasses that hold them, as the plain data that a record is made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, SupportsFloat

import msgspec

from mapsto.runs.record import Interval, Number, Numbers


def number(value: SupportsFloat | None) -> Number:
    """A Python float, or None for what is absent or not finite."""
    if value is None or not math.isfinite(value):
        return None
    return float(value)


def numbers(values: Iterable[SupportsFloat]) -> Numbers:
    """Each as :func:`number`; shape (m,)."""
    return [number(value) for value in values]


def interval(ends: Iterable[SupportsFloat]) -> Interval:
    """A pair of ends."""
    low, high = ends
    return number(low), number(high)


def intervals(rows: Iterable[Iterable[SupportsFloat]]) -> list[Interval]:
    """Pairs of ends, shape (m, 2)."""
    return [interval(row) for row in rows]


def struct[T](kind: type[T], data: object) -> T:
    """A dataclass or a mapping as the struct that has its fields, each checked against the struct's types.

    Raises:
        msgspec.ValidationError: a field is missing or of another type; the message names it.
    """
    return msgspec.convert(plain(data), kind)


def plain(value: Any) -> Any:
    """``value`` with dataclasses as dicts, arrays and tuples as lists, and NaN or infinity as None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
