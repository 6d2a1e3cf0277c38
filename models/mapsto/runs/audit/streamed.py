"""A table that was read a piece at a time, as an audit needs it: statistics of all rows, and a sample of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mapsto.data.sources.base import Source
from mapsto.data.sources.checkpoint import Checkpoint
from mapsto.data.sources.plan import Plan, plan
from mapsto.data.sources.reduce import Reduction, reduce_source
from mapsto.data.sources.sweeps import SourceSweeps
from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.errors import BadInput

Reduce = Callable[[Source, Plan], Reduction]
Rows = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Streamed:
    """What is left of a table of which only some rows are kept.

    Attributes:
        plan: how its columns became numbers.
        reduction: what its rows were squeezed into.
        source: the table.
        said: a sentence about its target, or nothing.
        sweeps: passes over its rows, where the likelihood needs more of them than statistics; None where it does not.
    """

    plan: Plan
    reduction: Reduction
    source: Source
    said: str = ""
    sweeps: SourceSweeps | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each column of numbers."""
        return self.plan.names

    @cached_property
    def table(self) -> Table:
        """The checked table.

        Raises:
            BadInput: a constant target, one row, or a column that equals the target.
        """
        s, facts, target = self.reduction.statistics, self.reduction.facts, self.plan.target
        if s.n == 1:
            raise BadInput("the table has one row, which says nothing about a spread; pass at least two rows")
        if facts.low[-1] == facts.high[-1]:
            raise BadInput(
                f"the target is constant (every value is {facts.low[-1]:g}), so there is nothing to explain; "
                "check which column is the target"
            )
        if facts.equal.any():
            name = self.names[int(facts.equal.argmax())]
            raise BadInput(f"the column {name!r} equals the target {target!r} in every row: leave it out with --drop")
        seen = None if self.plan.weights is None else (facts.least, facts.most)
        whole = Table.from_statistics(s, features=self.names, target=target)
        sample = self.reduction.sample.in_order()
        found = Table(whole.features, target, s.centred, summarised=s, sample=sample, weights_seen=seen)
        return replace(found, sweeps=self.sweeps)

    @property
    def _moments(self) -> tuple[Vector, float]:
        """The sd of each column and of the target, rows counting alike, divisor n."""
        s, facts = self.reduction.statistics, self.reduction.facts
        if self.plan.weights is None and s.centred:
            return s.column_norms / np.sqrt(s.n), float(
                np.hypot(np.linalg.norm(s.z), s.residual_sum_of_squares**0.5)
            ) / s.n**0.5
        sds = np.sqrt(facts.squares / facts.kept)
        return sds[:-1], float(sds[-1])

    @property
    def spreads(self) -> Vector:
        """The sd of each column, divisor n, shape (p,)."""
        return self._moments[0]

    @property
    def spread(self) -> float:
        """The sd of the target, divisor n."""
        return self._moments[1]

    @property
    def largest(self) -> Vector:
        """The largest size in each column, shape (p,)."""
        facts = self.reduction.facts
        sizes: Vector = np.maximum(facts.high, -facts.low)[:-1]
        return sizes

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the table, and what is of all rows and what of a sample, in sentences."""
        facts, k = self.reduction.facts, len(self.reduction.sample.y)
        dropped = facts.read - facts.kept
        said = [f"{dropped} of {facts.read} rows were left out: values were missing in them."] if dropped else []
        of = "of all rows" if k == facts.kept else f"of a random sample of {k} rows"
        pieces = f"a piece at a time ({len(self.source.pieces)} pieces, {facts.read} rows)"
        more = [*said, *self.plan.notes, *([self.said] if self.said else [])]
        if self.sweeps is not None:
            return (
                f"The table was read {pieces}. Each step of the search for the mode is a pass over all rows; it began "
                f"at the mode of a random sample of {k}. Mode, its certificate, the curvature there and the Laplace "
                "approximation with its evidence and its verdict are of all rows. There are no draws by NUTS, which "
                "would need the rows in memory, and no scikit-learn fit for the same reason.",
                *more,
            )
        times = "once" if self.plan.passes == 1 else "twice"
        return (
            f"The table was read {times}, {pieces}. Mode, posterior and evidence are of all rows, which the likelihood "
            "needs only as their triangular factor. That is what scikit-learn was given too. Predictions, their "
            f"coverage, leave-one-out errors and what is kept by row are {of}. The rows' own density was not checked "
            "against the factor's, which needs all rows.",
            *more,
        )


def stream(
    source: Source,
    target: str,
    *,
    features: Sequence[str] | None,
    drop: Sequence[str] | None,
    weights: str | None,
    missing: str,
    reference_levels: bool,
    intercept: bool,
    per_weight: bool = False,
    again: bool = False,
    rows: Rows = lambda _n: None,
    checkpoint: Checkpoint | None = None,
    reduce: Reduce | None = None,
) -> Streamed:
    """Read a source into what an audit needs; arguments as of :func:`mapsto.runs.audit.table.table_experiment`.

    ``per_weight`` divides the target by the weights, and ``again`` says that the rows will be passed over again.
    """
    settled = plan(
        source,
        target,
        features=features,
        drop=drop,
        weights=weights,
        missing=missing,
        reference_levels=reference_levels,
    )
    settled = replace(settled, per_weight=per_weight)
    if reduce is not None:
        return Streamed(settled, reduce(source, settled), source)
    reduction = reduce_source(source, settled, centred=intercept, rows=rows, checkpoint=checkpoint)
    return Streamed(settled, reduction, source, sweeps=SourceSweeps(source, settled) if again else None)
