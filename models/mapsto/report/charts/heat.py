"""Correlations of the coefficients under the posterior: a grid while it can be read, else the strongest pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest

from markupsafe import Markup

from mapsto.report.charts.label_layout import name_room
from mapsto.report.charts.renderer.cells import Cells, draw_cells
from mapsto.report.svg import figure, short
from mapsto.report.text.numerals import fixed

WIDTH, RIGHT = 680.0, 676.0
LETTERS = 9  # of a name beside the grid; the tables hold it whole
MOST_COLUMNS = 20
NUMBERS_UP_TO = 12


@dataclass(frozen=True)
class Pair:
    """Two coefficients and their correlation."""

    first: str
    second: str
    value: float

    @property
    def shown(self) -> str:
        """The correlation as text."""
        return fixed(self.value, 2)


def strongest(matrix: Sequence[Sequence[float | None]] | None, names: Sequence[str], most: int = 8) -> list[Pair]:
    """The pairs that move most together or most against each other."""
    if not matrix:
        return []
    pairs = ((i, j, value) for i, row in enumerate(matrix) for j, value in enumerate(row[:i]) if value is not None)
    return [Pair(names[i], names[j], value) for i, j, value in nlargest(most, pairs, key=lambda pair: abs(pair[2]))]


def heat(matrix: Sequence[Sequence[float | None]] | None, names: Sequence[str]) -> Markup | None:
    """Draw the grid, or None where there is no matrix or it has too many columns to be read."""
    if not matrix or not 1 < len(names) <= MOST_COLUMNS:
        return None
    # A few columns must not make cells the size of a hand.
    shown = [short(name, LETTERS) for name in names]
    left = name_room(shown)
    side = min((RIGHT - left) / len(names), 60.0)
    top = 0.9 * left + 10
    grid = Cells(shown, matrix, left, top, side, numbers=len(names) <= NUMBERS_UP_TO)
    pairs = ", ".join(f"{short(p.first, 30)} with {short(p.second, 30)} {p.shown}" for p in strongest(matrix, names, 5))
    return figure(
        "heat-svg",
        "Correlations of the coefficients under the posterior",
        f"A grid of {len(names)} by {len(names)} cells. The strongest pairs: {pairs}.",
        WIDTH,
        top + side * len(names) + 6,
        draw_cells(grid),
    )
