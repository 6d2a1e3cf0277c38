"""The intervals that a point estimate leaves out, one row per coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mapsto.report.charts.chart_frame import WIDTH, uprights
from mapsto.report.charts.label_layout import name_room
from mapsto.report.charts.palette import TONES, engine_tone, framed
from mapsto.report.svg import Scale, figure, short, tag
from mapsto.report.text.numerals import compact, interval, number, percent

RIGHT = 650.0
LETTERS = 14  # of a name beside its row; the tables hold it whole
TOP, ROW, LANE = 14.0, 30.0, 10.0
MOST_ROWS = 40


@dataclass(frozen=True)
class Bar:
    """A mean and its interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class ForestRow:
    """One coefficient: its mode, and its interval exactly and by each engine's draws; any of them may be absent."""

    name: str
    mode: float | None
    exact: Bar | None
    draws: list[Bar | None]

    @property
    def bars(self) -> list[tuple[Bar | None, str]]:
        """All intervals, each with the class it is drawn in."""
        drawn = [(bar, f"drawn {engine_tone(i)}") for i, bar in enumerate(self.draws)]
        return [(self.exact, "exact"), *drawn]

    @property
    def best(self) -> Bar | None:
        """The exact interval, or else the first engine's."""
        return next((bar for bar, _ in self.bars if bar), None)

    @property
    def clearness(self) -> float:
        """How far the interval lies from zero, in its own widths."""
        bar = self.best
        return abs(bar.mean) / max(bar.high - bar.low, 1e-300) if bar else 0.0


def forest(rows: Sequence[ForestRow], prob: float) -> Markup | None:
    """Draw the rows; the clearest :data:`MOST_ROWS` of them where there are more.

    Args:
        rows: the coefficients.
        prob: the probability that the intervals hold.
    """
    rows = [row for row in rows if row.best]
    if not rows:
        return None
    if len(rows) > MOST_ROWS:
        rows = sorted(rows, key=lambda row: -row.clearness)[:MOST_ROWS]
    ends = [0.0]
    for row in rows:
        ends.extend(end for bar, _ in row.bars if bar for end in (bar.low, bar.high))
        if row.mode is not None:
            ends.append(row.mode)
    margin = 0.03 * (max(ends) - min(ends)) or 1.0
    left = name_room([short(row.name, LETTERS) for row in rows])
    across = Scale(min(ends) - margin, max(ends) + margin, left, RIGHT)
    # A lane for each kind of interval that there is, and a row high enough for them all.
    lanes = [i for i in range(len(rows[0].bars)) if any(row.bars[i][0] for row in rows)]
    high = max(ROW, LANE * (len(lanes) + 1))
    floor = TOP + high * len(rows)
    body = [_axis(across, floor)]
    body.extend(_row(row, across, TOP + high * (i + 0.5), lanes, high) for i, row in enumerate(rows))
    return figure(
        "forest-svg", f"{percent(prob)} intervals of each coefficient", _description(rows), WIDTH, floor + 34, body
    )


def _axis(across: Scale, floor: float) -> Markup:
    return uprights(across, [(value, compact(value)) for value in across.ticks()], TOP, floor, drop=24)


def _row(row: ForestRow, across: Scale, y: float, lanes: list[int], high: float) -> Markup:
    label = short(row.name, LETTERS)
    parts = [tag("text", label, x=across.start - 12, y=y + 5, text_anchor="end", class_="tx name")]
    if label != row.name:
        parts.append(tag("title", row.name))
    bars = row.bars
    for k, lane in enumerate(lanes):
        bar, kind = bars[lane]
        if bar:
            level = y + LANE * (k - (len(lanes) - 1) / 2)
            parts.append(tag("line", x1=across(bar.low), x2=across(bar.high), y1=level, y2=level, class_=f"bar {kind}"))
            parts.append(dot(lane, across(bar.mean), level, kind))
    if row.mode is not None:
        x = across(row.mode)
        parts.append(tag("line", x1=x, x2=x, y1=y - high / 2 + 4, y2=y + high / 2 - 4, class_="mode-tick"))
    return tag("g", *parts)


def dot(lane: int, x: float, y: float, kind: str) -> Markup:
    """The mean of an interval: a dot, and another shape each time that the colours come again."""
    shape = max(lane - 1, 0) // (TONES - 1) % 3
    if shape == 0:
        return tag("circle", cx=x, cy=y, r="3.6", class_=f"dot {kind}")
    turn = f"M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5-5z" if shape == 1 else f"M{x - 4:.1f} {y - 4:.1f}h8v8h-8z"
    return tag("path", d=turn, class_=f"dot {kind}")


def interval_swatch(lane: int) -> Markup:
    """An interval by itself, for the key: lane 0 is the exact one, then come the engines' draws in their order."""
    kind = "exact" if lane == 0 else f"drawn {engine_tone(lane - 1)}"
    line = tag("line", x1="0", y1="6", x2="34", y2="6", class_=f"bar {kind}")
    return framed(line if lane < TONES else line + dot(lane, 17.0, 6.0, kind))


def _description(rows: Sequence[ForestRow]) -> str:
    told = []
    for row in rows[:20]:
        bar = row.best
        if bar:
            ends = (
                interval([bar.low, bar.high], 2)
                if bar.high - bar.low > 0.1
                else (f"[{number(bar.low, 3)}, {number(bar.high, 3)}]")
            )
            told.append(f"{short(row.name, 30)} {ends}")
    more = "; the table below holds the rest" if len(rows) > len(told) else ""
    return "Interval of each coefficient: " + ", ".join(told) + more + "."
