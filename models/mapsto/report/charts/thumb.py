"""A figure the size of a stamp, for the index: its shape alone, no words."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from mapsto.report.charts import strokes
from mapsto.report.charts.axis import Axis
from mapsto.report.charts.chart_rows import is_categorical
from mapsto.report.charts.palette import TONES
from mapsto.report.svg import tag

WIDTH, HEIGHT, EDGE = 144.0, 90.0, 5.0
MOST_SERIES, MOST_PLACES = 8, 90
CURVES = (("prior", 2), ("likelihood", 4), ("posterior", 1))


def thumbnail(record: dict[str, Any]) -> Markup | None:
    """The record's first figure, or else its picture, or its posterior densities, or None."""
    figures = record.get("figures") or []
    picture = record.get("picture")
    if figures:
        body = _of_figure(figures[0])
    elif picture and picture.get("grid"):
        grid = picture["grid"]
        series = [{"x": grid, "y": picture[key], "tone": t} for key, t in CURVES if picture.get(key)]
        body = _lines([one | {"kind": "line"} for one in series], False, False, None)
    elif plots := (record.get("plots") or {}).get("densities"):
        body = _lines([{"x": one["x"], "y": one["nuts"], "kind": "line"} for one in plots], False, False, None)
    else:
        return None
    return (
        Markup(f'<svg class="thumb" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" aria-hidden="true">')
        + Markup("").join(body)
        + Markup("</svg>")
    )


def _of_figure(data: dict[str, Any]) -> list[Markup]:
    series = data["series"][:MOST_SERIES]
    if is_categorical(series):
        return _rows(series[0])
    return _lines(series, bool(data.get("x_log")), bool(data.get("y_log")), data.get("fit_y"))


def _lines(series: list[dict[str, Any]], x_log: bool, y_log: bool, fit: Any) -> list[Markup]:
    across = Axis.over((v for one in series for v in one["x"]), EDGE, WIDTH - EDGE, log=x_log)
    ys = [v for one in series for part in ("y", "top") for v in one.get(part) or []]
    if any(one["kind"] == "bars" for one in series) and not y_log:
        ys.append(0.0)
    up = Axis.over(ys, HEIGHT - EDGE, EDGE, log=y_log)
    if fit:
        up = Axis(float(fit[0]), float(fit[1]), HEIGHT - EDGE, EDGE, y_log)
    return [_stroke(one, one.get("tone") or i % TONES + 1, across, up) for i, one in enumerate(series)]


def _stroke(one: dict[str, Any], tone: int, across: Axis, up: Axis) -> Markup:
    every = max(1, -(-len(one["x"]) // MOST_PLACES))
    x, y = one["x"][::every], one["y"][::every]
    if one["kind"] == "band":
        return strokes.band(x, y, (one.get("top") or one["y"])[::every], across, up, f"band-area t{tone}")
    if one["kind"] == "points":
        return strokes.points(x, y, across, up, f"dots small t{tone}")
    if one["kind"] == "bars":
        width = 0.8 * (across.end - across.start) / max(len(x), 2)
        return strokes.bars(x, y, across, up, width, 0.0, f"bars t{tone}")
    return strokes.line(x, y, across, up, f"line t{tone}")


def _rows(one: dict[str, Any]) -> list[Markup]:
    values = [v for v in one["y"][:8] if v is not None]
    across = Axis.over([*values, 0.0], EDGE, WIDTH - EDGE, log=False)
    step = (HEIGHT - 2 * EDGE) / max(len(values), 1)
    body = []
    for i, value in enumerate(values):
        a, b = sorted((across(0.0), across(value)))
        body.append(tag("rect", x=a, y=EDGE + step * i, width=max(b - a, 1.0), height=0.7 * step, class_="bars t1"))
    return body
