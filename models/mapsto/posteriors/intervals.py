"""The one probability of every interval, and the equal-tailed intervals of Normal distributions."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from mapsto.data.statistics import Matrix, Vector

PROB = 0.89  # ArviZ's default: any interval is a choice, and 95 % suggests a test
HALF_WIDTH = float(ndtri(0.5 + PROB / 2))
"""How many standard deviations such an interval of a Normal distribution goes to either side."""
TAILS = (0.5 - PROB / 2, 0.5 + PROB / 2)
"""The probabilities below its two ends."""


def normal_eti(mean: Vector, sd: Vector) -> Matrix:
    """Equal-tailed intervals of Normal distributions, shape (len(mean), 2)."""
    return np.column_stack([mean - HALF_WIDTH * sd, mean + HALF_WIDTH * sd])
