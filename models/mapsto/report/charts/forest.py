"""The intervals that a point estimate leaves out, one row per coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapsto.marks import literal
from mapsto.report.charts.chart import Shown, chart
from mapsto.report.charts.palette import TONES, Curve
from mapsto.report.svg import short
from mapsto.report.text.numerals import interval, number, percent
from mapsto.runs.record import FigureRecord, SeriesRecord

MOST_ROWS = 40
PATTERNS = ("", "dashed", "dotted")  # of the engines' lines, each time that the colours come again


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
    def bars(self) -> list[Bar | None]:
        """All intervals, the exact one first."""
        return [self.exact, *self.draws]

    @property
    def best(self) -> Bar | None:
        """The exact interval, or else the first engine's."""
        return next((bar for bar in self.bars if bar), None)

    @property
    def clearness(self) -> float:
        """How far the interval lies from zero, in its own widths."""
        bar = self.best
        return abs(bar.mean) / max(bar.high - bar.low, 1e-300) if bar else 0.0


def forest(rows: Sequence[ForestRow], prob: float, engines: Sequence[str]) -> Shown | None:
    """Draw the rows; the clearest :data:`MOST_ROWS` of them where there are more.

    Args:
        rows: the coefficients.
        prob: the probability that the intervals hold.
        engines: the labels of the engines that have draws, in the order of each row's.
    """
    known = [row for row in rows if row.best]
    if not known:
        return None
    shown = sorted(known, key=lambda row: -row.clearness)[:MOST_ROWS] if len(known) > MOST_ROWS else known
    series: list[SeriesRecord] = []
    for i, label in enumerate(("exact", *engines)):
        there = [(row.name, bar) for row in shown if (bar := row.bars[i])]
        if there:
            series.append(
                Curve(
                    label=f"{label} {percent(prob)} interval",
                    x=[literal(name) for name, _ in there],
                    y=[bar.mean for _, bar in there],
                    bottom=[bar.low for _, bar in there],
                    top=[bar.high for _, bar in there],
                    kind="points",
                    tone=(i - 1) % (TONES - 1) + 2 if i else 1,
                    pattern=PATTERNS[max(i - 1, 0) // (TONES - 1) % len(PATTERNS)],
                )
            )
    modes = [(row.name, row.mode) for row in shown if row.mode is not None]
    if modes:
        names, values = [literal(name) for name, _ in modes], [value for _, value in modes]
        series.append(Curve(label="mode", x=[*names], y=[*values], kind="points", upright=True))
    ends = [0.0, *(end for row in shown for bar in row.bars if bar for end in (bar.low, bar.high))]
    ends += [value for _, value in modes]
    margin = 0.03 * (max(ends) - min(ends)) or 1.0
    clearest = f" The {MOST_ROWS} of {len(rows)} coefficients that lie clearest of zero."
    left_out = clearest if len(shown) < len(known) else ""
    return chart(
        FigureRecord(
            title=f"{percent(prob)} intervals of each coefficient",
            caption=f"Equal-tailed {percent(prob)} credible intervals; dots are means.{left_out}",
            alt=_description(shown),
            x_label="",
            y_label="",
            series=series,
            fit_y=(min(ends) - margin, max(ends) + margin),
        ),
        "forest-svg",
    )


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
            told.append(f"{literal(short(row.name, 30))} {ends}")
    more = "; the table below holds the rest" if len(rows) > len(told) else ""
    return "Interval of each coefficient: " + ", ".join(told) + more + "."
