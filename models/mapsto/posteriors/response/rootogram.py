"""The rootogram: how often each count was observed, and how often the model expects it, as square roots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.posteriors.intervals import TAILS
from mapsto.posteriors.response.draws import ResponseDraws

MOST_BARS = 30
FAR = 0.99  # of the counts: the last bar holds those beyond it


@dataclass(frozen=True, eq=False)
class Rootogram:
    """Frequencies by count, or by range of counts.

    Attributes:
        starts: the least count of each bar, shape (bars,); the last one holds all beyond it too.
        width: number of counts in a bar.
        observed: frequency in the data, shape (bars,).
        expected: mean frequency in data sets drawn from the model.
        band: its 89 % equal-tailed interval, shape (bars, 2).
    """

    starts: Vector
    width: int
    observed: Vector
    expected: Vector
    band: Matrix

    @property
    def inside(self) -> int:
        """Number of bars whose observed frequency lies in its interval."""
        return int(((self.band[:, 0] <= self.observed) & (self.observed <= self.band[:, 1])).sum())


def rootogram(drawn: ResponseDraws) -> Rootogram:
    """Frequencies in at most :data:`MOST_BARS` bars of equal width (Kleiber & Zeileis 2016, Am. Stat. 70(3))."""
    observed, replicated = np.rint(drawn.y * drawn.q), np.rint(drawn.replicated * drawn.q)
    top = int(max(np.quantile(observed, FAR), np.quantile(replicated, FAR)))
    width = -(-(top + 1) // MOST_BARS)
    bars = top // width + 1

    def frequencies(counts: Vector) -> Vector:
        at = np.minimum(counts, top).astype(np.int64) // width
        return np.bincount(at, minlength=bars).astype(np.float64)

    each = np.array([frequencies(one) for one in replicated])
    starts = np.arange(0.0, bars * width, width, dtype=np.float64)
    band = np.quantile(each, TAILS, axis=0).T
    return Rootogram(starts, width, frequencies(observed), each.mean(axis=0), band)
