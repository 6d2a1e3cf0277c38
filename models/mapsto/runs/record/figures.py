"""A lesson's figures as plain data; the checks of what a lesson may ask for are in ``runs/lessons/figure.py``."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from mapsto.runs.record.answers import Interval, Numbers


class SeriesRecord(Struct, frozen=True, kw_only=True):
    """One curve, cloud of points, row of bars, or band between two curves.

    Attributes:
        label: what the key calls it.
        x: where, shape (m,): numbers, or the labels of categories.
        y: heights, shape (m,); the lower edge of a band.
        kind: how it is drawn.
        top: upper edge of a band, or upper ends of error bars on points, shape (m,).
        bottom: lower ends of error bars on points, shape (m,).
        tone: 1 to 6, a colour of the page's palette; None for the next in order.
        dashed: whether a line is broken.
    """

    label: str
    x: list[float | str | None]
    y: Numbers
    kind: Literal["line", "points", "bars", "band"] = "line"
    top: Numbers | None = None
    bottom: Numbers | None = None
    tone: int | None = None
    dashed: bool = False


class MarkRecord(Struct, frozen=True, kw_only=True):
    """A straight line across a figure at ``at`` along the axis named, with a few words."""

    at: float
    label: str
    axis: Literal["x", "y"] = "x"


class FigureRecord(Struct, frozen=True, kw_only=True):
    """One figure.

    Attributes:
        title: a short name.
        caption: what to see in it.
        alt: what it shows, for those who do not see it.
        x_label, y_label: what the axes measure, with units.
        series: what is drawn, back to front.
        marks: straight lines with a label.
        x_log, y_log: whether an axis is logarithmic.
        fit_y: limits of the y axis, or None for those of the data.
    """

    title: str
    caption: str
    alt: str
    x_label: str
    y_label: str
    series: list[SeriesRecord]
    marks: list[MarkRecord] = []
    x_log: bool = False
    y_log: bool = False
    fit_y: Interval | None = None
