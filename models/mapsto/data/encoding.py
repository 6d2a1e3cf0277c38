"""Which columns of a table enter the model, and how each became numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mapsto.data.numbers import beyond, of_decimals, too_long
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput, unwritable
from mapsto.marks import literal, quoted

Missing = Literal["refuse", "drop-rows", "drop-columns"]
MISSING: tuple[Missing, ...] = ("refuse", "drop-rows", "drop-columns")
MOST_LEVELS = 50  # more of them are names, not categories
MOST_DISTINCT = 0.8  # nor are levels that hardly a row shares: a share of the rows
MOST_NAMED = 12  # columns told in one message
SPACES = " \u00a0\u202f\u2009"
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
COMMA = re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?")
LOCAL = re.compile(rf"{PLAIN.pattern}|{COMMA.pattern}|[+-]?\d{{1,3}}([.,'’{SPACES}]\d{{2,3}})+([.,]\d+)?")
"""Numbers as Python writes them, with a decimal comma, and in any locale, digits grouped by threes (or twos)."""


@dataclass(frozen=True, eq=False)
class Columns:
    """A table as numbers.

    Attributes:
        names: a name for each column of X; ``column=level`` for a level of a categorical column.
        X: shape (n, p).
        y: the target, shape (n,).
        target: its name.
        notes: a sentence for each thing that was done to the table.
        weights: shape (n,), or None.
        levels: the two values of a target that is text or true or false, of which the second is 1 in y; else ().
    """

    names: tuple[str, ...]
    X: Matrix
    y: Vector
    target: str
    notes: tuple[str, ...]
    weights: Vector | None = None
    levels: tuple[str, ...] = ()

    @property
    def spreads(self) -> Vector:
        """The sd of each column, divisor n, shape (p,)."""
        sds: Vector = self.X.std(axis=0)
        return sds

    @property
    def largest(self) -> Vector:
        """The largest size in each column, shape (p,)."""
        sizes: Vector = np.abs(self.X).max(axis=0)
        return sizes

    @property
    def spread(self) -> float:
        """The sd of the target, divisor n."""
        return float(np.std(self.y))


def columns(
    frame: Any,
    target: str,
    *,
    features: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    weights: str | None = None,
    missing: str = "refuse",
    reference_levels: bool = False,
) -> Columns:
    """Choose the columns of a narwhals frame and make numbers of them.

    Args:
        frame: the table.
        target: the column to explain.
        features: the columns to explain it by; by default all others.
        drop: the columns to leave out; not together with ``features``.
        weights: the column of row weights, which is then no feature.
        missing: "refuse", "drop-rows" or "drop-columns".
        reference_levels: whether a categorical column leaves out its first level (needed without a penalty).

    Raises:
        BadInput: columns that are not there, are asked for twice or are no numbers or categories; a target among the
            features; missing values that are to be refused; an empty table.
    """
    if missing not in MISSING:
        raise BadInput(f"missing is {missing!r}; expected one of {', '.join(MISSING)}")
    target, weights = str(target), None if weights is None else str(weights)  # pandas' names may be numbers or tuples
    features, drop = names_given(features, "features"), names_given(drop, "drop")
    chosen = choose_columns(list(frame.columns), len(frame), target, features, drop, weights)
    extra = [target] + ([weights] if weights is not None else [])
    gaps = {name: is_missing(frame[name]) for name in [*chosen, *extra]}
    chosen, keep, notes = _without_gaps(gaps, chosen, extra, missing, len(frame))
    y, levels = _target(frame[target], target, keep)
    parts: list[tuple[tuple[str, ...], Matrix]] = []
    for name in chosen:
        part, said = _encoded(frame[name], name, keep, reference_levels)
        parts.append(part)
        notes += said
    names = tuple(label for labels, _ in parts for label in labels)
    X = np.column_stack([values for _, values in parts])
    for name, values in zip(names, X.T, strict=True):
        if np.array_equal(values, y) and np.ptp(y) > 0:
            raise BadInput(f"the column {name!r} equals the target {target!r} in every row: leave it out with --drop")
    row_weights = None if weights is None else numeric(frame[weights], weights, keep, "the column of weights")
    return Columns(names, X, y, target, tuple(notes), row_weights, levels)


def names_given(given: Any, option: str) -> list[str] | None:
    """Names of columns as a list of text, or None; ``option`` is what they were given as."""
    if isinstance(given, str | bytes) or not (given is None or isinstance(given, Iterable)):
        raise BadInput(f"{option} is {given!r}; expected a list of names of columns")
    return None if given is None else [str(one) for one in given]


def choose_columns(
    there: Sequence[str],
    rows: int,
    target: str,
    features: Sequence[str] | None,
    drop: Sequence[str] | None,
    weights: str | None,
) -> list[str]:
    """The columns of those that are ``there`` to explain the target by; arguments as of :func:`columns`."""
    for name in [target, *(features or ()), *(drop or ()), *([weights] if weights is not None else [])]:
        if name not in there:
            raise BadInput(_not_there(name, there))
    if rows == 0:
        raise BadInput(f"the table is empty: it has {len(there)} columns and no rows; pass at least two rows")
    if features is not None and drop is not None:
        raise BadInput("both features and drop were given; name the columns to use, or those to leave out")
    roles = {target: "target"} | ({} if weights is None else {weights: "column of weights"})
    for name, role in roles.items():
        if name in (features or ()):
            raise BadInput(f"the {role} {name!r} is also among the features; leave it out of them")
        if name in (drop or ()):
            raise BadInput(f"the {role} {name!r} is also to be dropped; leave it out of those")
    if target == weights:
        raise BadInput(f"the target {target!r} cannot also be the column of weights")
    asked = list(features or ())
    twice = sorted(name for name, count in Counter(asked).items() if count > 1)
    if twice:
        raise BadInput(f"features asked for twice: {', '.join(map(repr, twice))}; name each once")
    chosen = asked or [name for name in there if name not in {target, weights, *(drop or ())}]
    if not chosen:
        raise BadInput(f"no column is left to explain {target!r} by; the table has {_listed(there)}")
    return chosen


def _not_there(name: str, there: Sequence[str]) -> str:
    close = get_close_matches(name, there, n=1) or [one for one in there if one.strip() == name.strip()]
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"the table has no column {name!r}{hint or f'; it has {_listed(there)}'}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(map(repr, names[:MOST_NAMED])) + more


def is_missing(series: Any) -> NDArray[np.bool_]:
    """Where a narwhals series has no value: null or NaN."""
    gaps = np.asarray(series.is_null().to_numpy(), dtype=bool)
    if series.dtype.is_float():
        gaps = gaps | np.asarray(series.is_nan().fill_null(True).to_numpy(), dtype=bool)
    return gaps


def _without_gaps(
    gaps: dict[str, NDArray[np.bool_]], chosen: list[str], extra: list[str], missing: str, n: int
) -> tuple[list[str], NDArray[np.bool_], list[str]]:
    """The columns and the rows that stay, and what to say of the others."""
    everything = np.ones(n, dtype=bool)
    counts = {name: int(gap.sum()) for name, gap in gaps.items() if gap.any()}
    if not counts:
        return chosen, everything, []
    where = ", ".join(f"{name!r} ({count})" for name, count in counts.items())
    whole = ~np.any(list(gaps.values()), axis=0)
    full = [name for name in chosen if name not in counts]
    if missing == "drop-rows" and whole.sum() >= 2:
        return chosen, whole, [f"{n - whole.sum()} of {n} rows were left out: values were missing in {literal(where)}."]
    if missing == "drop-columns" and full and not counts.keys() & set(extra):
        return full, everything, [f"Columns with missing values were left out: {literal(where)}."]
    raise BadInput(
        f"values are missing in {where} of {n} rows; fill them, or use --missing drop-rows, which leaves "
        f"{whole.sum()} rows, or --missing drop-columns, which leaves {len(full)} columns"
        + (" (the target has gaps too)" if extra[0] in counts else "")
    )


def _target(series: Any, name: str, keep: NDArray[np.bool_]) -> tuple[Vector, tuple[str, ...]]:
    """The target as numbers, and its two levels where it is text or true or false: the second in order counts as 1."""
    import narwhals as nw  # imported late: it came with the frame

    if series.dtype == nw.Boolean:
        return numeric(series, name, keep, "the target"), ("false", "true")
    if not _is_text(series):
        return numeric(series, name, keep, "the target"), ()
    kept = [str(value) for value, used in zip(series.to_list(), keep, strict=True) if used]
    levels = tuple(sorted(set(kept)))
    _refuse_locale(levels, f"the target {name!r}")
    if len(levels) != 2:
        some = ", ".join(repr(level) for level in levels[:3]) + (", …" if len(levels) > 3 else "")
        raise BadInput(
            f"the target {name!r} is text with {len(levels)} different values ({some}); expected numbers, or text of "
            "two classes: keep the rows of two, or make a column that says which rows are of one of them"
        )
    odd = next((level for level in levels if unwritable(level)), None)
    if odd is not None:
        raise BadInput(f"the target {name!r} holds {odd!r}; text cannot hold NUL or half a character: mend the value")
    return np.array([float(value == levels[1]) for value in kept]), levels


def _is_text(series: Any) -> bool:
    import narwhals as nw  # imported late: it came with the frame

    return series.dtype in (nw.String, nw.Categorical) or isinstance(series.dtype, nw.Enum)


def _encoded(
    series: Any, name: str, keep: NDArray[np.bool_], reference: bool
) -> tuple[tuple[tuple[str, ...], Matrix], list[str]]:
    """The labels and columns (n, k) that a column becomes, and what to say of it."""
    import narwhals as nw  # imported late: it came with the frame

    if not _is_text(series):
        values = numeric(series, name, keep, "the column")
        said = [f"{quoted(name)} is true or false: 1 or 0."] if series.dtype == nw.Boolean else []
        return ((name,), values[:, np.newaxis]), said
    kept = [str(value) for value, used in zip(series.to_list(), keep, strict=True) if used]
    used, told = one_hot(name, set(kept), len(kept), reference=reference)
    hot = np.array([[float(value == level) for level in used] for value in kept])
    return (tuple(f"{name}={level}" for level in used), hot), [told]


def one_hot(name: str, values: set[str], rows: int, *, reference: bool) -> tuple[list[str], str]:
    """The levels of a column of text that become columns, and a sentence that says so.

    Args:
        name: of the column.
        values: that it holds.
        rows: how many rows hold one.
        reference: whether the first level is left out.

    Raises:
        BadInput: too many for a category, one alone, or numbers of another locale.
    """
    levels = sorted(values)
    odd = next((level for level in levels if unwritable(level)), None)
    if odd is not None:
        raise BadInput(f"the column {name!r} holds {odd!r}; text cannot hold NUL or half a character: mend the value")
    _refuse_locale(levels, f"the column {name!r}")
    if len(levels) > MOST_LEVELS or len(levels) > MOST_DISTINCT * rows:
        raise BadInput(
            f"the column {name!r} is text with {len(levels)} different values in {rows} rows, as in "
            f"{levels[0]!r}: too many for a category; leave it out with --drop, or turn it into numbers"
        )
    used = levels[1:] if reference else levels
    if not used:
        raise BadInput(f"the column {name!r} has the one value {levels[0]!r}; leave it out with --drop")
    told = (
        f"{quoted(name)} is one-hot encoded against its first level {quoted(levels[0])}, because without a penalty "
        "columns for all levels and an intercept would be collinear"
        if reference
        else f"{quoted(name)} is one-hot encoded with a column for each of its {len(levels)} levels, none left out, so "
        "that the penalty treats them alike"
    )
    return used, told + "."


def numeric(series: Any, name: str, keep: NDArray[np.bool_], role: str) -> Vector:
    """The values of a narwhals series that are kept, as numbers; ``role`` and ``name`` are for messages.

    Raises:
        BadInput: no numbers, infinite ones, or such as a double does not hold.
    """
    import narwhals as nw  # imported late: it came with the frame

    if series.dtype == nw.Boolean:
        return np.array([float(bool(v)) for v, used in zip(series.to_list(), keep, strict=True) if used])
    if not series.dtype.is_numeric():
        if series.dtype == nw.String:
            _refuse_locale(series.filter(keep.tolist()).unique().to_list(), f"{role} {name!r}")
        raise BadInput(f"{role} {name!r} holds {series.dtype}; expected numbers: leave it out, or turn it into numbers")
    _refuse_rounding(series, f"{role} {name!r}", keep)
    values: Vector = np.array(series.filter(keep.tolist()).cast(nw.Float64).to_numpy(), dtype=np.float64)
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).sum())
        raise BadInput(f"{role} {name!r} holds infinity ({bad} rows); expected finite numbers: fill or drop those")
    return values


def _refuse_rounding(series: Any, what: str, keep: NDArray[np.bool_]) -> None:
    """Refuse integers and decimals that a double does not hold."""
    if series.dtype.is_integer():
        array = series.filter(keep.tolist()).drop_nulls().to_numpy()
        came, mend = too_long(map(int, (array if array.dtype.kind == "O" else array[beyond(array)]).tolist()))
    elif series.dtype.is_decimal():
        came, mend = of_decimals([one for one in series.filter(keep.tolist()).to_list() if one is not None])
    else:
        return
    if came:
        raise BadInput(f"{what} holds {came}; expected numbers of up to 15 digits: {mend}")


def _refuse_locale(values: Sequence[str | None], what: str) -> None:
    """Refuse text that reads as numbers in another locale: as categories they would mean something else."""
    texts = [value.strip() for value in values if value is not None]
    if not texts or not all(LOCAL.fullmatch(text) for text in texts):
        return
    odd = next((text for text in texts if not PLAIN.fullmatch(text)), None)
    if odd is None:
        return
    if all(COMMA.fullmatch(text) for text in texts):
        raise BadInput(
            f"{what} is text that reads as numbers with a decimal comma, as in {odd!r}; read the file with --decimal , "
            "(decimal=',' in Python), or take out the commas if they only group digits"
        )
    raise BadInput(
        f"{what} is text that reads as numbers with grouped digits, as in {odd!r}; take out what groups them, and give "
        "--decimal , (decimal=',' in Python) if the decimal mark is a comma"
    )
