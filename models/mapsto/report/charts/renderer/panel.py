"""A pair of axes and what is drawn over it, said as data; and the one function that draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from markupsafe import Markup

from mapsto.report.charts.axis import Axis
from mapsto.report.charts.renderer import strokes
from mapsto.report.charts.renderer.chart_frame import across_axis, base_line, level_zero, up_axis, upright_zero
from mapsto.report.svg import tag
from mapsto.runs.record import Number, SeriesRecord


@dataclass(frozen=True)
class Layer:
    """One series, and the classes that give it its colour and pattern."""

    series: SeriesRecord
    style: str


@dataclass(frozen=True)
class Panel:
    """What a drawing shows over one pair of axes.

    Attributes:
        across: the axis along the foot, placed.
        up: the upright axis, placed.
        layers: the series, the lowest first.
        foot: the line at the foot: none, the line alone, or with ticks and values.
        levels: about how many level lines with values; none at 0.
        zero_across: whether zero is marked by an upright line, where the panel holds it.
        level: a value of ``up`` that the series keep to, marked by a level line.
    """

    across: Axis
    up: Axis
    layers: Sequence[Layer]
    foot: Literal["none", "line", "ticks"] = "none"
    levels: int = 0
    zero_across: bool = False
    level: float | None = None


def draw(panel: Panel) -> list[Markup]:
    """The panel's axes, and its series over them."""
    across, up = panel.across, panel.up
    body: list[Markup] = []
    if panel.level is not None:
        body.append(level_zero(across.start, across.end, up(panel.level)))
    if panel.foot == "line":
        body.append(base_line(across.start, across.end, up.start))
    if panel.foot == "ticks":
        body.append(across_axis(across, up))
    if panel.levels:
        body.append(up_axis(across, up, panel.levels))
    if panel.zero_across and across.low < 0 < across.high:
        body.append(upright_zero(across(0), up.end, up.start))
    return body + [_drawn(layer, panel) for layer in panel.layers]


def places(one: SeriesRecord) -> list[Number]:
    """The places along x of a series that is not categorical."""
    return [value for value in one.x if not isinstance(value, str)]


def _drawn(layer: Layer, panel: Panel) -> Markup:
    one, style, across, up = layer.series, layer.style, panel.across, panel.up
    x, y, top, bottom = places(one), one.y, one.top, one.bottom
    if one.kind == "band":
        return strokes.band(x, y, top or y, across, up, f"band-area {style}")
    if one.kind == "bars":
        barred = [other for other in panel.layers if other.series.kind == "bars"]
        width = 0.86 * _gap(x, across) / len(barred)
        shift = width * (next(k for k, other in enumerate(barred) if other is layer) - (len(barred) - 1) / 2)
        return strokes.bars(x, y, across, up, width, shift, f"bars {style}")
    if one.kind == "points":
        dots = strokes.points(x, y, across, up, f"dots {style}")
        if top or bottom:
            return tag("g", strokes.whiskers(x, bottom or y, top or y, across, up, f"whisker {style}"), dots)
        return dots
    return strokes.line(x, y, across, up, f"line {style}")


def _gap(x: Sequence[Number], across: Axis) -> float:
    """The smallest distance between two bars, in drawing units."""
    placed = sorted({across(v) for v in x if v is not None and across.can_draw(v)})
    return min((b - a for a, b in pairwise(placed)), default=(across.end - across.start) / 3)
