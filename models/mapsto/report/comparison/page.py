"""One record of a comparison in, one self-contained HTML page out, without any script."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from mapsto.report.comparison.pictures import pictures
from mapsto.report.embed import policy
from mapsto.report.page import filled, source, whole_style
from mapsto.report.text.numerals import ABSENT, number
from mapsto.runs.record.comparison import ComparedRecord, ComparisonRecord, SpreadRecord

MEBIBYTE = 2**20
ROWS: tuple[tuple[str, str, float], ...] = (
    ("ess", "smallest effective sample size", 1.0),
    ("ess_per_gradient", "effective draws a gradient", 1.0),
    ("ess_per_second", "effective draws a second", 1.0),
    ("ess_at_gradients", "effective draws at equal gradients", 1.0),
    ("ess_at_seconds", "effective draws at equal seconds", 1.0),
    ("errors.mean", "error of the means, MCSE", 1.0),
    ("errors.sd", "error of the sds, MCSE", 1.0),
    ("errors.q05", "error of the 5% quantiles, MCSE", 1.0),
    ("errors.q95", "error of the 95% quantiles, MCSE", 1.0),
    ("r_hat", "largest R-hat", 1.0),
    ("divergences", "divergences", 1.0),
    ("e_bfmi", "smallest E-BFMI", 1.0),
    ("compile_seconds", "compilation, s", 1.0),
    ("warm_up_seconds", "warm-up, s", 1.0),
    ("draw_seconds", "draws, s", 1.0),
    ("warm_up_gradients", "gradients of the warm-up", 1.0),
    ("draw_gradients", "gradients of the draws", 1.0),
    ("memory", "most memory, MiB", MEBIBYTE),
)


@dataclass(frozen=True)
class Cell:
    """A median over the repeats, and the least and the greatest of them."""

    median: str
    ends: str


def render_comparison(record: ComparisonRecord) -> str:
    """The page of a comparison.

    Args:
        record: of it, as far as it has come.

    Returns:
        A whole HTML document. It asks for nothing from outside and has no script.
    """
    style = whole_style() + "\n" + source("comparison.css")
    sampled = [one for one in record.engines.values() if one.spreads]
    return filled(
        "comparison.html.j2",
        record=record,
        problem=record.problem,
        pictures=pictures(record),
        sampled=sampled,
        rows=[(label, cells) for name, label, unit in ROWS if (cells := [_cell(one, name, unit) for one in sampled])],
        away=[one for one in record.engines.values() if one.reason is not None],
        gated=[one for one in record.engines.values() if one.gate is not None],
        modes=[(name, one) for name, one in record.engines.items() if one.mode is not None],
        programs=[one for one in record.engines.values() if one.program is not None],
        failures=[check for check in record.checks if not check.passed],
        style=Markup(style),
        policy=policy(style),
    )


def _cell(one: ComparedRecord, name: str, unit: float) -> Cell:
    if name not in one.spreads:
        return Cell(ABSENT, "")
    spread = one.spreads[name]
    if spread.least == spread.greatest:
        return Cell(_shown(spread.median, unit), "")
    return Cell(_shown(spread.median, unit), _ends(spread, unit))


def _ends(spread: SpreadRecord, unit: float) -> str:
    return f"{_shown(spread.least, unit)} to {_shown(spread.greatest, unit)}"


def _shown(value: float | None, unit: float) -> str:
    """Three digits; counts whole."""
    if value is None:
        return ABSENT
    value /= unit
    return number(round(value)) if abs(value) >= 100 else number(int(value) if value == int(value) else value, 3)
