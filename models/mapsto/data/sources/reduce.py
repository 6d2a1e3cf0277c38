"""Rows of a source, squeezed: its statistics, a sample of its rows, and what was noticed of them, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.accumulator import Accumulator
from mapsto.data.row_sample import RowSample, Sampler
from mapsto.data.sources.base import Piece, Source, identity_of, read_ahead
from mapsto.data.sources.checkpoint import Checkpoint
from mapsto.data.sources.facts import Facts
from mapsto.data.sources.plan import Plan, Rows
from mapsto.data.statistics import SufficientStatistics
from mapsto.errors import BadInput


@dataclass(frozen=True, eq=False)
class Reduction:
    """What is left of rows; merges with ``+``, so parts may be squeezed anywhere.

    Attributes:
        statistics: for a Gaussian likelihood.
        sample: at most :data:`mapsto.data.row_sample.MOST_ROWS` of the rows.
        facts: see :class:`Facts`.
    """

    statistics: SufficientStatistics
    sample: RowSample
    facts: Facts

    def __add__(self, other: Reduction) -> Reduction:
        """Of both sets of rows, those of ``self`` first."""
        return Reduction(self.statistics + other.statistics, self.sample + other.sample, self.facts + other.facts)

    def arrays(self) -> dict[str, Any]:
        """All of it as arrays by name, for a file."""
        parts = {"statistics": self.statistics.arrays(), "sample": self.sample.arrays(), "facts": self.facts.arrays()}
        return {f"{part}/{name}": value for part, one in parts.items() for name, value in one.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Reduction:
        """What :meth:`arrays` made."""
        parts = _parts(arrays, ("statistics", "sample", "facts"))
        statistics = SufficientStatistics.from_arrays(parts["statistics"])
        return cls(statistics, RowSample.from_arrays(parts["sample"]), Facts.from_arrays(parts["facts"]))


class Reducer:
    """Squeezes batches of a source.

    Args:
        plan: how they become numbers.
        centred: whether the model has an intercept.
        seed: what the sample follows from.
        of: how many rows the whole source has.
    """

    def __init__(self, plan: Plan, *, centred: bool, seed: int, of: int) -> None:
        self._plan, self._centred = plan, centred
        self._accumulator = Accumulator(SufficientStatistics, centred=centred)
        self._sampler = Sampler(seed, of)
        self._facts: Facts | None = None
        self._piece: Piece | None = None
        self._unused = 0  # rows that came before any was kept

    def add(self, batch: Any, piece: Piece) -> None:
        """Squeeze an Arrow record batch of ``piece``, the batches of which come one after the other."""
        if piece is not self._piece:
            self._piece = piece
            self._sampler.begin(piece.first)
        rows, q, keep = self._plan.numbers(batch, piece.where)
        if not len(rows):
            self._unused += batch.num_rows
            self._sampler.add(rows, q, keep)
            return
        self._accumulator.add(rows[:, :-1], rows[:, -1], q)
        self._sampler.add(rows, q, keep)
        candidates = np.ones(rows.shape[1] - 1, dtype=bool) if self._facts is None else self._facts.equal
        spread = q is not None or not self._centred
        mine = Facts.of(rows, q, batch.num_rows, candidates, spread)
        self._facts = mine if self._facts is None else self._facts + mine

    @property
    def reduction(self) -> Reduction | None:
        """Of all rows so far; None if none was kept."""
        s, sample, facts = self._accumulator.statistics, self._sampler.sample, self._facts
        if s is None or sample is None or facts is None:
            return None
        return Reduction(s, sample, facts)

    @property
    def rows(self) -> int:
        """How many rows came."""
        return self._unused + (0 if self._facts is None else self._facts.read)

    def arrays(self) -> dict[str, Any]:
        """All that :meth:`resume` needs, as arrays by name."""
        found = {f"accumulator/{name}": value for name, value in self._accumulator.arrays().items()}
        found["unused"] = np.asarray(self._unused)
        if self._facts is not None:
            found |= {f"facts/{name}": value for name, value in self._facts.arrays().items()}
        if self._sampler.sample is not None:
            found |= {f"sample/{name}": value for name, value in self._sampler.sample.arrays().items()}
        return found

    def resume(self, arrays: Mapping[str, Any]) -> None:
        """Go on from what :meth:`arrays` gave."""
        parts = _parts(arrays, ("accumulator", "facts", "sample"))
        self._accumulator = Accumulator.resumed(SufficientStatistics, parts["accumulator"], centred=self._centred)
        self._unused = int(arrays["unused"])
        self._facts = Facts.from_arrays(parts["facts"]) if parts["facts"] else None
        self._sampler.resume(RowSample.from_arrays(parts["sample"]) if parts["sample"] else None)


def reduce_source(
    source: Source,
    plan: Plan,
    *,
    centred: bool,
    seed: int = 1,
    rows: Rows = lambda _n: None,
    checkpoint: Checkpoint | None = None,
) -> Reduction:
    """Squeeze a source, one piece after the other.

    Args:
        source: the table.
        plan: how it becomes numbers.
        centred: whether the model has an intercept.
        seed: what the sample of rows follows from.
        rows: called with a number of rows as they are done.
        checkpoint: where to go on from, and what to keep up to date; None for neither.

    Raises:
        BadInput: a piece that cannot be read or used, which is named; a checkpoint of something else, or one that
            cannot be written; no row is left.
    """

    def what(pieces: int) -> str:  # a piece that is still to come may be mended
        return f"{identity_of(source.pieces[:pieces])} {len(source.pieces)} {plan} {centred} {seed}"

    reducer, done = Reducer(plan, centred=centred, seed=seed, of=source.rows), 0
    if checkpoint is not None:
        found = checkpoint.read(what)
        if found is not None:
            done, arrays = found
            reducer.resume(arrays)
            rows(reducer.rows)
    for piece, batch, last in read_ahead(batches_of(source, source.pieces[done:], plan)):
        reducer.add(batch, piece)
        rows(batch.num_rows)
        if last:
            done += 1
            if checkpoint is not None and done < len(source.pieces):
                checkpoint.write(what(done), done, reducer.rows, reducer.arrays)
    found_all = reducer.reduction
    if found_all is None:
        raise BadInput(
            f"no row of {source.name} is left; each has a missing value: leave out columns with many (--drop)"
        )
    if checkpoint is not None:
        checkpoint.remove()
    return found_all


def reduce_pieces(
    source: Source, pieces: Iterable[Piece], plan: Plan, *, centred: bool, seed: int, of: int
) -> Reduction | None:
    """Squeeze some pieces of a source of ``of`` rows, such as those of one worker; None if no row is left."""
    reducer = Reducer(plan, centred=centred, seed=seed, of=of)
    for piece in pieces:
        for batch in source.batches(piece, plan.columns):
            reducer.add(batch, piece)
    return reducer.reduction


def batches_of(source: Source, pieces: Iterable[Piece], plan: Plan) -> Iterator[tuple[Piece, Any, bool]]:
    """Batches in order, each with its piece, and whether it is the last of it."""
    for piece in pieces:
        held = None
        for batch in source.batches(piece, plan.columns):
            if held is not None:
                yield piece, held, False
            held = batch
        if held is not None:
            yield piece, held, True


def _parts(arrays: Mapping[str, Any], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The arrays of each part, whose names begin with its own."""
    return {
        part: {name.removeprefix(f"{part}/"): value for name, value in arrays.items() if name.startswith(f"{part}/")}
        for part in names
    }
