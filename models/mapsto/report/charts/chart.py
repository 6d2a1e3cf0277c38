"""A lesson's figure, given as plain data, as SVG: numbers along both axes; for categories see ``chart_rows``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mapsto.marks import plain
from mapsto.report.charts.axis import Axis
from mapsto.report.charts.chart_rows import is_categorical, row_chart
from mapsto.report.charts.label_layout import LINE, lines, rows_for, wide
from mapsto.report.charts.palette import style_of, swatch
from mapsto.report.charts.renderer.chart_frame import WIDTH, mark_line, mark_words, marks_level, span
from mapsto.report.charts.renderer.panel import Layer, Panel, draw, places
from mapsto.report.svg import figure, tag
from mapsto.report.text.typeset import drawn
from mapsto.runs.record import FigureRecord, Interval, MarkRecord, SeriesRecord

PLOT = 300.0


@dataclass(frozen=True)
class Shown:
    """A figure ready for the page: its drawing, its key, and the words around it."""

    key: str
    title: str
    caption: str
    drawing: Markup
    legend: list[tuple[Markup, str]]


def chart(data: FigureRecord, key: str) -> Shown:
    """Draw one figure.

    Args:
        data: the figure, its words marked text. Values that are not numbers (None) leave a gap.
        key: what the ids in the drawing start with; the page's other drawings have other keys.
    """
    series = data.series
    if is_categorical(series):
        drawing = row_chart(data, key, [style_of(one, i) for i, one in enumerate(series)])
    else:
        drawing = _numeric(data, key)
    legend = [(swatch(one, i), one.label) for i, one in enumerate(series) if one.label.strip()]
    if len(series) == 1 and series[0].label == data.y_label:
        legend = []  # it would say the same twice
    return Shown(key, data.title, data.caption, drawing, legend)


def _numeric(data: FigureRecord, key: str) -> Markup:
    series, marks = data.series, data.marks
    along = [m for m in marks if m.axis == "x"]
    level = [m for m in marks if m.axis == "y"]
    xs = [v for one in series for v in places(one)] + [m.at for m in along]
    x_log, y_log = data.x_log, data.y_log
    up = _vertical(series, level, y_log, data.fit_y)
    left = max(wide(text) for _, text in up.ticks() or [(0.0, "0")]) + 14
    barred = [one for one in series if one.kind == "bars"]
    across = Axis.over(
        xs, left, WIDTH - 16, log=x_log, margin=0.5 / max(_most_places(barred) - 1, 1) if barred else 0.01
    )
    across = Axis(across.low, across.high, left, WIDTH - max(16.0, wide(_last(across)) / 2), x_log)

    head = lines(data.y_label, WIDTH)
    spans = [span(across(m.at), m.label, left) for m in along]
    mark_rows = rows_for(spans)
    top = LINE * (len(head) + max(mark_rows, default=-1) + 1) + 10
    up = Axis(up.low, up.high, top + PLOT, top, y_log)

    body = [tag("text", drawn(text), x=0.0, y=LINE * i + 20, class_="tx") for i, text in enumerate(head)]
    layers = [Layer(one, style_of(one, i)) for i, one in enumerate(series)]
    body += draw(Panel(across, up, layers, foot="ticks", levels=5))
    words = []  # over all lines, so that none crosses them
    for mark, (start, _), row in zip(along, spans, mark_rows, strict=True):
        at = LINE * (len(head) + row) + 22
        body.append(mark_line(mark, at, across, up))
        words.append(mark_words(mark, start, at, across))
    body += words
    body += marks_level(level, across, up)
    foot = lines(data.x_label, WIDTH - left)
    for i, text in enumerate(foot):
        middle = (left + across.end) / 2
        body.append(
            tag(
                "text",
                drawn(text),
                x=middle,
                y=up.start + 30 + LINE * (i + 1),
                text_anchor="middle",
                class_="tx",
            )
        )
    height = up.start + 40 + LINE * len(foot)
    return figure(key, plain(data.title), plain(data.alt), WIDTH, height, body)


def _vertical(series: Sequence[SeriesRecord], level: Sequence[MarkRecord], log: bool, fit: Interval | None) -> Axis:
    """The y axis, not yet placed: the limits asked for, or the data's own with bars standing on zero."""
    if fit and fit[0] is not None and fit[1] is not None:
        return Axis(fit[0], fit[1], 1.0, 0.0, log)
    values = [v for one in series for part in (one.y, one.top, one.bottom) for v in part or []]
    values += [m.at for m in level]
    standing = any(one.kind == "bars" for one in series) and not log
    axis = Axis.over([*values, *([0.0] if standing else [])], 1.0, 0.0, log=log, margin=0.06)
    if standing and min(v for v in [*values, 0.0] if v is not None) == 0:
        return Axis(0.0, axis.high, 1.0, 0.0)
    return axis


def _most_places(barred: Sequence[SeriesRecord]) -> int:
    """How many bars stand beside each other at most."""
    return max((len(one.x) for one in barred), default=0)


def _last(across: Axis) -> str:
    ticks = across.ticks()
    return ticks[-1][1] if ticks else ""
