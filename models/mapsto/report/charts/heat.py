"""Correlations of the coefficients under the posterior: a grid while it can be read, else the strongest pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest

from markupsafe import Markup

from mapsto.report.charts.label_layout import name_room
from mapsto.report.svg import figure, short, tag
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
    body: list[Markup] = []
    for i, name in enumerate(shown):
        middle = side * (i + 0.5)
        body.append(tag("text", name, x=left - 8, y=top + middle + 5, text_anchor="end", class_="tx name"))
        x, y = left + middle + 4, top - 8
        body.append(tag("text", name, x=x, y=y, transform=f"rotate(-60 {x:.1f} {y:.1f})", class_="tx name"))
        for j in range(len(names)):
            body.append(_cell(matrix[i][j], left + side * j, top + side * i, side, i == j, len(names)))
    pairs = ", ".join(f"{short(p.first, 30)} with {short(p.second, 30)} {p.shown}" for p in strongest(matrix, names, 5))
    return figure(
        "heat-svg",
        "Correlations of the coefficients under the posterior",
        f"A grid of {len(names)} by {len(names)} cells. The strongest pairs: {pairs}.",
        WIDTH,
        top + side * len(names) + 6,
        body,
    )


def _cell(value: float | None, x: float, y: float, side: float, diagonal: bool, columns: int) -> Markup:
    kind = "self" if diagonal else "pos" if (value or 0.0) >= 0 else "neg"
    # Never so full that the number in it could not be read, in either theme.
    # The style sheet is allowed by its hash, which style attributes are not; opacity is an attribute of its own.
    strength = None if diagonal else f"{0.04 + 0.41 * min(abs(value or 0.0), 1.0):.2f}"
    parts = [
        tag(
            "rect",
            x=x + 1,
            y=y + 1,
            width=side - 2,
            height=side - 2,
            class_=f"cell {kind}",
            fill_opacity=strength,
        )
    ]
    if columns <= NUMBERS_UP_TO and not diagonal:
        parts.append(
            tag(
                "text",
                fixed(value, 2),
                x=x + side / 2,
                y=y + side / 2 + 4,
                text_anchor="middle",
                class_="cell-number",
            )
        )
    return tag("g", *parts)
