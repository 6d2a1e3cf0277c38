"""Ranks of true values among draws, and what they say: a p-value, and how often intervals hold the truth.

If the truth is drawn from the prior and the data given it, its rank among independent draws of the posterior is
uniform, whatever the quantity (Talts, Betancourt, Simpson, Vehtari & Gelman 2018, arXiv:1804.06788, theorem 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapsto.certificate.calibration.bands import Counts, cumulative, p_value
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput

DRAWS = 199  # 200 possible ranks: intervals of 50, 80 and 95 per cent end between two of them
POSSIBLE = DRAWS + 1
PROBS = (0.5, 0.8, 0.95)


def ranks(truth: Vector, draws: Matrix, rng: np.random.Generator) -> Counts:
    """How many draws of each quantity lie below its true value, shape (k,).

    Args:
        truth: shape (k,).
        draws: shape (DRAWS, k).
        rng: decides between ties, which a discrete quantity has (Säilynoja et al. 2022, section 2.1).

    Raises:
        BadInput: a number that is NaN, or another count of draws.
    """
    if draws.shape != (DRAWS, len(truth)):
        raise BadInput(f"the draws have shape {draws.shape}; expected {(DRAWS, len(truth))}")
    if np.isnan(truth).any() or np.isnan(draws).any():
        raise BadInput("a true value or a draw is not a number")
    below, tied = (draws < truth).sum(axis=0), (draws == truth).sum(axis=0)
    return np.asarray(below + rng.integers(0, tied + 1), dtype=np.int64)


@dataclass(frozen=True)
class Uniformity:
    """What the ranks of one quantity say.

    Attributes:
        counts: how many ranks lie up to each place of :func:`~mapsto.certificate.calibration.bands.places`.
        p_value: the probability of counts as far from uniform anywhere, if the ranks are uniform.
        coverage: the share of equal-tailed intervals of each of ``PROBS`` that hold the truth.
    """

    counts: tuple[int, ...]
    p_value: float
    coverage: tuple[float, ...]

    @classmethod
    def of(cls, ranked: Counts) -> Uniformity:
        """Of the ranks of one quantity, shape (replicates,)."""
        counts = cumulative(ranked, POSSIBLE)
        return cls(
            tuple(map(int, counts)), p_value(counts, len(ranked)), tuple(coverage(ranked, prob) for prob in PROBS)
        )


def coverage(ranked: Counts, prob: float) -> float:
    """The share of the ranks that lie in the middle ``prob`` of all possible ones."""
    cut = round((1 - prob) / 2 * POSSIBLE)
    return float(((cut <= ranked) & (ranked < POSSIBLE - cut)).mean())
