"""The posterior on the scale of the response, as rows and drawings."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.report.answers import columns_of
from mapsto.report.charts.chart import Shown, chart
from mapsto.report.charts.extras import with_columns_as_data
from mapsto.report.sections.routes import MOST_ROWS
from mapsto.report.text.numerals import ABSENT, compact, decimals_for, fixed, interval
from mapsto.runs.record import Interval, Number, Record

LARGE, SMALL = 1e4, 1e-3  # beyond these a number is shown as a power of ten


@dataclass(frozen=True)
class RatioRow:
    """One column: its ratio per unit and per standard deviation, with intervals, and how sure its direction is."""

    name: str
    per_unit: str
    per_unit_interval: str
    step: str
    per_step: str
    per_step_interval: str
    above_one: str


@dataclass(frozen=True)
class ExpectedRow:
    """One row of the data: its expected response with an interval, and what was observed."""

    row: str
    expected: str
    interval: str
    observed: str


def response_figures(record: Record) -> list[Shown]:
    """The drawings, in the order of the record."""
    columns = columns_of(record)
    drawn = record.response.figures if record.response else []
    return [chart(with_columns_as_data(one, columns), f"response-{i + 1}") for i, one in enumerate(drawn)]


def ratio_rows(record: Record) -> list[RatioRow]:
    """One row for each column, as many as a page shows."""
    found = record.response.ratios if record.response else []
    return [
        RatioRow(
            one.feature,
            *_digits(one.median, one.eti89),
            ABSENT if one.step is None else compact(one.step, 3),
            *_digits(one.per_step, one.per_step_eti89),
            _percent(one.above_one),
        )
        for one in found[:MOST_ROWS]
    ]


def expected_rows(record: Record) -> list[ExpectedRow]:
    """A few rows, from the lowest expected response to the highest."""
    found = record.response.rows if record.response else []
    rows = []
    for one in found:
        told = _probability if record.response and record.response.kind == "share" else _digits
        expected, ends = told(one.mean, one.eti89)
        observed = ABSENT if one.observed is None else compact(one.observed, 4)
        rows.append(ExpectedRow(str(one.row), expected, ends, observed))
    return rows


def _digits(value: Number, ends: Interval) -> tuple[str, str]:
    """A number and its interval to the digits that the interval lets matter."""
    low, high = ends
    known = [one for one in (value, low, high) if one is not None]
    if any(one >= LARGE or 0 < one < SMALL for one in known):
        return compact(value, 3), f"[{compact(low, 3)}, {compact(high, 3)}]"
    width = 0.0 if low is None or high is None else (high - low) / 4
    places = decimals_for(width, 2)
    return fixed(value, places), interval(ends, places)


def _probability(value: Number, ends: Interval) -> tuple[str, str]:
    """A probability and its interval; never 0 or 1, which no probability of these is."""

    def shown(one: Number) -> str:
        if one is None:
            return ABSENT
        return "< 0.0001" if one < 0.00005 else "> 0.9999" if one > 0.99995 else fixed(one, 4 if one < 0.01 else 3)

    return shown(value), f"[{shown(ends[0])}, {shown(ends[1])}]"


def _percent(share: float) -> str:
    """A share of draws: never 0 or 100 %, which draws cannot tell."""
    return "< 0.1 %" if share < 0.001 else "> 99.9 %" if share > 0.999 else f"{100 * share:.1f} %"
