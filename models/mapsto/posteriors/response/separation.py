"""The separation plot: rows in the order of their predicted probability, with where the ones are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.posteriors.response.draws import ResponseDraws

MOST_SHOWN = 400


@dataclass(frozen=True, eq=False)
class Separation:
    """Rows in ascending order of their predicted probability, or every k-th of them.

    Attributes:
        predicted: posterior means of the probability, shape (m,).
        eti89: its intervals, shape (m, 2).
        y: what was observed, 0 or 1, shape (m,).
        auc: over all rows, the share of pairs of a one and a zero of which the one has the higher probability.
    """

    predicted: Vector
    eti89: Matrix
    y: Vector
    auc: float


def separation(drawn: ResponseDraws) -> Separation | None:
    """The rows in order (Greenhill, Ward & Sacks 2011, AJPS 55(4)); None for shares of several trials, or one class."""
    if not np.isin(drawn.y, (0.0, 1.0)).all() or np.ptp(drawn.y) == 0:
        return None
    order = np.argsort(drawn.middle, kind="stable")
    shown = order[np.unique(np.linspace(0, len(order) - 1, MOST_SHOWN).round().astype(int))]
    return Separation(drawn.middle[shown], drawn.eti89[shown], drawn.y[shown], _auc(drawn.middle, drawn.y))


def _auc(score: Vector, y: Vector) -> float:
    """By the ranks of the ones, ties counted half (Hanley & McNeil 1982, Radiology 143(1))."""
    from scipy.stats import rankdata  # imported late: it takes half a second

    ranks, ones = rankdata(score), int(y.sum())
    return float((ranks[y == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(y) - ones)))
