"""A figure as plain data: what a lesson wants shown. How it is drawn is the report's business.

All words are marked text (see ``mapsto.marks``); a label or category that is a column's name stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mapsto.errors import BadInput

Kind = Literal["line", "points", "bars", "band"]
Numbers = Sequence[float] | NDArray[np.float64]
KINDS = ("line", "points", "bars", "band")


@dataclass(frozen=True)
class Series:
    """One curve, cloud of points, row of bars, or band between two curves.

    Attributes:
        label: what the key calls it.
        x: where, shape (m,); numbers (an array, too), or the labels of categories.
        y: heights, shape (m,); the lower edge of a band.
        kind: "line", "points", "bars" or "band".
        top: upper edge of a band, or upper ends of error bars on points; shape (m,).
        bottom: lower ends of error bars on points, shape (m,).
        tone: 1 to 6, a colour of the page's palette; by default in order of appearance.
        dashed: whether a line is broken.
    """

    label: str
    x: Numbers | Sequence[str]
    y: Numbers
    kind: Kind = "line"
    top: Numbers | None = None
    bottom: Numbers | None = None
    tone: int | None = None
    dashed: bool = False

    def __post_init__(self) -> None:
        for name in ("x", "y", "top", "bottom"):
            values = getattr(self, name)
            if hasattr(values, "tolist"):  # an array: a record is plain data
                object.__setattr__(self, name, values.tolist())
        lengths = {len(part) for part in (self.x, self.y, self.top, self.bottom) if part is not None}
        if self.kind not in KINDS or len(lengths) != 1 or not len(self.x):
            raise BadInput(
                f"the series {self.label!r} is {self.kind!r} with parts of lengths {sorted(lengths)}; expected one of "
                f"{', '.join(KINDS)} and as many heights as places, at least one"
            )


@dataclass(frozen=True)
class Mark:
    """A straight line across a figure at ``at``, with a few words: along x by default, else along y."""

    at: float
    label: str
    axis: Literal["x", "y"] = "x"


@dataclass(frozen=True)
class Figure:
    """One figure of a lesson.

    Attributes:
        title: a short name.
        caption: what to see in it, a sentence or two.
        alt: what it shows, for those who do not see it.
        x_label, y_label: what the axes measure, with units.
        series: what is drawn, back to front.
        marks: straight lines with a label.
        x_log, y_log: whether an axis is logarithmic (all values on it are positive).
        fit_y: limits of the y axis where the data's own would hide the point, or None.
    """

    title: str
    caption: str
    alt: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    marks: Sequence[Mark] = ()
    x_log: bool = False
    y_log: bool = False
    fit_y: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.series or not all(text.strip() for text in (self.title, self.caption, self.alt)):
            raise BadInput(f"the figure {self.title!r} needs a title, a caption, an alternative text and a series")
