"""The calibration curve of predicted probabilities, with the band in which it lies if the model is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.posteriors.intervals import TAILS
from mapsto.posteriors.response.draws import ResponseDraws

BINS = 10
LEAST = 5  # rows in a bin


@dataclass(frozen=True, eq=False)
class Calibration:
    """Bins of rows with like predictions.

    Attributes:
        predicted: the mean predicted share of each bin, shape (bins,).
        observed: the share that was observed there.
        band: where it lies in data sets drawn from the model, 89 % equal-tailed, shape (bins, 2).
    """

    predicted: Vector
    observed: Vector
    band: Matrix

    @property
    def inside(self) -> int:
        """Number of bins whose observed share lies in their band."""
        return int(((self.band[:, 0] <= self.observed) & (self.observed <= self.band[:, 1])).sum())


def calibration(drawn: ResponseDraws) -> Calibration | None:
    """Bins of equally many rows by their predicted share, or None with fewer than two bins of rows.

    The band is one of consistency: of the shares that the model would give these bins (Broecker & Smith 2007, Weather
    and Forecasting 22(3), section 3).
    """
    order = np.argsort(drawn.middle, kind="stable")
    bins = min(BINS, len(order) // LEAST)
    if bins < 2:
        return None
    parts = np.array_split(order, bins)

    def share(values: Matrix) -> Matrix:
        """Of each bin, along the last axis."""
        each = [(values[..., part] * drawn.q[part]).sum(axis=-1) / drawn.q[part].sum() for part in parts]
        return np.stack(each, axis=-1)

    band = np.quantile(share(drawn.replicated), TAILS, axis=0).T
    return Calibration(share(drawn.middle), share(drawn.y), band)
