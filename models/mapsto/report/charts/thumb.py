"""A figure the size of a stamp, for the index: its shape alone, no words."""

from __future__ import annotations

from markupsafe import Markup
from msgspec.structs import replace

from mapsto.report.charts.axis import Axis
from mapsto.report.charts.chart_rows import is_categorical, lane_of
from mapsto.report.charts.palette import TONES
from mapsto.report.charts.renderer.lanes import draw_lanes
from mapsto.report.charts.renderer.panel import Layer, Panel, draw, places
from mapsto.report.svg import small_drawing
from mapsto.runs.record import FigureRecord, Interval, Record, SeriesRecord

WIDTH, HEIGHT, EDGE = 144.0, 90.0, 5.0
MOST_SERIES, MOST_PLACES, MOST_ROWS = 8, 90, 12


def thumbnail(record: Record) -> Markup | None:
    """The record's first figure, or else its picture, or its posterior densities, or None."""
    picture = record.picture
    if record.figures:
        body = _of_figure(record.figures[0])
    elif picture and picture.grid:
        heights = ((picture.prior, 2), (picture.likelihood, 4), (picture.posterior, 1))
        body = _lines([SeriesRecord(label="", x=[*picture.grid], y=y, tone=t) for y, t in heights])
    elif record.plots and record.plots.densities:
        shown = [(one.x, y) for one in record.plots.densities for y in [*one.draws.values()][:1]]
        body = _lines([SeriesRecord(label="", x=[*x], y=y) for x, y in shown])
    else:
        return None
    return small_drawing("thumb", WIDTH, HEIGHT, body)


def _of_figure(data: FigureRecord) -> list[Markup]:
    series = data.series[:MOST_SERIES]
    if is_categorical(series):
        return _rows(series, data.y_log, data.fit_y)
    return _lines(series, data.x_log, data.y_log, data.fit_y)


def _lines(
    series: list[SeriesRecord], x_log: bool = False, y_log: bool = False, fit: Interval | None = None
) -> list[Markup]:
    across = Axis.over((v for one in series for v in places(one)), EDGE, WIDTH - EDGE, log=x_log)
    ys = [v for one in series for part in (one.y, one.top) for v in part or []]
    if any(one.kind == "bars" for one in series) and not y_log:
        ys.append(0.0)
    up = Axis.over(ys, HEIGHT - EDGE, EDGE, log=y_log)
    if fit and fit[0] is not None and fit[1] is not None:
        up = Axis(fit[0], fit[1], HEIGHT - EDGE, EDGE, y_log)
    return draw(Panel(across, up, [_layer(one, one.tone or i % TONES + 1) for i, one in enumerate(series)]))


def _layer(one: SeriesRecord, tone: int) -> Layer:
    """The series with no more places than a stamp can show, and without its intervals."""
    every = max(1, -(-len(one.x) // MOST_PLACES))
    top = (one.top or one.y)[::every] if one.kind == "band" else None
    fewer = replace(one, x=one.x[::every], y=one.y[::every], top=top, bottom=None)
    return Layer(fewer, f"small t{tone}" if one.kind == "points" else f"t{tone}")


def _rows(series: list[SeriesRecord], log: bool, fit: Interval | None) -> list[Markup]:
    """The rows of a figure over categories, a lane in each for every series: bars, or dots with their intervals."""
    names = list(dict.fromkeys(str(value) for one in series for value in one.x))[:MOST_ROWS]
    bars = any(one.kind == "bars" for one in series)
    values = [v for one in series for part in (one.y, one.top, one.bottom) for v in part or []]
    across = Axis.over([*values, *([0.0] if bars and not log else [])], EDGE, WIDTH - EDGE, log=log)
    if fit and fit[0] is not None and fit[1] is not None:
        across = Axis(fit[0], fit[1], EDGE, WIDTH - EDGE, log)
    lane = (HEIGHT - 2 * EDGE) / max(len(names), 1) / max(len(series), 1)
    lanes = []
    for i, one in enumerate(series):
        tone = one.tone or i % TONES + 1
        style = f"t{tone}" if one.kind in ("bars", "band") else f"small t{tone}"
        for k, name in enumerate(one.x):
            if str(name) in names and across.can_draw(one.y[k]):
                y = EDGE + lane * (names.index(str(name)) * len(series) + i + 0.5)
                lanes.append(lane_of(one, k, y, min(lane, 12.0), 0.8 * min(lane, 12.0), style))
    return draw_lanes(lanes, across)
