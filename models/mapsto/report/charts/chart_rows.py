"""A lesson's figure over categories: one row for each, so that their names can be read on any screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

from mapsto.marks import plain
from mapsto.report.answers import at
from mapsto.report.charts.axis import Axis
from mapsto.report.charts.label_layout import LETTER, LINE, lines, name_room, wide
from mapsto.report.charts.palette import is_upright
from mapsto.report.charts.renderer.chart_frame import WIDTH, between_rows, room_for, upright_mark, uprights
from mapsto.report.charts.renderer.lanes import Lane, draw_lanes
from mapsto.report.svg import figure, short, tag
from mapsto.report.text.typeset import drawn
from mapsto.runs.record import FigureRecord, MarkRecord, SeriesRecord

RIGHT = 652.0
BESIDE = 14  # letters of a name that fit beside its row; longer ones go above it
LANE = 15.0
NEXT_TO = 8.0  # a line nearer to the end of a name than this seems to belong to it


def is_categorical(series: Sequence[SeriesRecord]) -> bool:
    """Whether the places along x are names."""
    return any(isinstance(value, str) for one in series for value in one.x)


def row_chart(data: FigureRecord, key: str, styles: Sequence[str]) -> Markup:
    """Draw the figure: a row for each category in order of appearance, a lane within it for each series."""
    series = data.series
    names = list(dict.fromkeys(str(value) for one in series for value in one.x))
    levels = [m for m in data.marks if m.axis == "y"]
    shown = [plain(name) for name in names]
    above = max(map(len, shown)) > BESIDE
    left = 28.0 if above else name_room(shown)
    up = _values(series, levels, data, left)
    head = lines(data.y_label, WIDTH)
    marked = [lines(m.label, WIDTH, most=1) for m in levels]
    top = LINE * (len(head) + len(levels)) + 12
    lanes = [(one, style) for one, style in zip(series, styles, strict=True) if not is_upright(one)]
    row = max(LANE * len(lanes), LINE) + (LINE if above else 8)
    floor = top + row * len(names)

    body = [tag("text", drawn(text), x=0.0, y=LINE * i + 20, class_="tx") for i, text in enumerate(head)]
    body.append(_axis(up, top, floor))
    within: list[Lane] = []
    for i, name in enumerate(names):
        start = top + row * i
        if above and i:
            body.append(between_rows(start))
        first = start + (LINE if above else 4)
        body.append(_name(name, above, left, start, row))
        for lane, (one, style) in enumerate(lanes):
            middle = first + LANE * (lane + 0.5) + max(LINE - LANE * len(lanes), 0.0) / 2
            within += [lane_of(one, k, middle, LANE, LANE - 2, style) for k in _of(one, name)]
        for one in filter(is_upright, series):
            ends = first, start + row - 4
            height = ends[1] - ends[0]
            within += [Lane("upright", one.y[k], sum(ends) / 2, height, "mode-tick") for k in _of(one, name)]
    body += draw_lanes(within, up)
    for i, (mark, words) in enumerate(zip(levels, marked, strict=True)):
        x, start = up(mark.at), LINE * (len(head) + i) + 20
        words_at = [top + row * k for k, name in enumerate(shown) if above and wide(name) + NEXT_TO > x]
        body.append(_level(mark, words, x, start, floor, words_at))
    foot = lines(data.x_label, WIDTH)
    body += [tag("text", drawn(text), x=0.0, y=floor + 32 + LINE * (i + 1), class_="tx") for i, text in enumerate(foot)]
    return figure(key, plain(data.title), plain(data.alt), WIDTH, floor + 42 + LINE * len(foot), body)


def _values(series: Sequence[SeriesRecord], levels: Sequence[MarkRecord], data: FigureRecord, left: float) -> Axis:
    log, fit = data.y_log, data.fit_y
    if fit and fit[0] is not None and fit[1] is not None:
        return Axis(fit[0], fit[1], left, RIGHT, log)
    values = [v for one in series for part in (one.y, one.top, one.bottom) for v in part or []]
    values += [m.at for m in levels]
    if not log and any(one.kind == "bars" for one in series):
        values.append(0.0)
    axis = Axis.over(values, left, RIGHT, log=log, margin=0.04)
    low = 0.0 if not log and min((v for v in values if v is not None), default=0.0) == 0 else axis.low
    return Axis(low, axis.high, left, RIGHT, log)


def _axis(up: Axis, top: float, floor: float) -> Markup:
    return uprights(up, up.ticks(room_for(up, 6)), top, floor, log=up.log)


def _name(name: str, above: bool, left: float, start: float, row: float) -> Markup:
    whole = plain(name)
    cut = short(whole, int(WIDTH / LETTER) if above else BESIDE)
    words, told = (drawn(name), []) if cut == whole else (Markup.escape(cut), [tag("title", whole)])
    if above:
        return tag("text", words, *told, x=0.0, y=start + 20, class_="tx name halo")
    return tag("text", words, *told, x=left - 10, y=start + row / 2 + 6, text_anchor="end", class_="tx name")


def _of(one: SeriesRecord, name: str) -> list[int]:
    return [k for k, value in enumerate(one.x) if str(value) == name]


def lane_of(one: SeriesRecord, k: int, y: float, height: float, thick: float, style: str) -> Lane:
    """The k-th value of a series, in a lane about ``y``; ``thick`` is the height of its bar, if it is one."""
    if one.kind == "bars":
        return Lane("bars", one.y[k], y, thick, style)
    kind: Literal["band", "points"] = "band" if one.kind == "band" else "points"
    return Lane(kind, one.y[k], y, height, style, bottom=at(one.bottom, k), top=at(one.top, k))


def _level(
    mark: MarkRecord, words: Sequence[str], x: float, y: float, floor: float, words_at: Sequence[float]
) -> Markup:
    """A line down at x, with its words above it; left out where the name of a row stands, which starts at these y."""
    room = wide(words[0]) if words else 0.0
    anchor, at = ("start", max(x, 0.0)) if x + room <= WIDTH else ("end", WIDTH) if x < room else ("end", x)
    starts, ends = [y + 6, *(start + LINE for start in words_at)], [*words_at, floor]
    pieces = [(start, end) for start, end in zip(starts, ends, strict=True) if end > start]
    return tag(
        "g",
        *(upright_mark(x, start, end) for start, end in pieces),
        *(tag("text", drawn(w), x=at, y=y, text_anchor=anchor, class_="tx strong halo") for w in words),
    )
