"""What stands around a chart's data: axes, and marks with their words."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from mapsto.report.charts.axis import Axis
from mapsto.report.charts.label_layout import LINE, centred, lines, wide
from mapsto.report.svg import tag
from mapsto.report.text.typeset import drawn
from mapsto.runs.record import MarkRecord

WIDTH = 680.0


def across_axis(across: Axis, up: Axis) -> Markup:
    """The line along the foot, its ticks and their values."""
    widest = max((wide(text) for _, text in across.ticks()), default=0.0)
    about = max(2, min(7, int((across.end - across.start) / (widest + 24))))
    parts = [tag("line", x1=across.start, x2=across.end, y1=up.start, y2=up.start, class_="axis")]
    for value, text in across.ticks(about):
        x = across(value)
        parts.append(tag("line", x1=x, x2=x, y1=up.start, y2=up.start + 6, class_="axis"))
        parts.append(tag("text", text, x=centred(x, text, WIDTH), y=up.start + 28, text_anchor="middle", class_="tx"))
    return tag("g", *parts)


def up_axis(across: Axis, up: Axis) -> Markup:
    """The level lines and their values."""
    parts = []
    for value, text in up.ticks():
        y = up(value)
        kind = "zero" if value == 0 and not up.log else "grid"
        parts.append(tag("line", x1=across.start, x2=across.end, y1=y, y2=y, class_=kind))
        parts.append(tag("text", text, x=across.start - 8, y=y + 5, text_anchor="end", class_="tx"))
    return tag("g", *parts)


def span(x: float, text: str, left: float) -> tuple[float, float]:
    """Where a mark's words go: centred on its line as far as the frame allows."""
    room = min(wide(text), WIDTH - left)
    start = min(max(x - room / 2, 0.0), WIDTH - room)
    return start, start + room


def mark_line(mark: MarkRecord, y: float, across: Axis, up: Axis) -> Markup:
    """An upright line from under its words at ``y`` down to the axis."""
    x = across(mark.at)
    return tag("line", x1=x, x2=x, y1=y + 6, y2=up.start, class_="mark")


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
