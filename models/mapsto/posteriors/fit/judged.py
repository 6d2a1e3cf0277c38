"""A check of the fit as it is told: its code, what was seen, how that is judged, and what to try next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["fine", "look", "conflict", "not asked"]

ONE_IN = 0.05
"""A comparison that comes out so seldom under the model itself is worth a look."""


@dataclass(frozen=True)
class FitCheck:
    """One check of the model against the data.

    Attributes:
        code: short and stable, such as "FIT-02".
        name: what is compared.
        level: "fine", "look" (seldom under this model), "conflict" (seldom even for the worst of all the comparisons
            made), or "not asked" where it has no meaning.
        seen: what was seen, a sentence of marked text.
        next: what to try, or "" where nothing is to be done.
    """

    code: str
    name: str
    level: Level
    seen: str
    next: str = ""


@dataclass(frozen=True)
class Seldom:
    """A comparison not yet judged: how probable something as far out is under the model itself, two-sided."""

    code: str
    name: str
    probability: float
    seen: str
    next: str

    def judged(self, asked: int) -> FitCheck:
        """The check, where ``asked`` comparisons are made in all (Bonferroni)."""
        level: Level = (
            "conflict" if self.probability < ONE_IN / asked else "look" if self.probability < ONE_IN else "fine"
        )
        return FitCheck(self.code, self.name, level, self.seen, "" if level == "fine" else self.next)


def two_sided(below: float, above: float, made: int) -> float:
    """Twice the smaller share of ``made`` values at or below, or at or above; at least 2 / (made + 1), at most 1."""
    return min(1.0, 2 * (min(below, above) * made + 1) / (made + 1))
