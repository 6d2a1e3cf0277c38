"""The digits that several numbers share, set apart from those they do not."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.report.text.numerals import ABSENT, decimals_for, fixed

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
    if present and not any(present):  # exactly zero on every route: no digits could say it better
        return [Split(ABSENT if v is None else "0") for v in values]
    scale = max([abs(v) for v in present] + [floor])
    decimals = decimals_for(scale, SIGNIFICANT, most=24)
    texts = [fixed(v, decimals) for v in present]
    common = _common(texts)
    cut = {v: Split(t[:common], t[common:]) for v, t in zip(present, texts, strict=True)}
    return [Split(ABSENT) if v is None else cut[v] for v in values]


def _common(texts: list[str]) -> int:
    """How many characters all texts start with."""
    common = 0
    for characters in zip(*texts, strict=False):
        if len(set(characters)) > 1:
            break
        common += 1
    return common
