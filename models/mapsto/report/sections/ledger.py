"""The ledger: every term of log p(w | y) at the mode, whether the loss keeps it, and what they sum to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mapsto.report.charts.axis import Axis
from mapsto.report.charts.renderer.chart_frame import upright_base
from mapsto.report.charts.renderer.lanes import Lane, draw_lanes
from mapsto.report.svg import small_drawing
from mapsto.report.text.mathml import formula
from mapsto.report.text.numerals import decimals_for, fixed
from mapsto.runs.record import Number, TermRecord

BAR_WIDTH, BAR_HEIGHT = 120.0, 12.0


@dataclass(frozen=True)
class LedgerRow:
    """One term, ready to be shown."""

    term: str
    math: Markup
    value: str
    bar: Markup
    kept: bool
    reason: str


@dataclass(frozen=True)
class Ledger:
    """The terms and their two sums; a sum is None where a value is missing."""

    rows: list[LedgerRow]
    logp: str | None
    density: str | None


def ledger(terms: Sequence[TermRecord]) -> Ledger | None:
    """The record's ledger as rows, or None where it is empty."""
    if not terms:
        return None
    values = [term.value for term in terms]
    scale = max((abs(v) for v in values if v is not None), default=1.0) or 1.0
    decimals = max(decimals_for(scale, 8), 3)
    rows = [
        LedgerRow(
            term=term.term,
            math=formula(term.formula),
            value=fixed(term.value, decimals),
            bar=_bar(term.value, scale),
            kept=term.kept,
            reason=term.reason,
        )
        for term in terms
    ]
    without_evidence = [term.value for term in terms if term.term != "evidence"]
    has_evidence = len(without_evidence) < len(values)
    return Ledger(rows, _sum(without_evidence, decimals), _sum(values, decimals) if has_evidence else None)


def _sum(values: list[Number], decimals: int) -> str | None:
    known = [v for v in values if v is not None]
    if not known or len(known) < len(values) or not all(math.isfinite(v) for v in known):
        return None
    return fixed(math.fsum(known), decimals)


def _bar(value: Number, scale: float) -> Markup:
    """A bar left of the middle for a negative term, right of it for a positive one."""
    across = Axis(-scale, scale, 1.0, BAR_WIDTH - 1)
    # A term too small to see still gets a hair.
    bar = Lane("bars", value, BAR_HEIGHT / 2, BAR_HEIGHT - 2, "ledger-bar", least=0.8)
    body = draw_lanes([bar] if across.can_draw(value) else [], across)
    body.append(upright_base(BAR_WIDTH / 2, 0.0, BAR_HEIGHT))
    return small_drawing("ledger-svg", BAR_WIDTH, BAR_HEIGHT, body)
