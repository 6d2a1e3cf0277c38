"""The page of a calibration: who is calibrated and who is not, with every distribution of ranks."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from mapsto.marks import literal
from mapsto.report.charts.chart import Shown, chart
from mapsto.report.embed import policy
from mapsto.report.page import filled, whole_style
from mapsto.runs.record import BandRecord, CalibrationRecord, CellRecord, FigureRecord, QuantityRecord, SeriesRecord


@dataclass(frozen=True)
class Row:
    """One prior and likelihood under a method: its verdict, and the quantity that strays the farthest."""

    cell: CellRecord
    worst: QuantityRecord | None
    figure: Shown | None


@dataclass(frozen=True)
class Group:
    """One method: its rows, and how many of them are calibrated."""

    label: str
    promises: bool
    rows: list[Row]

    @property
    def calibrated(self) -> int:
        """How many of the rows are calibrated."""
        return sum(row.cell.calibrated for row in self.rows)


def render_calibration(record: CalibrationRecord) -> str:
    """One self-contained HTML page, complete without a script."""
    style = whole_style()
    groups = [
        Group(label, those[0].promises, [_row(record, cell) for cell in those])
        for label in dict.fromkeys(cell.label for cell in record.cells)
        if (those := [cell for cell in record.cells if cell.label == label])
    ]
    reasons = {
        reason: [one.key for one in record.left_out if one.reason == reason]
        for reason in dict.fromkeys(one.reason for one in record.left_out)
    }
    return filled(
        "calibration.html.j2", record=record, groups=groups, reasons=reasons, style=Markup(style), policy=policy(style)
    )


def _row(record: CalibrationRecord, cell: CellRecord) -> Row:
    worst = min(cell.quantities, key=lambda one: one.p_value, default=None)
    place = record.cells.index(cell)
    return Row(cell, worst, None if worst is None else _figure(record, cell, f"ranks-{place}"))


def _figure(record: CalibrationRecord, cell: CellRecord, key: str) -> Shown:
    """Observed minus uniform share of ranks up to each place, and the band that uniform ranks keep to."""
    x: list[float | str | None] = [*record.places]
    series = [_band(band, record.places) for band in record.bands if band.replicates == cell.replicates]
    for quantity in cell.quantities:
        away = [count / cell.replicates - at for count, at in zip(quantity.counts, record.places, strict=True)]
        series.append(SeriesRecord(label=literal(quantity.name), x=x, y=[*away]))
    off = [literal(one.name) for one in cell.quantities if not one.within]
    said = f"Outside the band: {', '.join(off)}." if off else "Every line stays within the band."
    return chart(
        FigureRecord(
            title=literal(f"{cell.key}"),
            caption=said,
            alt=f"The distribution of the ranks less the uniform one, with a simultaneous band. {said}",
            x_label="rank of the true value, as a share of the possible ranks",
            y_label="share of replicates up to it, less the uniform share",
            series=series,
        ),
        key,
    )


def _band(band: BandRecord, places: list[float]) -> SeriesRecord:
    def away(counts: list[int]) -> list[float | None]:
        return [count / band.replicates - at for count, at in zip(counts, places, strict=True)]

    return SeriesRecord(
        label="uniform ranks stay here", x=[*places], y=away(band.lower), top=away(band.upper), kind="band", tone=6
    )
