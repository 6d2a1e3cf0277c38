"""The checked table: rows, or the statistics of rows that are somewhere else."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mapsto.data.moments import Moments
from mapsto.data.numbers import real_numbers, refuse_range
from mapsto.data.row_sample import RowSample, Sampler
from mapsto.data.statistics import Matrix, SufficientStatistics, Vector
from mapsto.data.sweeps import Blocks, BlockSweeps, Sweeps
from mapsto.errors import BadInput, unwritable

MOST_COPIED = 1 << 22  # numbers: 32 MB


@dataclass(frozen=True, eq=False)
class Table:
    """Columns X, a response y and perhaps weights; every statistic is computed from them and from nothing else.

    Make one with :meth:`from_rows` or :meth:`from_statistics`, which check what they are given.

    Attributes:
        features: a name for each column.
        target: the name of y.
        intercept: whether the model has a free (flat) intercept.
        X: the rows, shape (n, p), or None where only statistics are at hand.
        y: the responses, shape (n,), or None likewise.
        weights: q_i > 0 of each row, shape (n,), or None for equal ones.
        summarised: the statistics of rows that are somewhere else, or None where the rows are here.
        sample: some of those rows, or None.
        weights_seen: the least and the largest weight of rows that are somewhere else, or None where they have none.
        sweeps: passes over those rows, or None where only their statistics and the sample are left.
    """

    features: tuple[str, ...]
    target: str
    intercept: bool = True
    X: Matrix | None = None
    y: Vector | None = None
    weights: Vector | None = None
    summarised: SufficientStatistics | None = None
    sample: RowSample | None = None
    weights_seen: tuple[float, float] | None = None
    sweeps: Sweeps | None = None

    def __post_init__(self) -> None:
        if (self.X is None) == (self.summarised is None) or (self.X is None) != (self.y is None):
            raise BadInput("a table has either rows (X and y) or their statistics; pass one of the two")
        if self.summarised is not None:
            fits = self.weights is None and self.intercept == self.summarised.centred
            p = self.summarised.p
        else:
            assert self.X is not None
            assert self.y is not None
            n, p = self.X.shape
            fits = self.y.shape == (n,) and (self.weights is None or self.weights.shape == (n,))
        if not fits or p != len(self.features):
            raise BadInput(
                "the parts of the table do not belong together: expected one name a column, and one response and one "
                "weight (if any) a row"
            )

    @classmethod
    def from_rows(
        cls,
        X: Any,
        y: Any,
        *,
        features: Sequence[str] | None = None,
        target: str | None = None,
        intercept: bool = True,
        weights: Any = None,
    ) -> Table:
        """Check rows.

        An array of more than :data:`MOST_COPIED` numbers is not copied. Its statistics and its fingerprint are taken at
        once, so a later change to it moves no fit; predictions, and what else needs the rows, would follow the change.

        Args:
            X: numbers of shape (n, p): an array, or a data frame whose column names are taken over.
            y: numbers of shape (n,).
            features: names for the columns; by default the data frame's, or x0, x1, ...
            target: name of y; by default its own ``name``, or "y".
            intercept: whether the model has a free (flat) intercept.
            weights: q_i > 0, shape (n,); None for equal ones.

        Raises:
            BadInput: a table that is empty, has one row, or holds text, NaN or infinity; a constant target;
                names that are repeated or too few; weights that are not positive numbers.
        """
        own = getattr(y, "name", None)
        (target,) = names_of([target if target is not None else "y" if own is None or own == "" else own], 1)
        shared = isinstance(X, np.ndarray) and X.size > MOST_COPIED
        rows, response = real_numbers(X, "X", copy=not shared), real_numbers(y, "y")
        if rows.ndim != 2:
            raise BadInput(f"X has shape {rows.shape}; expected rows and columns: pass a table of shape (n, p)")
        if response.shape != rows.shape[:1]:
            raise BadInput(f"y has shape {response.shape} and X has {len(rows)} rows; pass one number for each row")
        if rows.size == 0:
            raise BadInput(f"the table is empty: X has shape {rows.shape}; pass at least two rows and one column")
        if len(rows) == 1:
            raise BadInput("the table has one row, which says nothing about a spread; pass at least two rows")
        names = names_of(features if features is not None else getattr(X, "columns", None), rows.shape[1])
        _refuse_gaps(rows, "X", names)
        _refuse_gaps(response[:, np.newaxis], "y", (target,))
        if np.ptp(response) == 0:
            raise BadInput(
                f"the target is constant (every value is {response[0]:g}), so there is nothing to explain; "
                "check which column is the target"
            )
        checked = None if weights is None else _weights(weights, len(rows))
        table = cls(names, target, bool(intercept), rows, response, checked)
        if shared:
            with ThreadPoolExecutor(1) as other:  # neither needs the interpreter's lock
                fingerprint = other.submit(lambda: table.sha256)
                table.statistics  # noqa: B018 - kept from now on
                fingerprint.result()
        return table

    @classmethod
    def from_statistics(
        cls, statistics: SufficientStatistics, *, features: Sequence[str] | None = None, target: str = "y"
    ) -> Table:
        """The table of rows that are somewhere else, or too many to keep.

        Raises:
            BadInput: names that are repeated or too few.
        """
        names, (target,) = names_of(features, statistics.p), names_of([target], 1)
        return cls(names, target, statistics.centred, summarised=statistics)

    @classmethod
    def from_blocks(
        cls, blocks: Blocks, *, features: Sequence[str] | None = None, target: str = "y", intercept: bool = True
    ) -> Table:
        """The table of rows that ``blocks`` makes anew for each pass, of which a sample is kept; see :class:`Sweeps`.

        Raises:
            BadInput: see :meth:`SufficientStatistics.from_blocks`; names that are repeated or too few.
        """
        sampler, seen = Sampler(1), [np.inf, -np.inf]

        def sampled() -> Iterable[tuple[Any, ...]]:
            first = 0
            for X, y, *rest in blocks():
                yield X, y, *rest  # which refuses what cannot be used before the sample sees it
                q = np.asarray(rest[0], dtype=np.float64) if rest and rest[0] is not None else None
                if q is not None:
                    seen[:] = [min(seen[0], float(q.min())), max(seen[1], float(q.max()))]
                sampler.begin(first)
                sampler.add(np.column_stack([X, y]).astype(np.float64), q, None)
                first += len(y)

        statistics = SufficientStatistics.from_blocks(sampled(), centred=intercept)
        assert sampler.sample is not None
        return replace(
            cls.from_statistics(statistics, features=features, target=target),
            sample=sampler.sample.in_order(),
            weights_seen=(seen[0], seen[1]) if seen[0] < np.inf else None,
            sweeps=BlockSweeps(blocks),
        )

    @cached_property
    def statistics(self) -> SufficientStatistics:
        """What least squares needs of the rows; for a Gaussian likelihood, all that is in them."""
        if self.summarised is not None:
            return self.summarised
        assert self.X is not None
        assert self.y is not None
        return SufficientStatistics.from_rows(self.X, self.y, centred=self.intercept, weights=self.weights)

    @cached_property
    def moments(self) -> Moments:
        """Means and lengths of the columns and the response, without the factor of least squares."""
        if self.X is None or self.y is None:
            return Moments.of_statistics(self.statistics)
        return Moments.of_rows(self.X, self.y, self.weights, centred=self.intercept)

    @property
    def at_hand(self) -> RowSample | None:
        """The rows for what needs them: all of them, else the sample; None where there is neither."""
        if self.X is None or self.y is None:
            return self.sample
        return RowSample(np.zeros(len(self.y)), np.arange(len(self.y)), self.X, self.y, self.weights)

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.statistics.n if self.y is None else len(self.y)

    @property
    def p(self) -> int:
        """Number of columns."""
        return len(self.features)

    @property
    def q(self) -> Vector:
        """The weights of the rows, shape (n,); ones where they have none."""
        return np.ones(self.n) if self.weights is None else self.weights

    @property
    def rows(self) -> tuple[Matrix, Vector]:
        """X and y.

        Raises:
            BadInput: only the statistics are at hand.
        """
        if self.X is None or self.y is None:
            raise BadInput("the rows are gone and only their statistics are left; pass the rows themselves")
        return self.X, self.y

    def predictor(self, w: Vector, b: float) -> Vector:
        """The linear predictor b + X w of each row, shape (n,)."""
        eta: Vector = b + self.rows[0] @ w
        return eta

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of the data: names, then X, y and any weights as little-endian doubles (or the statistics)."""
        s = self.summarised
        parts: Iterable[Any] = (
            (self.X, self.y) if s is None else (s.R, s.z, s.x_mean, [s.y_mean, s.residual_sum_of_squares, s.n])
        )
        if self.weights is not None:
            parts = (*parts, self.weights)
        digest = hashlib.sha256("\0".join((*self.features, self.target)).encode())
        for part in parts:
            digest.update(np.ascontiguousarray(part, dtype="<f8").data)
        return digest.hexdigest()


def names_of(given: Any, p: int) -> tuple[str, ...]:
    """``given`` as p different names, or x0, x1, ... where it is None; numbers and tuples become text.

    Raises:
        BadInput: too few names, repeated ones, or one with a character that no file can hold.
    """
    if isinstance(given, str) or not (given is None or isinstance(given, Iterable)):
        raise BadInput(f"the feature names are {given!r}; expected a list with a name for each column")
    names = tuple(f"x{j}" for j in range(p)) if given is None else tuple(str(name) for name in given)
    if len(names) != p:
        raise BadInput(f"{len(names)} feature names came for {p} columns; pass one name for each column")
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise BadInput(f"feature names are repeated ({', '.join(map(repr, repeated))}); give each column its own name")
    for name in names:
        if unwritable(name):
            raise BadInput(f"a column is named {name!r}; a name cannot hold NUL or half a character: rename it")
    return names


def _weights(values: Any, n: int) -> Vector:
    weights: Vector = real_numbers(values, "weights")
    if weights.shape != (n,):
        raise BadInput(f"weights have shape {weights.shape} and X has {n} rows; pass one number for each row")
    _refuse_gaps(weights[:, np.newaxis], "weights", ("weights",))
    if not weights.min() > 0:
        bad = int((weights <= 0).sum())
        raise BadInput(
            f"weights hold {bad} numbers that are not above zero (the least is {weights.min():g}); a row of weight 0 "
            "says nothing: leave it out"
        )
    return weights


def _refuse_gaps(rows: Matrix, label: str, names: Sequence[str]) -> None:
    low, high = float(rows.min()), float(rows.max())  # no array of their size; NaN or infinite where any number is
    if not (np.isfinite(low) and np.isfinite(high)):
        bad = ~np.isfinite(rows)
        where = ", ".join(f"{name!r} ({count})" for name, count in zip(names, bad.sum(axis=0), strict=True) if count)
        raise BadInput(f"{label} holds NaN or infinity in {where}; drop or fill those values first")
    refuse_range(rows, label)
