"""The simultaneous band: its probability beside simulation and brute force, and how often a whole page errs."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import binom

from mapsto import BadInput
from mapsto.certificate.calibration.bands import STEPS, band, cumulative, p_value, places
from mapsto.certificate.calibration.ranks import DRAWS, POSSIBLE, Uniformity, coverage, ranks
from mapsto.runs.calibration.run import LEVEL, REPLICATES

LINES = 400  # more than the page of all methods without a sampler has


def uniform_counts(rng, size, many):
    """Counts up to each place of ``many`` sets of uniform ranks, shape (many, STEPS - 1)."""
    return rng.multinomial(size, np.full(STEPS, 1 / STEPS), size=many).cumsum(axis=1)[:, :-1]


def leaves(limits, counts):
    return ((counts < limits.lower) | (counts > limits.upper)).any(axis=-1)


def test_the_probability_is_that_of_every_path_counted_one_by_one():
    """Two ranks: all 40 x 40 places they may take."""
    limits = band(2, 0.3)
    both = np.array(list(itertools.product(range(STEPS), repeat=2)))
    counts = (both[:, :, np.newaxis] < np.arange(1, STEPS)).sum(axis=1)
    assert limits.outside == pytest.approx(leaves(limits, counts).mean(), abs=1e-12)


@pytest.mark.parametrize("level", [0.5, 0.05, 0.01])
def test_uniform_ranks_leave_it_as_often_as_it_says(level):
    limits, many = band(400, level), 20_000
    seen = leaves(limits, uniform_counts(np.random.default_rng(3), 400, many)).sum()
    assert limits.outside <= level
    low, high = binom.interval(0.999, many, limits.outside)
    assert low <= seen <= high


@pytest.mark.parametrize("pages", [100, pytest.param(1_000, marks=pytest.mark.slow)])
def test_a_page_calls_the_calibrated_uncalibrated_as_rarely_as_it_says(pages):
    """Pages of 400 lines of 500 ranks: how many have any alarm."""
    limits = band(REPLICATES, LEVEL / LINES)
    rng = np.random.default_rng(11)
    alarms = sum(bool(leaves(limits, uniform_counts(rng, REPLICATES, LINES)).any()) for _ in range(pages))
    rate = 1 - (1 - limits.outside) ** LINES
    assert 0.8 * LEVEL < rate <= LEVEL
    low, high = binom.interval(0.999, pages, rate)
    assert low <= alarms <= high


def test_the_p_value_is_one():
    """At most as often below any level as the level says, and close to it; and it agrees with the band."""
    counts = uniform_counts(np.random.default_rng(5), 300, 700)
    found = np.array([p_value(one, 300) for one in counts])
    for level in (0.02, 0.1, 0.5):
        below = int((found <= level).sum())
        assert below <= binom.isf(5e-4, 700, level)
        assert below >= binom.ppf(5e-4, 700, 0.8 * level)
    limits = band(300, 0.1)
    assert [limits.holds(one) for one in counts] == [value > limits.outside * (1 + 1e-9) for value in found]


def test_ranks_count_the_draws_below_and_split_ties_evenly():
    rng = np.random.default_rng(1)
    draws = np.column_stack([np.arange(DRAWS), np.zeros(DRAWS)]).astype(float)
    many = np.array([ranks(np.array([9.5, 0.0]), draws, rng) for _ in range(4_000)])
    assert set(many[:, 0]) == {10}
    spread = np.bincount(many[:, 1], minlength=POSSIBLE)
    assert ((spread - 20) ** 2 / 20).sum() < POSSIBLE - 1 + 5 * math.sqrt(2 * (POSSIBLE - 1))


def test_all_ranks_together_are_covered_as_their_intervals_say():
    each = np.arange(POSSIBLE)
    assert [coverage(each, prob) for prob in (0.5, 0.8, 0.95)] == [0.5, 0.8, 0.95]
    assert Uniformity.of(each).p_value == 1.0
    assert list(cumulative(each, POSSIBLE)) == list((places() * POSSIBLE).round())


@pytest.mark.parametrize(("truth", "shape"), [(np.nan, DRAWS), (0.0, DRAWS - 1)])
def test_what_cannot_be_ranked_is_refused(truth, shape):
    with pytest.raises(BadInput):
        ranks(np.array([truth]), np.zeros((shape, 1)), np.random.default_rng(1))
    with pytest.raises(BadInput, match="a multiple of"):
        cumulative(np.array([1]), 199)
