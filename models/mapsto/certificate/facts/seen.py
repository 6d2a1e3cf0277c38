"""One comparison within a check, and how many of them become one named check."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mapsto.certificate.checks import Check


@dataclass(frozen=True)
class Seen:
    """One comparison: what was observed, how much is allowed, and where.

    Attributes:
        observed: a size, in units of the quantity; NaN fails.
        allowed: what rounding, truncation or a Monte Carlo error explain.
        where: the point, and what was compared there.
        left_out: what was not compared, and why.
    """

    observed: float
    allowed: float
    where: str
    left_out: str = ""

    @property
    def fine(self) -> bool:
        """Whether the observed size is allowed."""
        return bool(self.observed <= self.allowed)

    @property
    def ratio(self) -> float:
        """Observed over allowed: infinite where nothing is allowed and something observed, or for NaN."""
        if self.fine:
            return self.observed / self.allowed if self.allowed > 0 and math.isfinite(self.allowed) else 0.0
        return self.observed / self.allowed if self.allowed > 0 and self.observed < math.inf else math.inf


Comparisons = Iterator[Seen]


def holds(truth: bool, where: str) -> Seen:
    """A comparison of something that is either so or not."""
    return Seen(float(not truth), 0.0, where)


def as_check(name: str, comparisons: Iterable[tuple[str, Seen]]) -> Check:
    """The worst of many comparisons, each with the example it was made at, as one check."""
    worst, at, ratio = None, "", -1.0
    left_out: dict[str, None] = {}
    for example, seen in comparisons:
        if seen.left_out:
            left_out[seen.left_out] = None
        if worst is None or seen.ratio > ratio:
            worst, at, ratio = seen, example, seen.ratio
    if worst is None:
        return Check(name, 0.0, 0.0, "does not apply")
    told = (at,) if worst.fine else (at, worst.where)
    where = ": ".join(part for part in told if part) or "all of it"
    silent = f"; NOT compared: {'; '.join(left_out)}" if left_out else ""
    return Check(name, worst.observed, worst.allowed, where + silent)
