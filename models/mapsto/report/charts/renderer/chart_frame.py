"""What stands around the data of every chart: base lines, ticks, grid lines, and marks with their words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from mapsto.report.charts.axis import Axis
from mapsto.report.charts.label_layout import LETTER, LINE, centred, lines, wide
from mapsto.report.svg import tag
from mapsto.report.text.typeset import drawn
from mapsto.runs.record import MarkRecord

WIDTH = 680.0

type Place = Callable[[float], float]
type Ticks = Sequence[tuple[float, str]]


def room_for(axis: Axis, most: int, measured: int = 5) -> int:
    """How many values fit along an axis, at most ``most``; their width is that of some ``measured`` of them."""
    widest = max((wide(text) for _, text in axis.ticks(measured)), default=LETTER)
    return max(2, min(most, int((axis.end - axis.start) / (widest + 24))))


def base_line(start: float, end: float, y: float) -> Markup:
    """The line that a chart stands on."""
    return tag("line", x1=start, x2=end, y1=y, y2=y, class_="axis")


def upright_base(x: float, top: float, floor: float) -> Markup:
    """The line that bars to both sides start from."""
    return tag("line", x1=x, x2=x, y1=top, y2=floor, class_="axis")


def apart(place: Place, ticks: Ticks, room: Callable[[str], float]) -> list[tuple[float, str]]:
    """The values whose texts do not touch the one before: on a logarithmic axis the last stand close together.

    Args:
        place: where a value is drawn.
        ticks: values in rising order, each with its text.
        room: what a text needs along the axis, in drawing units, with the gap to the next.
    """
    kept: list[tuple[float, str]] = []
    for value, text in ticks:
        if not kept or abs(place(value) - place(kept[-1][0])) >= (room(text) + room(kept[-1][1])) / 2:
            kept.append((value, text))
    return kept


def foot_ticks(place: Place, ticks: Ticks, floor: float, *, length: float = 6, drop: float = 28) -> list[Markup]:
    """A short line below ``floor`` for each value, and the value under it."""
    parts = []
    for value, text in apart(place, ticks, _across):
        x = place(value)
        parts.append(tag("line", x1=x, x2=x, y1=floor, y2=floor + length, class_="axis"))
        parts.append(value_under(x, text, floor + drop))
    return parts


def uprights(place: Place, ticks: Ticks, top: float, floor: float, *, drop: float = 28, log: bool = False) -> Markup:
    """An upright grid line for each value, and the value under it."""
    parts = []
    for value, text in apart(place, ticks, _across):
        x = place(value)
        parts.append(tag("line", x1=x, x2=x, y1=top, y2=floor, class_="zero" if value == 0 and not log else "grid"))
        parts.append(value_under(x, text, floor + drop))
    return tag("g", *parts)


def levels(up: Axis, start: float, end: float, about: int = 5) -> list[Markup]:
    """A level grid line for each value, and the value to the left of it."""
    parts = []
    for value, text in apart(up, up.ticks(about), _upright):
        y = up(value)
        kind = "zero" if value == 0 and not up.log else "grid"
        parts.append(tag("line", x1=start, x2=end, y1=y, y2=y, class_=kind))
        parts.append(tag("text", text, x=start - 8, y=y + 5, text_anchor="end", class_="tx"))
    return parts


def _across(text: str) -> float:
    return wide(text) + LETTER / 2


def _upright(_text: str) -> float:
    return 0.8 * LINE


def value_under(x: float, text: str, y: float, width: float = WIDTH, half: float | None = None) -> Markup:
    """A value's text, centred under its place as far as a frame of ``width`` allows; ``half`` of its own width."""
    at = centred(x, text, width) if half is None else min(max(x, half), width - half)
    return tag("text", text, x=at, y=y, text_anchor="middle", class_="tx")


def upright_zero(x: float, top: float, floor: float) -> Markup:
    """The line over zero in a small figure, which has no grid."""
    return tag("line", x1=x, x2=x, y1=top, y2=floor, class_="zero")


def level_zero(start: float, end: float, y: float) -> Markup:
    """The level that a small figure's curves keep to, which has no grid."""
    return tag("line", x1=start, x2=end, y1=y, y2=y, class_="zero")


def between_rows(y: float) -> Markup:
    """The line between two rows whose names stand above them."""
    return tag("line", x1=0.0, x2=WIDTH, y1=y, y2=y, class_="grid")


def across_axis(across: Axis, up: Axis) -> Markup:
    """The line along the foot, its ticks and their values."""
    ticks = across.ticks(room_for(across, 7))
    return tag("g", base_line(across.start, across.end, up.start), *foot_ticks(across, ticks, up.start))


def up_axis(across: Axis, up: Axis, about: int = 5) -> Markup:
    """The level lines and their values, about so many."""
    return tag("g", *levels(up, across.start, across.end, about))


def span(x: float, text: str, left: float) -> tuple[float, float]:
    """Where a mark's words go: centred on its line as far as the frame allows."""
    room = min(wide(text), WIDTH - left)
    start = min(max(x - room / 2, 0.0), WIDTH - room)
    return start, start + room


def mark_line(mark: MarkRecord, y: float, across: Axis, up: Axis) -> Markup:
    """An upright line from under its words at ``y`` down to the axis."""
    return upright_mark(across(mark.at), y + 6, up.start)


def upright_mark(x: float, top: float, floor: float) -> Markup:
    """The upright line of a mark."""
    return tag("line", x1=x, x2=x, y1=top, y2=floor, class_="mark")


def cursor(x: float, top: float, floor: float, dots: Sequence[tuple[float, float]]) -> list[Markup]:
    """The upright line through one place of several panels; each dot is a height on it and its radius."""
    line = tag("line", x1=x, x2=x, y1=top, y2=floor, class_="mode-line")
    return [line, *(tag("circle", cx=x, cy=y, r=f"{radius:g}", class_="mode-dot") for y, radius in dots)]


def mark_words(mark: MarkRecord, start: float, y: float, across: Axis) -> Markup:
    """The words of an upright line, above the plot at ``y``."""
    x, label = across(mark.at), mark.label
    words = lines(label, WIDTH - across.start, most=1)
    anchor, at = ("middle", x) if start < x - 1 < start + wide(label) - 2 else ("start", start)
    if anchor == "middle" and abs(start + wide(label) / 2 - x) > 1:  # pushed aside by the frame
        anchor, at = ("start", start) if start == 0 else ("end", WIDTH)
    return tag(
        "g",
        *(tag("text", drawn(text), x=at, y=y, text_anchor=anchor, class_="tx strong halo") for text in words),
    )


def marks_level(marks: Sequence[MarkRecord], across: Axis, up: Axis) -> list[Markup]:
    """Level lines, each with its words above it at the right, moved apart where they would overlap."""
    shown, taken = [], up.end - LINE
    for mark in sorted(marks, key=lambda m: up(m.at)):
        y = up(mark.at)
        shown.append(tag("line", x1=across.start, x2=across.end, y1=y, y2=y, class_="mark"))
        taken = max(y - 6, taken + LINE)
        words = lines(mark.label, across.end - across.start, most=1)
        shown += [
            tag("text", drawn(w), x=across.end - 4, y=taken, text_anchor="end", class_="tx strong halo") for w in words
        ]
    return shown
