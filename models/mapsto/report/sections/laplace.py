"""Where the Laplace approximation lies, as rows: each coefficient's gaps with their Monte Carlo errors."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.report.sections.routes import MOST_ROWS
from mapsto.report.text.numerals import fixed
from mapsto.runs.record import LaplaceRecord, Number


@dataclass(frozen=True)
class LaplaceRow:
    """One coefficient: gaps of mean, sd and ends in posterior sds, the draws' skewness, and whether it lies."""

    name: str
    mean: str
    sd: str
    skewness: str
    lower: str
    upper: str
    lies: bool


def laplace_rows(laplace: LaplaceRecord | None) -> list[LaplaceRow]:
    """The coefficients that it lies about most come first."""
    told = (laplace.gaps if laplace else None) or []
    worst = sorted(told, key=lambda one: -max(abs(one.mean_gap or 0.0), abs((one.sd_ratio or 1.0) - 1.0)))
    return [
        LaplaceRow(
            one.feature,
            _with_error(one.mean_gap, one.mean_error),
            _with_error(one.sd_ratio, one.sd_error),
            fixed(one.skewness, 2),
            _with_error(one.lower_gap, one.end_error),
            _with_error(one.upper_gap, one.end_error),
            one.lies,
        )
        for one in worst[:MOST_ROWS]
    ]


def _with_error(value: Number, error: Number) -> str:
    return f"{fixed(value, 2)} ± {fixed(error, 2)}"
