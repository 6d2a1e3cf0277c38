"""Blocks of rows, each checked as it comes; a fault is told with the block and the rows it is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapsto.data.numbers import real_numbers, refuse_range
from mapsto.errors import BadInput

Array = NDArray[np.float64]


def checked_blocks(blocks: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Array, ...]]:
    """The blocks that have rows, as arrays of float64.

    Args:
        blocks: (X, y) with shapes (m, p) and (m,), or (X, y, weights) with weights (m,) above zero; without them each
            row has weight 1.

    Raises:
        BadInput: a block of other shapes or of another number of columns than the first; numbers that are not finite or
            beyond range; weights that are not above zero.
    """
    start, first = 0, None
    for number, block in enumerate(blocks):
        parts = _arrays(block, f"block {number} (from row {start})")
        rows = len(parts[1])
        where = f"block {number} (rows {start} to {start + rows - 1})" if rows else f"block {number} (no rows)"
        _check_shapes(parts, where)
        if not rows:
            continue
        columns = parts[0].shape[1]
        first = first or columns
        if columns != first:
            raise BadInput(f"{where} has {columns} columns and the first has {first}; pass the same columns in all")
        for part, name in zip(parts, ("X", "y", "weights"), strict=False):
            _check_numbers(part, f"{name} of {where}")
        if len(parts) == 3 and not parts[2].min() > 0:
            raise BadInput(
                f"weights of {where} hold {parts[2].min():g}; expected numbers above zero: leave out a row of weight 0"
            )
        yield parts
        start += rows


def _arrays(block: Any, where: str) -> tuple[Array, ...]:
    if not isinstance(block, tuple | list) or len(block) not in (2, 3):
        raise BadInput(f"{where} is a {type(block).__name__}; expected a tuple (X, y) or (X, y, weights)")
    return tuple(real_numbers(part, where, copy=False) for part in block)


def _check_shapes(parts: tuple[Array, ...], where: str) -> None:
    X, *others = parts
    if X.ndim != 2 or X.shape[1] == 0:
        raise BadInput(f"X of {where} has shape {X.shape}; expected (rows, columns): one column is X[:, np.newaxis]")
    for part, name in zip(others, ("y", "weights"), strict=False):
        if part.shape != X.shape[:1]:
            raise BadInput(f"{name} of {where} has shape {part.shape} for {len(X)} rows; pass one number for each row")


def _check_numbers(values: Array, what: str) -> None:
    """Two passes without a temporary array: a minimum or maximum is NaN or infinite where any value is."""
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise BadInput(f"{what} holds NaN or infinity; drop or fill those values first")
    refuse_range(values, what)
