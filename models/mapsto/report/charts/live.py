"""The live figures as they are before a script runs: the path drawn, the sliders at their start."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

from markupsafe import Markup

from mapsto.marks import plain
from mapsto.report.charts.axis import Axis
from mapsto.report.charts.label_layout import wide
from mapsto.report.charts.renderer.chart_frame import WIDTH, cursor, foot_ticks, room_for
from mapsto.report.charts.renderer.panel import Layer, Panel, draw
from mapsto.report.svg import figure, short, tag
from mapsto.report.text.numerals import compact, number, percent
from mapsto.report.text.typeset import drawn
from mapsto.runs.record import LiveRecord, LiveStart, Number, SeriesRecord

RIGHT = 664.0
TOP, FLOOR = 40.0, 300.0
DF_TOP, DF_FLOOR = 356.0, 440.0
HEIGHT = 510.0
STEPS = 200
ALPHA = r"$\alpha$"


@dataclass(frozen=True)
class Live:
    """What the page needs of the live figures: a drawing, the names to choose from, and the first readings.

    The slider of alpha counts ``steps`` of ``unit`` in log10(alpha) from where the run stands, which is its 0.
    """

    path: Markup
    names: list[str]
    first: int
    readings: dict[str, str]
    steps: tuple[int, int]
    unit: float


def live(data: LiveRecord | None, names: list[str], prob: float) -> Live | None:
    """The live figures of the record, or None where it has none.

    Args:
        data: the record's ``live``.
        names: of the columns.
        prob: the probability that an interval holds.
    """
    if data is None:
        return None
    start, grid, j = data.start, data.path.alpha, data.feature
    mode, half = start.mode or 0.0, data.reach * (start.sd or 0.0)
    readings = {
        "sigma": number(data.sigma),
        "sigma_w": number(data.sigma_w),
        "alpha": number(start.alpha),
        "peak": number(start.mode, 5),
        "width": number(start.posterior_sd),
        "loss_width": number(start.exp_loss_sd),
        "dropped": number(start.dropped, 6),
        "df": number(start.df),
        "interval": f"[{number(mode - half)}, {number(mode + half)}]",
    }
    unit = log10(grid[-1] / grid[0]) / STEPS
    steps = tuple(int(log10(end / (start.alpha or grid[0])) / unit) for end in (grid[0], grid[-1]))
    return Live(_path(data, names, prob), names, j, readings, (steps[0], steps[1]), unit)


def _path(data: LiveRecord, names: list[str], prob: float) -> Markup:
    along, reach, j, p = data.path, data.reach, data.feature, len(names)
    coef, sd = along.coef, along.sd
    low = [row[j] - reach * s for row, s in zip(coef, sd, strict=True)]
    high = [row[j] + reach * s for row, s in zip(coef, sd, strict=True)]
    heights = [w for row in coef for w in row]
    up = Axis.over([*heights, *low, *high, 0.0], FLOOR, TOP, log=False, margin=0.03)
    down = Axis(0.0, float(p), DF_FLOOR, DF_TOP)
    left = max(wide(text) for _, text in [*up.ticks(), *down.ticks(2)]) + 14
    across = Axis(along.alpha[0], along.alpha[-1], left, RIGHT, log=True)
    x: list[Number | str] = [*along.alpha]
    paths = [
        Layer(SeriesRecord(label="", x=x, y=[row[k] for row in coef]), "path" + (" on" * (k == j))) for k in range(p)
    ]
    band = Layer(SeriesRecord(label="", x=x, y=[*low], top=[*high], kind="band"), "t1")
    fitted = Layer(SeriesRecord(label="", x=x, y=[*along.df]), "t3 df")
    body = [_frame(across)]
    body += draw(Panel(across, up, [band, *paths], levels=5))
    body += draw(Panel(across, down, [fitted], levels=2))
    body.append(_cursor(data.start, across, up, down))
    scales = {
        name: f"{axis.low!r} {axis.high!r} {axis.start:g} {axis.end:g}"
        for name, axis in (("across", across), ("up", up), ("down", down))
    }
    return figure(
        "path-svg",
        "Each coefficient along the penalty",
        f"From left to right the penalty {plain(ALPHA)} grows from {compact(along.alpha[0], 2)} to "
        f"{compact(along.alpha[-1], 2)}: every coefficient goes to zero, and the effective degrees of freedom fall "
        f"from {compact(along.df[0], 3)} to {compact(along.df[-1], 2)} of {p}. A band around "
        f"{short(names[j], 30)} is its {percent(prob)} interval.",
        WIDTH,
        HEIGHT,
        body,
        **scales,
    )


def _frame(across: Axis) -> Markup:
    parts = [tag("text", "coefficient: response per unit of its column", x=0.0, y=22.0, class_="tx")]
    parts.append(tag("text", "effective degrees of freedom", x=0.0, y=DF_TOP - 16, class_="tx"))
    parts += foot_ticks(across, across.ticks(room_for(across, 6, measured=6)), DF_FLOOR)
    middle = (across.start + RIGHT) / 2
    parts.append(tag("text", drawn(f"penalty {ALPHA}"), x=middle, y=DF_FLOOR + 58, text_anchor="middle", class_="tx"))
    return tag("g", *parts)


def _cursor(start: LiveStart, across: Axis, up: Axis, down: Axis) -> Markup:
    x = across(start.alpha or across.low)
    return tag(
        "g",
        *cursor(x, TOP, DF_FLOOR, [(up(start.mode or 0.0), 5.0), (down(start.df or 0.0), 5.0)]),
        class_="cursor",
    )
