"""The picture: three densities above, the loss below, and one line through the peak and the floor."""

from __future__ import annotations

import bisect
import json
from collections.abc import Sequence

from markupsafe import Markup

from mapsto.marks import plain
from mapsto.report.charts.axis import Axis
from mapsto.report.charts.renderer.chart_frame import WIDTH, base_line, cursor, foot_ticks
from mapsto.report.charts.renderer.panel import Layer, Panel, draw
from mapsto.report.charts.renderer.signs import key_sign
from mapsto.report.svg import figure, tag
from mapsto.report.text.numerals import compact, number
from mapsto.report.text.typeset import drawn
from mapsto.runs.record import Numbers, PictureRecord, SeriesRecord

LEFT, RIGHT = 20.0, 660.0
DENSITY_TOP, DENSITY_FLOOR = 46.0, 236.0
LOSS_TOP, LOSS_FLOOR = 276.0, 384.0
AXIS, HEIGHT = 396.0, 430.0

EXP_LOSS = r"$\exp(-J)$"
CURVES = (
    ("prior", "prior", "what was believed of the coefficient before the data"),
    ("likelihood", "likelihood", "what the data alone say of it"),
    ("exp_loss", EXP_LOSS, "the loss, put into exp() as it stands"),
    ("posterior", "posterior", r"prior $\times$ likelihood $\div$ evidence"),
)


def picture(data: PictureRecord | None) -> Markup | None:
    """Draw prior, likelihood, posterior and exp(-J) over the loss; None where the record has no picture.

    Args:
        data: a grid, curves of height 1 over it, the loss, and the mode.
    """
    if data is None:
        return None
    grid = _known(data.grid)
    if not grid:
        return None
    across = Axis(min(grid), max(grid), LEFT, RIGHT)
    body = [_axis(across)]
    body += draw(Panel(across, Axis(0.0, 1.0, DENSITY_FLOOR, DENSITY_TOP), _densities(data, grid), foot="line"))
    loss = Axis.over(data.loss, LOSS_FLOOR, LOSS_TOP, log=False)
    body += draw(Panel(across, loss, [_layer(grid, data.loss, "loss")]))
    if data.mode is not None:
        body.append(_mode(across(min(max(data.mode, across.low), across.high)), data.mode))
    frame = {"left": LEFT, "right": RIGHT, "top": DENSITY_TOP, "floor": DENSITY_FLOOR, "axis": AXIS}
    frame |= {"lossTop": LOSS_TOP, "lossFloor": LOSS_FLOOR}
    title = f"Prior, likelihood and posterior of {data.feature}, and the loss under them"
    return figure("picture-svg", title, _description(data), WIDTH, HEIGHT, body, frame=json.dumps(frame))


def _known(values: Numbers) -> list[float]:
    """The values of a curve that has one everywhere: its grid was chosen so."""
    return [v for v in values if v is not None]


def _densities(data: PictureRecord, grid: list[float]) -> list[Layer]:
    """The curves in the order of the key, the posterior's over its area."""
    mode, around = data.mode, (grid, data.exp_loss)
    if mode is not None and grid[0] <= mode <= grid[-1]:
        around = _with_peak(grid, data.exp_loss, mode)
    nothing: Numbers = [0.0] * len(grid)
    area = SeriesRecord(label="", x=[*grid], y=nothing, top=data.posterior, kind="band")
    return [
        _layer(grid, data.prior, "prior"),
        _layer(grid, data.likelihood, "likelihood"),
        _layer(*around, "exp-loss"),
        Layer(area, "area"),
        _layer(grid, data.posterior, "posterior"),
    ]


def _layer(x: Sequence[float], y: Numbers, name: str) -> Layer:
    return Layer(SeriesRecord(label="", x=[*x], y=y), f"curve {name}")


def _with_peak(grid: list[float], heights: Numbers, mode: float) -> tuple[list[float], Numbers]:
    """exp(-J) may be narrower than a step of the grid, which then misses its peak, known to have height 1."""
    before = bisect.bisect_left(grid, mode)
    return [*grid[:before], mode, *grid[before:]], [*heights[:before], 1.0, *heights[before:]]


def swatch(key: str) -> Markup:
    """The line of one curve, for the key beside the picture."""
    return key_sign(("line", f"line curve {key.replace('_', '-')}"))


def _axis(across: Axis) -> Markup:
    ticks = [(value, compact(value)) for value, _ in across.ticks()]
    return tag(
        "g",
        base_line(LEFT, RIGHT, AXIS),
        tag("g", *foot_ticks(across, ticks, AXIS, length=5, drop=24), class_="ticks"),
        tag("text", "density, each to height 1", x=LEFT, y=DENSITY_TOP - 26, class_="tx"),
        tag("text", drawn("loss $J$, above its floor"), x=LEFT, y=LOSS_TOP - 14, class_="tx"),
    )


def _mode(x: float, mode: float) -> Markup:
    near_right = x > (LEFT + RIGHT) / 2
    return tag(
        "g",
        *cursor(x, DENSITY_TOP - 12, AXIS, [(DENSITY_TOP, 4.5), (LOSS_FLOOR, 4.5)]),
        tag(
            "text",
            f"mode {number(mode, 5)}",
            x=x - 8 if near_right else x + 8,
            y=DENSITY_TOP - 2,
            text_anchor="end" if near_right else "start",
            class_="tx strong halo mode-words",
        ),
    )


def _description(data: PictureRecord) -> str:
    peak = number(data.mode, 5) if data.mode is not None else "the mode"
    apart = any(
        a is None or b is None or abs(a - b) > 1e-6 for a, b in zip(data.posterior, data.exp_loss, strict=False)
    )
    widths = "their widths differ" if apart else "they are one curve"
    return (
        f"Curves over the coefficient of {data.feature}, each scaled to height 1. The posterior and "
        f"{plain(EXP_LOSS)} both peak at {peak}, which is also where the loss below is lowest; {widths}."
        + where_the_prior_peaks(data)
    )


def where_the_prior_peaks(data: PictureRecord) -> str:
    """A sentence about the prior's curve beside the mode, with a space before it; nothing where there is no curve."""
    points = [
        (x, height) for x, height in zip(data.grid, data.prior, strict=False) if x is not None and height is not None
    ]
    if not points or data.mode is None:
        return ""
    at, highest = max(points, key=lambda point: point[1])
    if min(height for _, height in points) >= highest:
        return " The prior is flat and has no peak, so the posterior has the shape of the likelihood."
    step = (points[-1][0] - points[0][0]) / (len(points) - 1)
    if abs(at - data.mode) <= step:
        return " The prior peaks there too."
    return " The prior peaks elsewhere, and the posterior lies between it and the likelihood."
