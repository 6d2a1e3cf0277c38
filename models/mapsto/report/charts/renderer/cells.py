"""A square grid of values between -1 and 1, said as data: the sign of each is a colour, its size how full that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mapsto.report.svg import tag
from mapsto.report.text.numerals import fixed
from mapsto.runs.record import Number


@dataclass(frozen=True)
class Cells:
    """The grid.

    Attributes:
        names: of the rows, which are those of the columns; as they are to be shown.
        values: by row and column; None where there is none. The diagonal says nothing and is drawn so.
        left: where the first column begins, in drawing units.
        top: where the first row begins.
        side: of a cell.
        numbers: whether each cell holds its value in digits.
    """

    names: Sequence[str]
    values: Sequence[Sequence[Number]]
    left: float
    top: float
    side: float
    numbers: bool


def draw_cells(grid: Cells) -> list[Markup]:
    """The cells, with each row's name at its left and each column's above it."""
    body: list[Markup] = []
    for i, name in enumerate(grid.names):
        middle = grid.side * (i + 0.5)
        body.append(tag("text", name, x=grid.left - 8, y=grid.top + middle + 5, text_anchor="end", class_="tx name"))
        x, y = grid.left + middle + 4, grid.top - 8
        body.append(tag("text", name, x=x, y=y, transform=f"rotate(-60 {x:.1f} {y:.1f})", class_="tx name"))
        body += [_cell(grid, i, j) for j in range(len(grid.names))]
    return body


def _cell(grid: Cells, i: int, j: int) -> Markup:
    value, x, y, side = grid.values[i][j], grid.left + grid.side * j, grid.top + grid.side * i, grid.side
    kind = "self" if i == j else "pos" if (value or 0.0) >= 0 else "neg"
    # Never so full that the number in it could not be read, in either theme.
    # The style sheet is allowed by its hash, which style attributes are not; opacity is an attribute of its own.
    strength = None if i == j else f"{0.04 + 0.41 * min(abs(value or 0.0), 1.0):.2f}"
    size = side - 2
    cell = tag("rect", x=x + 1, y=y + 1, width=size, height=size, class_=f"cell {kind}", fill_opacity=strength)
    if not grid.numbers or i == j:
        return tag("g", cell)
    at = {"x": x + side / 2, "y": y + side / 2 + 4}
    return tag("g", cell, tag("text", fixed(value, 2), **at, text_anchor="middle", class_="cell-number"))
