"""How the columns of a source become numbers: settled once, before its rows are squeezed.

Types come from the schema (of a CSV file, from its first piece). The levels of categories, and which columns have gaps
where those are to be left out, take a first pass over the data; without either there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapsto.data.encoding import MISSING, MOST_LEVELS, choose_columns, is_missing, names_given, numeric, one_hot
from mapsto.data.sources.base import Source, kind_of, read_ahead
from mapsto.errors import BadInput
from mapsto.marks import literal, quoted
from mapsto.scales import LARGEST, SMALLEST

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Rows = Callable[[int], None]
MOST_KEPT = 20 * MOST_LEVELS  # values of one column that are remembered, to say how many there are


@dataclass(frozen=True)
class Plan:
    """Which columns enter the model, and as what.

    Attributes:
        target: the column to explain.
        weights: the column of row weights, or None.
        features: the columns to explain it by.
        levels: by categorical column, the levels that become columns.
        names: a name for each column of numbers.
        missing: "refuse" or "drop-rows"; columns with gaps are left out already.
        notes: a sentence for each thing that was decided.
        passes: over the data, that of the squeezing included.
        per_weight: whether the response is the target divided by the weight, as counts are by exposures.
    """

    target: str
    weights: str | None
    features: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    names: tuple[str, ...]
    missing: str
    notes: tuple[str, ...]
    passes: int
    per_weight: bool = False

    @property
    def columns(self) -> list[str]:
        """What has to be read."""
        return [*self.features, self.target, *([] if self.weights is None else [self.weights])]

    def numbers(self, batch: Any, where: str) -> tuple[Matrix, Vector | None, NDArray[np.bool_] | None]:
        """An Arrow record batch as numbers.

        Returns:
            Rows [X y] with their columns one after the other in memory, shape (m, p + 1); their weights, shape (m,), or
            None; and which rows of the batch they are, or None for all.

        Raises:
            BadInput: values that are missing and to be refused, infinite, out of range or no numbers; weights that are
                not above zero. It says ``where``.
        """
        m = batch.num_rows
        table = np.empty((len(self.names) + 1, m))
        row = 0
        for name in self.features:
            if name in self.levels:
                width = len(self.levels[name])
                table[row : row + width] = _hot(batch.column(name), self.levels[name])
                row += width
            else:
                table[row] = _values(batch.column(name), name, "the column", where)
                row += 1
        table[row] = _values(batch.column(self.target), self.target, "the target", where)
        q = None
        if self.weights is not None:
            q = _values(batch.column(self.weights), self.weights, "the column of weights", where)
        low, high = table.min(axis=1), table.max(axis=1)
        keep = None
        if np.isnan(low).any() or (q is not None and np.isnan(q.min())):
            gaps = np.isnan(table)
            keep = ~(gaps.any(axis=0) if q is None else gaps.any(axis=0) | np.isnan(q))
            if self.missing != "drop-rows":
                raise BadInput(self._missing(gaps, q, where))
            table, q = table[:, keep], None if q is None else q[keep]
            if not keep.any():
                return table.T, q, keep
            low, high = table.min(axis=1), table.max(axis=1)
        self._refuse(low, high, where)
        if q is not None and not (q.min() > 0 and q.max() <= LARGEST):
            odd = q.max() if q.min() > 0 else q.min()
            raise BadInput(f"weights of {where} hold {odd:g}; expected numbers above zero: leave out a row of weight 0")
        if self.per_weight and q is not None:
            table[-1] /= q
        return table.T, q, keep

    def _missing(self, gaps: NDArray[np.bool_], q: Vector | None, where: str) -> str:
        counts = {name: int(some.sum()) for name, some in zip((*self.names, self.target), gaps, strict=True)}
        if q is not None:
            counts[str(self.weights)] = int(np.isnan(q).sum())
        which = ", ".join(f"{name!r} ({count})" for name, count in counts.items() if count)
        return (
            f"values are missing in {which} of {where}; fill them, or use --missing drop-rows, which leaves out those "
            "rows, or --missing drop-columns, which leaves out those columns"
        )

    def _refuse(self, low: Vector, high: Vector, where: str) -> None:
        names = (*self.names, self.target)
        for j in np.flatnonzero(~(np.isfinite(low) & np.isfinite(high))):
            raise BadInput(f"the column {names[j]!r} of {where} holds infinity; expected finite numbers")
        sizes = np.maximum(high, -low)
        if sizes.max() > LARGEST:
            name = names[int(sizes.argmax())]
            raise BadInput(
                f"the column {name!r} of {where} holds a value of {sizes.max():g}; expected at most {LARGEST:g}: "
                "change the units"
            )
        small = np.flatnonzero((sizes > 0) & (sizes < SMALLEST))
        if len(small):
            raise BadInput(
                f"the column {names[small[0]]!r} of {where} has {sizes[small[0]]:g} as its largest value; expected "
                f"{SMALLEST:g} or more, or zeros: change the units"
            )


def plan(
    source: Source,
    target: str,
    *,
    features: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    weights: str | None = None,
    missing: str = "refuse",
    reference_levels: bool = False,
    rows: Rows = lambda _n: None,
) -> Plan:
    """Settle what is to be read and how it becomes numbers.

    Args:
        source: the table.
        target: the column to explain.
        features: the columns to explain it by; by default all others.
        drop: the columns to leave out instead.
        weights: the column of row weights.
        missing: "refuse", "drop-rows" or "drop-columns".
        reference_levels: whether a categorical column leaves out its first level.
        rows: called with a number of rows as they are read, where a first pass is needed.

    Raises:
        BadInput: as for a table in memory; a fault of the data is told with the piece that it is in.
    """
    if missing not in MISSING:
        raise BadInput(f"missing is {missing!r}; expected one of {', '.join(MISSING)}")
    features, drop = names_given(features, "features"), names_given(drop, "drop")
    chosen = choose_columns(list(source.types), source.rows, target, features, drop, weights)
    extra = [target] + ([weights] if weights is not None else [])
    kinds = {name: kind_of(source.types[name]) for name in [*chosen, *extra]}
    for name, kind in kinds.items():
        if kind not in ("numbers", "bool") and not (kind == "text" and name in chosen):
            role = "the target" if name == target else "the column of weights" if name == weights else "the column"
            raise BadInput(
                f"{role} {name!r} holds {source.types[name]}; expected numbers: leave it out, or turn it into numbers"
            )
    texts = [name for name in chosen if kinds[name] == "text"]
    notes, gaps, passes = [], Counter[str](), 1
    counted: dict[str, Counter[str]] = {}
    if texts or missing == "drop-columns":
        needs_all = missing != "refuse"
        gaps, counted = _first_pass(source, [*chosen, *extra] if needs_all else texts, texts, missing, rows)
        passes = 2
        decided = " and ".join(["the levels of categories"] * bool(texts) + ["missing values"] * needs_all)
        notes.append(f"A first pass over the data settled {decided}; a second one did the rest.")
    if missing == "drop-columns" and gaps:
        full = [name for name in chosen if not gaps[name]]
        if not full or gaps.keys() & set(extra):
            where = ", ".join(f"{name!r} ({count})" for name, count in gaps.items())
            raise BadInput(f"values are missing in {where}, the target or all columns among them; fill them")
        where = ", ".join(f"{name!r} ({gaps[name]})" for name in chosen if gaps[name])
        notes.append(f"Columns with missing values were left out: {literal(where)}.")
        chosen = full
    levels, names = {}, []
    for name in chosen:
        if name in texts:
            used, told = one_hot(name, set(counted[name]), counted[name].total(), reference=reference_levels)
            levels[name] = tuple(used)
            names += [f"{name}={level}" for level in used]
            notes.append(told)
        else:
            names.append(name)
            notes += [f"{quoted(name)} is true or false: 1 or 0."] * (kinds[name] == "bool")
    return Plan(target, weights, tuple(chosen), levels, tuple(names), missing, tuple(notes), passes)


def _first_pass(
    source: Source, columns: list[str], texts: list[str], missing: str, rows: Rows
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """How many values are missing by column, and how often each level comes by column of text."""
    import narwhals as nw  # imported late: it takes a tenth of a second
    import pyarrow as pa  # type: ignore[import-untyped]  # imported late, as above
    import pyarrow.compute as pc  # type: ignore[import-untyped]  # imported late, as above

    gaps: Counter[str] = Counter()
    counted: dict[str, Counter[str]] = {name: Counter() for name in texts}
    for batch in read_ahead(batch for piece in source.pieces for batch in source.batches(piece, columns)):
        table = pa.Table.from_batches([batch])
        frame = nw.from_native(table, eager_only=True)
        holes = {name: is_missing(frame[name]) for name in columns}
        gaps.update({name: int(hole.sum()) for name, hole in holes.items() if hole.any()})
        if missing == "drop-rows":
            table = table.filter(pa.array(~np.any(list(holes.values()), axis=0)))
        for name in texts:
            found = pc.value_counts(pc.cast(table[name], pa.string()))
            counted[name].update(
                {one["values"]: one["counts"] for one in found.to_pylist() if one["values"] is not None}
            )
            if len(counted[name]) > MOST_KEPT:
                break
        rows(batch.num_rows)
        if any(len(one) > MOST_KEPT for one in counted.values()):
            break  # too many for a category, which is said in a moment
    return gaps, counted


def _values(column: Any, name: str, role: str, where: str) -> Vector:
    """A column as floats, NaN where a value is missing."""
    import pyarrow.types as t  # type: ignore[import-untyped]  # imported late: it takes a fifth of a second

    if t.is_floating(column.type):
        values: Vector = column.to_numpy(zero_copy_only=False)
        return values
    import narwhals as nw  # imported late: it takes a tenth of a second

    there = np.ones(len(column), dtype=bool)
    if column.null_count:
        there = np.asarray(column.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
        column = column.drop_null()
    found = np.full(len(there), np.nan)
    if len(column):
        import pyarrow as pa  # imported late, as above

        series = nw.from_native(pa.chunked_array([column]), series_only=True)
        try:
            found[there] = numeric(series, name, np.ones(len(column), dtype=bool), role)
        except BadInput as error:
            raise BadInput(f"{where}: {error}") from None
    return found


def _hot(column: Any, levels: Sequence[str]) -> Matrix:
    """A row of zeros and ones for each level; NaN where the value is missing."""
    import pyarrow as pa  # imported late: it takes a fifth of a second
    import pyarrow.compute as pc  # imported late, as above

    text = pc.cast(column, pa.string())
    at = pc.fill_null(pc.index_in(text, value_set=pa.array(levels, pa.string())), -1).to_numpy(zero_copy_only=False)
    hot: Matrix = (at == np.arange(len(levels))[:, np.newaxis]).astype(np.float64)
    if text.null_count:
        hot[:, np.asarray(text.is_null().to_numpy(zero_copy_only=False), dtype=bool)] = np.nan
    return hot
