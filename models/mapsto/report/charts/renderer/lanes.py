"""Values in rows, each in a lane of its own and said as data: bars, ranges, dots with their intervals, ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from mapsto.report.charts.axis import Axis
from mapsto.report.svg import tag
from mapsto.runs.record import Number

ARROW = 12.0  # the height of an arrow where its lane has room for it


@dataclass(frozen=True)
class Lane:
    """One value, and how it is shown.

    Attributes:
        kind: a bar from ``bottom`` (or else from zero) to the value; a band from the value to ``top``; a dot, with its
            interval from ``bottom`` to ``top``; or an upright line as high as the lane.
        value: None where there is none, which the drawing then says.
        y: the middle of the lane, in drawing units.
        height: of the bar, of the upright line, or what an arrow has room in; drawing units.
        style: the classes that give it its colour and pattern.
        bottom: the lower end, or None.
        top: the upper end, or None.
        least: a bar is drawn at least so long, in drawing units.
        key: the id by which a script finds it.
    """

    kind: Literal["bars", "band", "points", "upright"]
    value: Number
    y: float
    height: float
    style: str
    bottom: Number = None
    top: Number = None
    least: float = 1.0
    key: str | None = None


def draw_lanes(lanes: Sequence[Lane], across: Axis) -> list[Markup]:
    """Each lane's value along ``across``, held within its ends."""
    return [_drawn(lane, lane.value, across) for lane in lanes]


def _drawn(lane: Lane, value: Number, across: Axis) -> Markup:
    if lane.kind == "upright":
        return _upright(lane, value, across) if across.can_draw(value) else Markup("")
    if not across.can_draw(value):
        if lane.kind == "bars" and value == 0:
            return Markup("")  # on a logarithmic axis
        return tag("text", "no value", x=across.start + 6, y=lane.y + 5, class_="tx")
    if lane.kind == "bars":
        return _bar(lane, value, across)
    if lane.kind == "band":
        return _stroke(value, lane.top if across.can_draw(lane.top) else value, lane, across, " wide")
    dot = _dot_or_arrow(across(value), lane, across)
    if lane.top is None and lane.bottom is None:
        return tag("g", dot)
    low, high = (end if across.can_draw(end) else value for end in (lane.bottom, lane.top))
    return tag("g", _stroke(low, high, lane, across), dot)


def _bar(lane: Lane, value: float, across: Axis) -> Markup:
    if lane.bottom is None and value == 0 and not across.log:
        return Markup("")  # not even a sliver
    base = lane.bottom if lane.bottom is not None else None if across.log else 0.0
    ends = across.start if base is None else _held(base, across), _held(value, across)
    x, width = min(ends), max(abs(ends[1] - ends[0]), lane.least)
    if base is not None and value < base:
        x = max(ends) - width  # a sliver keeps to the side of its sign
    y = lane.y - lane.height / 2
    return tag("rect", x=x, y=y, width=width, height=lane.height, class_=f"bars {lane.style}", id=lane.key)


def _stroke(low: float, high: float, lane: Lane, across: Axis, wide: str = "") -> Markup:
    ends = _held(low, across), _held(high, across)
    return tag("line", x1=ends[0], x2=ends[1], y1=lane.y, y2=lane.y, class_=f"whisker{wide} {lane.style}")


def _upright(lane: Lane, value: float, across: Axis) -> Markup:
    x, half = _held(value, across), lane.height / 2
    return tag("line", x1=x, x2=x, y1=lane.y - half, y2=lane.y + half, class_=lane.style)


def _dot_or_arrow(x: float, lane: Lane, across: Axis) -> Markup:
    """A dot, or at the edge an arrow that points at a value beyond it."""
    low, high = sorted((across.start, across.end))
    if low - 0.5 <= x <= high + 0.5:
        return tag("path", d=f"M{x:.1f} {lane.y:.1f}h0", class_=f"dots {lane.style}")
    tall = min(ARROW, 0.8 * lane.height)
    edge, back = (high, -tall * 5 / 6) if x > high else (low, tall * 5 / 6)
    shape = f"M{edge:.1f} {lane.y:.1f}l{back:.3g} {-tall / 2:.3g}v{tall:.3g}z"
    return tag("path", d=shape, class_=f"bars {lane.style} arrow")


def _held(value: float, across: Axis) -> float:
    return min(max(across(value), across.start), across.end)
