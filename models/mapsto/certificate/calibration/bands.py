"""Simultaneous confidence bands of the empirical distribution of ranks, and the p-value that goes with them.

The count of ranks up to the fraction z_k of all is Binomial(N, z_k) if they are uniform, and the counts at
z_1 < z_2 < ... are a Markov chain: given x at z_k, x plus a Binomial(N - x, (z_(k+1) - z_k) / (1 - z_k)) at the next.
So the probability that the whole path stays between pointwise limits is a product of banded matrices, without any
simulation (Säilynoja, Bürkner & Vehtari 2022, "Graphical test for discrete uniformity and its applications",
Statistics and Computing 32(32), section 2.2 and algorithm 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import binom

from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput

Counts = NDArray[np.int64]
STEPS = 40  # places at which the distribution is compared; the number of possible ranks is a multiple of it
SAME = 1e-9  # relative difference of two tail probabilities that is rounding


@dataclass(frozen=True, eq=False)
class Band:
    """Limits that the counts of uniform ranks keep at every place together.

    Attributes:
        at: fractions z_k of the possible ranks, shape (STEPS - 1,).
        lower, upper: the least and the largest count of ranks up to each, shape (STEPS - 1,).
        outside: the probability that the counts of uniform ranks leave the band anywhere.
    """

    at: Vector
    lower: Counts
    upper: Counts
    outside: float

    def holds(self, counts: Counts) -> bool:
        """Whether counts, shape (STEPS - 1,), lie within the band everywhere."""
        return bool(((self.lower <= counts) & (counts <= self.upper)).all())


def places() -> Vector:
    """The fractions at which the distribution is compared, shape (STEPS - 1,)."""
    return np.arange(1, STEPS) / STEPS


def cumulative(ranks: Counts, possible: int) -> Counts:
    """How many of the ranks 0 ... ``possible`` - 1 are among the first z_k of them, shape (STEPS - 1,).

    Raises:
        BadInput: ``possible`` is no multiple of STEPS, so that the counts would not be binomial with these fractions.
    """
    if possible % STEPS:
        raise BadInput(f"there are {possible} possible ranks; expected a multiple of {STEPS}")
    edges = np.arange(1, STEPS) * (possible // STEPS)
    return np.searchsorted(np.sort(ranks), edges, side="left")


@cache
def tails(size: int) -> Matrix:
    """Twice the smaller tail of every count 0 ... size under Binomial(size, z_k), shape (STEPS - 1, size + 1)."""
    counts, z = np.arange(size + 1), places()[:, np.newaxis]
    both: Matrix = 2 * np.minimum(binom.cdf(counts, size, z), binom.sf(counts - 1, size, z))
    return np.minimum(1.0, both)


def p_value(counts: Counts, size: int) -> float:
    """The probability that uniform ranks stray somewhere as far as these counts do, or farther."""
    extreme = float(tails(size)[np.arange(STEPS - 1), counts].min())
    return 1.0 if extreme >= 1 else _limits(size, extreme * (1 + SAME)).outside


def band(size: int, level: float) -> Band:
    """The narrowest of these bands that ``size`` uniform ranks leave with a probability of at most ``level``."""
    return _band(size, level)


@cache
def _band(size: int, level: float) -> Band:
    low, high = level / STEPS**2, level  # pointwise levels: the first is too cautious, the second not cautious enough
    for _ in range(30):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if _limits(size, middle).outside <= level else (low, middle)
    return _limits(size, low)


def _limits(size: int, pointwise: float) -> Band:
    """The band of all counts whose tail probability is above ``pointwise``."""
    within = tails(size) > pointwise
    lower, upper = within.argmax(axis=1), size - within[:, ::-1].argmax(axis=1)
    return Band(places(), lower, upper, _outside(size, tuple(lower), tuple(upper)))


@cache
def _outside(size: int, lower: tuple[int, ...], upper: tuple[int, ...]) -> float:
    inside, states, before = np.ones(1), np.zeros(1, dtype=np.int64), 0.0
    for z, least, most in zip(places(), lower, upper, strict=True):
        after = np.arange(least, most + 1)
        inside = inside @ _steps(size, states, after, (z - before) / (1 - before))
        states, before = after, z
    return max(0.0, 1.0 - float(inside.sum()))


def _steps(size: int, states: Counts, after: Counts, chance: float) -> Matrix:
    """Probabilities of going from each count to each of the next, shape (len(states), len(after))."""
    left = (size - states)[:, np.newaxis]
    more = after - states[:, np.newaxis]
    possible = (more >= 0) & (more <= left)
    k = np.where(possible, more, 0)
    logs = gammaln(left + 1) - gammaln(k + 1) - gammaln(left - k + 1)
    logs = logs + k * np.log(chance) + (left - k) * np.log1p(-chance)
    return np.where(possible, np.exp(logs), 0.0)
