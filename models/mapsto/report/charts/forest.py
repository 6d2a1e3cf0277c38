"""The intervals that a point estimate leaves out, one row per coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mapsto.report.charts.label_layout import centred, name_room
from mapsto.report.svg import Scale, figure, short, tag
from mapsto.report.text.numerals import compact, interval, number

WIDTH, RIGHT = 680.0, 650.0
LETTERS = 14  # of a name beside its row; the tables hold it whole
TOP, ROW = 14.0, 30.0
MOST_ROWS = 40


@dataclass(frozen=True)
class Bar:
    """A mean and its interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class ForestRow:
    """One coefficient: its mode and its intervals, any of which may be absent."""

    name: str
    mode: float | None
    exact: Bar | None
    nuts: Bar | None

    @property
    def clearness(self) -> float:
        """How far the interval lies from zero, in its own widths."""
        bar = self.exact or self.nuts
        return abs(bar.mean) / max(bar.high - bar.low, 1e-300) if bar else 0.0


def forest(rows: Sequence[ForestRow]) -> Markup | None:
    """Draw the rows; the clearest :data:`MOST_ROWS` of them where there are more."""
    rows = [row for row in rows if row.exact or row.nuts]
    if not rows:
        return None
    if len(rows) > MOST_ROWS:
        rows = sorted(rows, key=lambda row: -row.clearness)[:MOST_ROWS]
    ends = [0.0]
    for row in rows:
        ends.extend(end for bar in (row.exact, row.nuts) if bar for end in (bar.low, bar.high))
        if row.mode is not None:
            ends.append(row.mode)
    margin = 0.03 * (max(ends) - min(ends)) or 1.0
    left = name_room([short(row.name, LETTERS) for row in rows])
    across = Scale(min(ends) - margin, max(ends) + margin, left, RIGHT)
    floor = TOP + ROW * len(rows)
    body = [_axis(across, floor)]
    body.extend(_row(row, across, TOP + ROW * (i + 0.5)) for i, row in enumerate(rows))
    return figure("forest-svg", "89% intervals of each coefficient", _description(rows), WIDTH, floor + 34, body)


def _axis(across: Scale, floor: float) -> Markup:
    parts = []
    for value in across.ticks():
        x = across(value)
        parts.append(tag("line", x1=x, x2=x, y1=TOP, y2=floor, class_="zero" if value == 0 else "grid"))
        parts.append(
            tag(
                "text",
                compact(value),
                x=centred(x, compact(value), WIDTH),
                y=floor + 24,
                text_anchor="middle",
                class_="tx",
            )
        )
    return tag("g", *parts)


def _row(row: ForestRow, across: Scale, y: float) -> Markup:
    label = short(row.name, LETTERS)
    parts = [tag("text", label, x=across.start - 12, y=y + 5, text_anchor="end", class_="tx name")]
    if label != row.name:
        parts.append(tag("title", row.name))
    both = row.exact is not None and row.nuts is not None
    for bar, kind, shift in ((row.exact, "exact", -5.0), (row.nuts, "nuts", 5.0)):
        if bar:
            level = y + (shift if both else 0.0)
            parts.append(tag("line", x1=across(bar.low), x2=across(bar.high), y1=level, y2=level, class_=f"bar {kind}"))
            parts.append(tag("circle", cx=across(bar.mean), cy=level, r="3.6", class_=f"dot {kind}"))
    if row.mode is not None:
        x = across(row.mode)
        parts.append(tag("line", x1=x, x2=x, y1=y - 11, y2=y + 11, class_="mode-tick"))
    return tag("g", *parts)


def _description(rows: Sequence[ForestRow]) -> str:
    told = []
    for row in rows[:20]:
        bar = row.exact or row.nuts
        if bar:
            ends = (
                interval([bar.low, bar.high], 2)
                if bar.high - bar.low > 0.1
                else (f"[{number(bar.low, 3)}, {number(bar.high, 3)}]")
            )
            told.append(f"{short(row.name, 30)} {ends}")
    more = "; the table below holds the rest" if len(rows) > len(told) else ""
    return "Interval of each coefficient: " + ", ".join(told) + more + "."
