"""The page of a belief: what a slope's bound amounts to, with a slider, and what the prior expects of fitted values."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from markupsafe import Markup

from mapsto.report.charts.axis import Axis
from mapsto.report.charts.renderer.chart_frame import WIDTH, upright_mark, value_under
from mapsto.report.charts.renderer.lanes import Lane, draw_lanes
from mapsto.report.embed import policy
from mapsto.report.page import filled, source, whole_style
from mapsto.report.svg import figure, tag
from mapsto.report.text.numerals import compact, number
from mapsto.runs.record.elicited import ElicitedRecord

LEFT, RIGHT = 16.0, 664.0
TOP, LANE = 30.0, 44.0
BEYOND = 4.0  # decades of the slider, two to either side


@dataclass(frozen=True)
class Row:
    """One library's call, with the number that the slider moves apart."""

    library: str
    before: str
    value: str
    after: str
    start: float
    power: int


def render_elicited(record: ElicitedRecord) -> str:
    """The page, whole and offline: it is complete without its script, which moves the belief.

    Args:
        record: a belief and what it amounts to on one table.
    """
    style, script = whole_style(), source("elicit.js")
    rows = [
        Row(one.library, one.before, compact(one.value), one.after, one.value, one.power) for one in record.settings
    ]
    data = msgspec.json.encode(record).decode().replace("<", "\\u003c").replace("&", "\\u0026").replace(">", "\\u003e")
    return filled(
        "elicit.html.j2",
        record=record,
        rows=rows,
        drawing=_drawing(record),
        span=BEYOND / 2,
        readings={
            "beyond": number(record.beyond),
            "scale": number(record.scale),
            "alpha": number(record.alpha),
            "df": number(record.degrees_of_freedom, 3),
            "half": number(record.reach[0], 3),
            "most": number(record.reach[1], 3),
        },
        json=Markup(data),
        style=Markup(style),
        script=Markup(script),
        policy=policy(style, script),
    )


def _drawing(record: ElicitedRecord) -> Markup:
    """The responses as they came, and the fitted values that the prior expects, on one axis about the median."""
    low, inner, middle, outer, high = record.observed
    edge = max(3 * max(high - middle, middle - low), 1e-9 * abs(middle), 1e-300)
    across = Axis(middle - edge, middle + edge, LEFT, RIGHT)

    half, most = record.reach
    second = TOP + LANE + 40
    lanes = [
        _bar((low, high), TOP + 5, 10.0, "t2 wide-range", "seen-all"),
        _bar((inner, outer), TOP + 5, 18.0, "t2", "seen-half"),
        _bar((middle - most, middle + most), second + 5, 10.0, "t1 wide-range", "expect-most"),
        _bar((middle - half, middle + half), second + 5, 18.0, "t1", "expect-half"),
    ]
    body = [
        tag("text", "responses: least to largest, and the middle half", x=LEFT, y=TOP - 10, class_="tx name"),
        tag("text", "fitted values that the prior expects: 95 %, and 50 %", x=LEFT, y=second - 10, class_="tx name"),
        *draw_lanes(lanes, across),
        *(upright_mark(across(middle), start - 6, start + 24) for start in (TOP, second)),  # not over the words between
        *(
            value_under(across(value), compact(value), second + 46)
            for value in (middle - edge * 2 / 3, middle, middle + edge * 2 / 3)
        ),
    ]
    return figure(
        "elicit-svg",
        "Responses, and what the prior expects of fitted values",
        f"The responses run from {compact(low)} to {compact(high)}. Half of the fitted values that the prior expects "
        f"are "
        f"within {compact(half)} of the middle, 95 % within {compact(most)}.",
        WIDTH,
        second + 60,
        body,
        frame=f"{middle!r} {edge!r} {LEFT:g} {RIGHT:g}",
    )


def _bar(ends: tuple[float, float], y: float, height: float, style: str, key: str) -> Lane:
    """From one value to another; the page's script moves it by its key."""
    return Lane("bars", ends[1], y, height, style, bottom=ends[0], key=key)
