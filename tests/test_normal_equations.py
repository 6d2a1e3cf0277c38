"""Whitened cross products give what reflections give, also where plain ones do not."""

import numpy as np
import pytest

from mapsto import Normal, PosteriorRegressor, Problem, exact_posterior
from mapsto.data.accumulator import ROWS, Accumulator
from mapsto.data.statistics import SufficientStatistics
from mapsto.data.whitening import Whitening
from mapsto.rounding import gamma

N = 3 * ROWS + 31


def tall(p=4, seed=5):
    rng = np.random.default_rng(seed)
    X = (rng.standard_normal((N, p)) + np.linspace(-1, 1, p)) * np.geomspace(1e-3, 1e3, p)
    return X, 2.0 + X @ (1 / np.geomspace(1e-3, 1e3, p)) + rng.standard_normal(N), rng.uniform(0.5, 2.0, N)


def with_a_twin(X):
    """One column more, which differs from the first by a ten-thousandth of its length."""
    return np.column_stack([X, X[:, 0] + 1e-7 * np.random.default_rng(9).standard_normal(len(X))])


def reflected(X, y, weights, centred):
    return SufficientStatistics.of_table(np.column_stack([X, y]), weights, centred=centred)


def apart(one, other):
    """How far two triangular factors are from each other, signs of rows aside, in units of each column's raw length."""
    a, b = (np.abs(np.column_stack([s.R, s.z])) for s in (one, other))
    raw = np.hypot(np.linalg.norm(b, axis=0), np.sqrt(other.weight) * np.abs(other.means()))
    return float((np.abs(a - b) / raw).max())


def drifting(X):
    """A trend that takes every column far from where it began."""
    return X + 40 * np.abs(X).max(axis=0) * np.linspace(0, 1, len(X))[:, np.newaxis]


def changing(X):
    """A column that is constant at first, and one whose size jumps."""
    changed = X.copy()
    changed[: 2 * ROWS, 0] = 1.5
    changed[2 * ROWS :, 1] *= 1e6
    return changed


def one_hot(X):
    """Two columns that add up to one: with an intercept they are collinear."""
    level = (X[:, 0] > 0).astype(float)
    return np.column_stack([X, level, 1 - level])


TABLES = {"plain": lambda X: X, "twin": with_a_twin, "drift": drifting, "change": changing, "one-hot": one_hot}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("heavy", [True, False])
def test_blocks_are_what_reflections_of_all_rows_are(table, centred, heavy):
    X, y, q = tall()
    X, weights = TABLES[table](X), q if heavy else None
    quick = SufficientStatistics.from_rows(X, y, centred=centred, weights=weights)
    slow = reflected(X, y, weights, centred)
    # each column errs by this share of its length, and the factor by the condition of the scaled columns times that
    T = slow.factor()
    lengths = np.linalg.norm(T, axis=0)
    condition = np.linalg.cond(T[:, :4] / lengths[:4])
    distinct = slice(None) if table != "one-hot" else slice(0, 4)  # of a collinear column only the length is determined
    a, b = np.abs(quick.factor()[distinct]), np.abs(T[distinct])
    raw = np.hypot(lengths, np.sqrt(slow.weight) * np.abs(slow.means()))
    allowed = condition * gamma(N * (X.shape[1] + 1)) * raw
    assert (np.abs(a - b) <= allowed).all()
    assert (quick.n, quick.centred) == (slow.n, slow.centred)
    assert quick.weight == pytest.approx(slow.weight, rel=gamma(N))
    assert quick.log_weights == pytest.approx(slow.log_weights, rel=gamma(N) * 100)
    np.testing.assert_allclose(quick.means(), slow.means(), atol=gamma(N) * np.abs(X).max())
    moved = SufficientStatistics.from_rows(X * (1 + 1e-6), y, centred=centred, weights=weights)  # control
    assert (np.abs(np.abs(moved.factor()[distinct]) - b) > allowed).any()


def test_near_twins_are_whitened_and_plain_cross_products_lose_their_digits():
    X, y, _ = tall()
    table = np.column_stack([with_a_twin(X), y])
    slow = SufficientStatistics.of_table(table.copy(), None, centred=True)
    first = SufficientStatistics.of_table(table[:ROWS].copy(), None, centred=True)
    white = Whitening.by(first.factor(), first.means())
    assert white.add(table - white.centre, None, centred=True, white=np.empty_like(table))
    means, T = white.folded()
    quick = SufficientStatistics.from_factor(N, means, T, True, float(N))
    allowed = gamma(N * table.shape[1])
    assert apart(quick, slow) <= 10 * allowed
    centred = table - table.mean(axis=0)
    rough = np.linalg.cholesky(centred.T @ centred).T  # control: the cross products of the rows as they are
    plain = SufficientStatistics.from_factor(N, means, rough, True, float(N))
    assert abs(abs(plain.R[4, 4]) / abs(slow.R[4, 4]) - 1) > 10 * abs(abs(quick.R[4, 4]) / abs(slow.R[4, 4]) - 1)


def test_rows_unlike_the_first_are_not_whitened():
    X, y, _ = tall()
    table = np.column_stack([X, y])
    first = SufficientStatistics.of_table(table[:ROWS].copy(), None, centred=True)
    white, room = Whitening.by(first.factor(), first.means()), np.empty((ROWS, 5))
    alike = table[ROWS : 2 * ROWS] - white.centre
    assert not white.add(alike + 5 * alike.std(axis=0), None, centred=True, white=room)  # their mean is elsewhere
    twin = alike.copy()
    twin[:, 1] = twin[:, 0] * 1e2 + 1e-3 * twin[:, 1]
    assert not white.add(twin, None, centred=True, white=room)  # columns that were apart are not
    assert white.rows == 0
    assert white.add(alike, None, centred=True, white=room)  # control


def test_the_way_a_stream_is_cut_changes_no_bit():
    X, y, q = tall()
    whole = SufficientStatistics.from_rows(X, y, centred=True, weights=q)
    rng = np.random.default_rng(1)
    cuts = np.sort(rng.choice(N, 40, replace=False))
    parts = zip(np.split(X, cuts), np.split(y, cuts), np.split(q, cuts), strict=True)
    cut = SufficientStatistics.from_blocks(parts, centred=True)
    assert np.array_equal(whole.factor(), cut.factor())
    assert np.array_equal(whole.means(), cut.means())
    order = rng.permutation(N)
    other = SufficientStatistics.from_rows(X[order], y[order], centred=True, weights=q[order])
    assert not np.array_equal(whole.factor(), other.factor())
    assert apart(whole, other) <= gamma(N * 5) * np.linalg.cond(whole.R / whole.column_norms)


def test_single_precision_is_read_as_it_is_and_added_up_in_double():
    X, y, _ = tall()
    X32, y32 = X.astype(np.float32), y.astype(np.float32)
    single = SufficientStatistics.from_rows(X32, y32, centred=True)
    same = SufficientStatistics.from_rows(X32.astype(np.float64), y32.astype(np.float64), centred=True)
    assert np.array_equal(single.factor(), same.factor())
    assert single.R.dtype == np.float64


def test_a_billion_rows_of_one_and_a_little_noise_keep_their_variance():
    rng = np.random.default_rng(3)
    noise = 1e-9 * rng.standard_normal(2 * ROWS)
    x = 1 + noise
    s = SufficientStatistics.from_rows(x[:, np.newaxis], noise * 2, centred=True)
    for _ in range(16):
        s = s + s
    n = 2 * ROWS * 2**16
    assert s.n == n > 10**9
    variance = np.var(x)  # of doubles that are next to one, exact to far more digits than are asked for
    # each mean errs by a rounding of one, which is a ten-millionth of the noise
    assert float(s.R[0, 0] ** 2) / n == pytest.approx(variance, rel=1e-6)
    assert abs(np.mean(x**2) - np.mean(x) ** 2 - variance) > 0.1 * variance  # control: the squares lose it


def test_an_accumulator_answers_in_between():
    X, y, _ = tall()
    accumulator = Accumulator(SufficientStatistics, centred=True)
    assert accumulator.statistics is None
    accumulator.add(X[:100], y[:100])
    assert accumulator.statistics.n == 100
    accumulator.add(X[100:], y[100:])
    whole = SufficientStatistics.from_rows(X, y, centred=True)
    assert np.array_equal(accumulator.statistics.factor(), whole.factor())


@pytest.mark.parametrize("collinear", [False, True])
def test_a_fit_of_many_rows_has_the_digits_of_reflections(collinear):
    X, y, _ = tall()
    if collinear:
        X = with_a_twin(X)
    fitted = PosteriorRegressor(prior=Normal(1.0, per_sigma=True), noise_sd=1.0).fit(X, y)
    table = Problem.from_statistics(reflected(X, y, None, True), noise_sd=1.0)
    slow = exact_posterior(table, Normal(1.0))
    unit = np.linalg.norm(slow.root, axis=0)
    condition = np.linalg.cond(slow.root / unit) ** 2
    off = np.abs((fitted.coef_ - slow.mean) * unit).max() / np.abs(slow.mean * unit).max()
    assert off <= 2 * fitted.problem_.rounding * condition
    assert fitted.certificate_.passed
