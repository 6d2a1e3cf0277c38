"""Values as real numbers in double precision, or a refusal: nothing is rounded, parsed or cut without a word."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from numbers import Complex, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapsto.errors import BadInput
from mapsto.scales import LARGEST, SMALLEST

EXACT = 2**53  # up to here a double holds every integer
FIRST_ROWS = 8  # of each column, which tell at once of most that they are not too small
MEND = "subtract an offset, or round them yourself"
OTHERS = {
    "M": ("dates", "give the time since a start as a number"),
    "m": ("durations", "divide them by a unit of time"),
    "S": ("bytes", "decode them and make them numbers"),
    "U": ("values that are not numbers (text)", "encode or drop them"),
    "c": ("complex numbers", "complex data not supported: pass real and imaginary parts as columns of their own"),
    "V": ("records with fields", "pass each field as a column of numbers"),
}
"""What an array of another kind than numbers holds, by NumPy's letter, and what to do about it."""


def real_numbers(values: Any, label: str, *, copy: bool = True) -> NDArray[np.float64]:
    """``values`` as an array of float64 in C order.

    Args:
        values: an array, nested lists, a series or a data frame.
        label: what they are called in a message.
        copy: whether the array has to be one of its own.

    Raises:
        BadInput: values that are not real numbers, are masked, or that a double does not hold: integers beyond 2^53
            that would be rounded, decimals of more digits than a double has.
    """
    refuse_other_kinds(values, label)
    try:
        array = np.asarray(values)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise BadInput(f"{_text_columns(values, label)}; expected numbers: encode or drop them") from None
    if array.dtype.kind not in "biuf":
        raise BadInput(f"{_text_columns(values, label)}; expected real numbers: encode or drop them")
    with np.errstate(over="ignore"):  # a long double beyond the doubles becomes infinite, which is refused as such
        if not copy:
            return np.asarray(array, dtype=np.float64)
        return np.array(array, dtype=np.float64, order="C")


def refuse_other_kinds(values: Any, label: str) -> None:
    """Refuse what NumPy would turn into numbers that are not the ones given; anything else is left alone.

    Raises:
        BadInput: as :func:`real_numbers`.
    """
    if type(values) is np.ndarray and values.dtype == np.float64:
        return
    if _masked(values):
        raise BadInput(
            f"{label} is a masked array, and a model has no place for masked values; drop those rows, or fill them "
            "(array.filled(value))"
        )
    for part in _parts(values):
        array = _array(part)
        if array is None:
            continue
        came, mend = _fault(array)
        if came:
            raise BadInput(f"{_text_columns(values, label, came)}; expected real numbers: {mend}")


def refuse_range(values: NDArray[np.float64], label: str) -> None:
    """Refuse numbers whose squares leave the doubles: any that is too large, a column of which all are too small.

    Args:
        values: finite numbers, shape (n,) or (n, p), n > 0.
        label: what they are called in a message.

    Raises:
        BadInput: there are such.
    """
    largest = max(float(values.max()), -float(values.min()))
    if largest > LARGEST:
        raise BadInput(f"{label} holds a value of {largest:g}; expected at most {LARGEST:g}: change the units")
    columns = values if values.ndim == 2 else values[:, np.newaxis]
    in_doubt = np.abs(columns[:FIRST_ROWS]).max(axis=0) < SMALLEST
    if not in_doubt.any():
        return
    some = columns[:, in_doubt]
    sizes = np.maximum(some.max(axis=0), -some.min(axis=0))
    small = sizes[(sizes > 0) & (sizes < SMALLEST)]
    if small.size:
        raise BadInput(
            f"{label} holds a column whose largest value is {small.min():g}; expected {SMALLEST:g} or more, or zeros: "
            "change the units"
        )


def _masked(values: Any) -> bool:
    if isinstance(values, list | tuple):
        return any(_masked(one) for one in values[:1000] if isinstance(one, np.ma.MaskedArray | list | tuple)) or any(
            one is np.ma.masked for one in values
        )
    return isinstance(values, np.ma.MaskedArray)


def _parts(values: Any) -> Iterator[Any]:
    """The columns of a data frame, for its array would have one kind for all of them; else the values as they are."""
    if hasattr(values, "iloc") and hasattr(values, "columns"):
        yield from (values.iloc[:, j] for j in range(values.shape[1]))
    elif hasattr(values, "get_columns"):
        yield from values.get_columns()
    else:
        yield values


def _array(part: Any) -> NDArray[Any] | None:
    try:
        return np.asarray(part)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None


def _fault(array: NDArray[Any]) -> tuple[str, str]:
    """What an array holds that is no real number, or none that a double holds, and what to do; empty if all is well."""
    kind = array.dtype.kind
    if kind in OTHERS:
        return OTHERS[kind]
    if kind == "O":
        return _fault_of_objects(array.ravel().tolist())
    if kind in "iu" or (kind == "f" and array.dtype.itemsize > 8):
        return too_long(int(one) for one in array[beyond(array)].tolist() if abs(one) < np.inf)
    return "", ""


def beyond(array: NDArray[Any]) -> NDArray[np.bool_]:
    """Where numbers are beyond the range in which a double holds every integer."""
    large: NDArray[np.bool_] = array > EXACT
    return large if array.dtype.kind == "u" else large | (array < -EXACT)


def too_long(integers: Iterator[int]) -> tuple[str, str]:
    """What to say of the first integer that a double would round; empty if there is none."""
    for one in integers:
        if abs(one) > EXACT and (one.bit_length() > 1024 or int(float(one)) != one):
            shown = str(one) if one.bit_length() < 200 else f"one of {int(one.bit_length() * 0.30103) + 1} digits"
            return f"integers beyond 2^53 that a double cannot hold exactly ({shown})", MEND
    return "", ""


def of_decimals(values: list[Decimal]) -> tuple[str, str]:
    """What to say of the first decimal that has more digits than a double gives back; empty if there is none."""
    for one in values:
        if one.is_finite() and Decimal(repr(float(one))) != one:
            return f"decimals of more digits than a double holds ({str(one)[:40]})", MEND
    return "", ""


def _fault_of_objects(values: list[Any]) -> tuple[str, str]:
    for kind in set(map(type, values)):
        found = _fault_of_kind(kind)
        if found[0]:
            return found
        if issubclass(kind, Decimal):
            found = of_decimals([one for one in values if type(one) is kind])
            if found[0]:
                return found
        elif issubclass(kind, int | np.integer):
            found = too_long(int(one) for one in values if type(one) is kind)
            if found[0]:
                return found
    return "", ""


def _fault_of_kind(kind: type) -> tuple[str, str]:
    if issubclass(kind, str):
        return OTHERS["U"]
    if issubclass(kind, bytes | bytearray | memoryview):
        return OTHERS["S"]
    if issubclass(kind, np.generic) and np.dtype(kind).kind in OTHERS:
        return OTHERS[np.dtype(kind).kind]
    if hasattr(kind, "total_seconds"):
        return OTHERS["m"]
    if hasattr(kind, "isoformat"):
        return OTHERS["M"]
    if issubclass(kind, Complex) and not issubclass(kind, Real):
        return OTHERS["c"]
    return "", ""


def _text_columns(values: Any, label: str, came: str = "values that are not numbers") -> str:
    kinds = getattr(values, "dtypes", None)
    if kinds is not None and hasattr(kinds, "items"):
        text = [str(name) for name, kind in kinds.items() if getattr(kind, "kind", "O") not in "biuf"]
        if text:
            return f"{label} has non-numeric columns: {', '.join(map(repr, text))} ({came})"
    return f"{label} holds {came}"
