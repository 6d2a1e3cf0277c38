"""Checks of the numbers that a library's penalty is given by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.scales import finite, positive

SAME = 1e-12  # penalties that differ by less than this came from the same number


def column_names(features: Sequence[str] | None, p: int | None, *each: Sequence[float] | None) -> tuple[str, ...]:
    """The names of the columns, or x0, x1, ...: from names, their number, or the length of a number for each.

    Raises:
        BadInput: nothing says how many columns there are, or lengths that differ.
    """
    lengths = {len(part) for part in (features, *each) if part is not None} | ({p} if p is not None else set())
    if len(lengths) != 1:
        came = "nothing says" if not lengths else f"{' and '.join(map(str, sorted(lengths)))} are said to be"
        raise BadInput(f"{came} the number of columns; pass features= (names) or p= (how many), and lengths that agree")
    return tuple(map(str, features)) if features is not None else tuple(f"x{j}" for j in range(lengths.pop()))


def spreads(sd_x: Sequence[float] | None, standardise: bool, names: tuple[str, ...], option: str) -> Vector:
    """The sd that each column was divided by, shape (p,): ones where nothing was."""
    if not standardise:
        return np.ones(len(names))
    if sd_x is None:
        raise BadInput(f"{option} is on, so the penalty is on columns divided by their sd; pass sd_x=, or turn it off")
    return np.array([positive(float(s), f"sd_x of {name}") for name, s in zip(names, sd_x, strict=True)])


def not_negative(value: Any, name: str) -> float:
    """A finite number >= 0, or BadInput."""
    number = finite(value, name)
    if number < 0:
        raise BadInput(f"{name} is {number:g}; expected a number >= 0")
    return number


def share(value: Any, name: str) -> float:
    """A number from 0 to 1, or BadInput."""
    number = not_negative(value, name)
    if number > 1:
        raise BadInput(f"{name} is {number:g}; expected a share from 0 to 1")
    return number


def equal(values: Vector) -> bool:
    """Whether all are the same number up to rounding."""
    return bool(np.ptp(values) <= SAME * np.abs(values).max())


def one(values: Any, source: str, name: str) -> float:
    """The one number that all columns have, or BadInput."""
    numbers = np.atleast_1d(np.asarray(values, dtype=float))
    if not equal(numbers):
        raise BadInput(
            f"{source} has {len(set(numbers))} different values of {name}, one a column, and this target takes one; "
            "multiply each raw column by the scale of its prior first, or translate to glmnet or statsmodels"
        )
    return float(numbers[0])


def common_share(part: Vector, whole: Vector, source: str) -> float:
    """The share of ``whole`` that ``part`` is in every column that has a penalty, or BadInput; zero without any."""
    shares = part[whole > 0] / whole[whole > 0]
    if not len(shares):
        return 0.0
    if not equal(shares):
        raise BadInput(f"the columns of {source} mix l1 and l2 in different shares, and this target takes one share")
    return float(shares[0])
