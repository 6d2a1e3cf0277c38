"""The digits that several numbers share, set apart from those they do not."""

from __future__ import annotations

import os
from dataclasses import dataclass

from mapsto.report.numerals import ABSENT, decimals_for, fixed

SIGNIFICANT = 15  # what a double holds in every case


@dataclass(frozen=True)
class Split:
    """A number in fixed notation, cut after the last digit all numbers of its row share."""

    shared: str
    rest: str = ""


def split_row(values: list[float | None], floor: float) -> list[Split]:
    """Cut each number of a row at the first place where any two differ.

    Args:
        values: the same quantity by several routes; None where a route has no answer.
        floor: the smallest magnitude worth resolving, so that a zero met as 1e-17 still reads as a zero.

    Returns:
        One split per value. A number with nothing to compare it to is all ``shared``.
    """
    present = [v for v in values if v is not None]
    scale = max([abs(v) for v in present] + [floor])
    decimals = decimals_for(scale, SIGNIFICANT, most=24)
    texts = [fixed(v, decimals) for v in present]
    common = len(os.path.commonprefix(texts)) if texts else 0
    cut = {v: Split(t[:common], t[common:]) for v, t in zip(present, texts, strict=True)}
    return [Split(ABSENT) if v is None else cut[v] for v in values]
