"""Rank, residual sum of squares and residual sd of least squares, against certified values and planted faults."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from helpers.nist import CERTIFIED
from mapsto import BadInput, Flat, Normal, PosteriorRegressor, Problem, audit, exact_posterior
from mapsto.conventions import prior_of
from mapsto.data.encoding import Columns
from mapsto.data.least_squares import least_squares
from mapsto.data.statistics import SufficientStatistics
from mapsto.runs.audit.specification import Asked, settle

PERFECT = ("Wampler1", "Wampler2")
RESIDUAL = tuple(name for name in CERTIFIED if name not in PERFECT)
# Relative error that is allowed. Filip's tenth powers lose most of sixteen digits; 1e-9 is held all the same.
WITHIN = 1e-9


def fit(X, y, centred=True, weights=None):
    return least_squares(SufficientStatistics.from_rows(X, y, centred=centred, weights=weights))


def columns(X, y):
    return Columns(tuple(f"c{j}" for j in range(X.shape[1])), X, y, "y", ())


@pytest.mark.parametrize("name", RESIDUAL)
def test_the_certified_residual_sd(name):
    (X, y), centred, certified, df = CERTIFIED[name]
    found = fit(X, y, centred)
    assert (found.rank, found.degrees_of_freedom) == (X.shape[1], df)
    assert abs(found.residual_sd / certified - 1) <= WITHIN
    # what rounding may do to the residuals covers the error, and so the bound that finds perfect fits is a bound
    error = abs(found.residual_sd - certified) * np.sqrt(df)
    assert error <= found.rounding < 1e-4 * np.sqrt(found.residual_sum_of_squares)
    assert abs(found.residual_sd / (certified * (1 + 1e-8)) - 1) > WITHIN  # control: the eighth digit off


@pytest.mark.parametrize("name", CERTIFIED)
def test_a_stream_of_two_rows_at_a_time_has_the_same_bits(name):
    (X, y), centred, *_ = CERTIFIED[name]
    starts = range(0, len(y), 2)
    pairs = SufficientStatistics.from_blocks(((X[i : i + 2], y[i : i + 2]) for i in starts), centred=centred)
    whole = SufficientStatistics.from_rows(X, y, centred=centred)
    assert np.array_equal(pairs.factor(), whole.factor())
    assert np.array_equal(pairs.means(), whole.means())


@pytest.mark.parametrize("name", RESIDUAL)
def test_everyone_who_estimates_sigma_has_the_certified_one(name):
    (X, y), centred, certified, df = CERTIFIED[name]
    assert Problem.from_rows(X, y, noise_sd="auto", intercept=centred).noise_sd == pytest.approx(certified, rel=WITHIN)
    regressor = PosteriorRegressor(Normal(1.0), fit_intercept=centred).fit(X, y)
    assert regressor.noise_sd_ == pytest.approx(certified, rel=WITHIN)
    settled = settle(columns(X, y), Asked(prior=Normal(1.0)), intercept=centred)
    assert settled.problem.noise_sd == pytest.approx(certified, rel=WITHIN)
    assert f"with {df} degrees of freedom" in settled.problem.sigma.how


@pytest.mark.parametrize("name", RESIDUAL)
@pytest.mark.parametrize("factor", [2.0**-53, 2.0**53])  # powers of two round nothing
def test_units_of_a_column_change_nothing(name, factor):
    (X, y), centred, certified, df = CERTIFIED[name]
    found = fit(X * np.append(factor, np.ones(X.shape[1] - 1)), y, centred)
    assert found.degrees_of_freedom == df
    assert abs(found.residual_sd / certified - 1) <= WITHIN


def test_a_column_sixteen_magnitudes_larger_hides_no_other(rng):
    x, noise = rng.standard_normal((2, 200))
    X, y = np.column_stack([1e16 * rng.standard_normal(200), x]), 100.0 * x + noise
    assert np.linalg.matrix_rank(X) == 1  # control: columns that are not scaled look like one
    found = fit(X, y)
    assert (found.rank, found.degrees_of_freedom) == (2, 197)
    assert found.residual_sd == pytest.approx(fit(X / [1e16, 1.0], y).residual_sd, rel=1e-12)
    assert found.residual_sd < 2 < y.std()


def test_columns_that_repeat_each_other_count_once(tables):
    X, y = tables["tall"]
    once = fit(X, y)
    for more in (X[:, :1], 1e9 * X[:, :1], X[:, :2].sum(axis=1, keepdims=True), np.full((len(X), 1), 4.0)):
        repeated = fit(np.column_stack([X, more]), y)
        assert (repeated.rank, repeated.degrees_of_freedom) == (once.rank, once.degrees_of_freedom)
        assert repeated.residual_sd == pytest.approx(once.residual_sd, rel=1e-12)
    apart = fit(np.column_stack([X, X[:, :1] + 1e-6 * np.arange(len(X))[:, np.newaxis] ** 2]), y)
    assert apart.rank == once.rank + 1  # control: nearly the same is not the same


def test_weights_are_those_of_repeated_measurements(rng):
    X, y = rng.standard_normal((30, 3)), rng.standard_normal(30)
    q = rng.uniform(0.5, 2.0, 30)
    design = np.sqrt(q)[:, np.newaxis] * np.column_stack([np.ones(30), X])
    rss = np.linalg.lstsq(design, np.sqrt(q) * y)[1][0]
    assert fit(X, y, weights=q).residual_sd == pytest.approx(np.sqrt(rss / 26), rel=1e-12)


# --- where there is none


@pytest.mark.parametrize("name", PERFECT)
def test_a_perfect_fit_has_no_residual_sd(name):
    (X, y), *_ = CERTIFIED[name]
    found = fit(X, y)
    assert 0 < found.residual_sum_of_squares < 1e-12 * (y @ y)  # rounding error leaves something
    assert "no residuals" in found.reason
    with pytest.raises(BadInput, match="noise_sd cannot be estimated: least squares leaves no residuals") as refused:
        Problem.from_rows(X, y, noise_sd="auto")
    assert "\n" not in str(refused.value)
    with pytest.raises(BadInput, match="leaves no residuals"):
        PosteriorRegressor(Normal(1.0)).fit(X, y)
    for asked in (Asked(prior=Normal(1.0)), Asked(alpha=0.0), Asked()):
        with pytest.raises(BadInput, match="noise_sd cannot be estimated: least squares leaves no residuals"):
            settle(columns(X, y), asked, intercept=True)


def test_a_perfect_fit_of_ones_own_has_no_residual_sd(tables):
    X, y = tables["tall"]
    exact = 1.0 + X @ np.arange(1.0, X.shape[1] + 1)
    fitted = LinearRegression().fit(X, exact)
    assert 0 < np.abs(exact - fitted.predict(X)).max() < 1e-12
    with pytest.raises(BadInput, match="sigma cannot be estimated"):
        prior_of(fitted, X=X, y=exact)
    with pytest.raises(BadInput, match="sigma cannot be estimated"):
        audit(fitted, X, exact)
    assert prior_of(LinearRegression().fit(X, y), X=X, y=y).noise_sd == pytest.approx(fit(X, y).residual_sd, rel=1e-12)


@pytest.mark.parametrize(("n", "p"), [(5, 2), (50, 3), (400, 20), (5000, 3)])
@pytest.mark.parametrize("mean", [0.0, 1e3])
def test_residuals_that_are_rounding_error_are_told_from_small_ones(rng, n, p, mean):
    X = mean + rng.standard_normal((n, p)) * 10.0 ** rng.integers(-6, 7, p)
    y = X @ rng.standard_normal(p) + 1.0
    assert fit(X, y).reason
    y += 1e-9 * np.linalg.norm(y) / np.sqrt(n) * rng.standard_normal(n)
    assert not fit(X, y).reason


def test_no_rows_to_spare_is_told(tables):
    assert fit(*tables["wide"]).reason == "least squares leaves 0 degrees of freedom"


def test_flat_slopes_have_a_posterior_where_the_rank_says_so():
    (X, y), *_ = CERTIFIED["Filip"]
    assert hasattr(exact_posterior(Problem.from_rows(X, y, noise_sd="auto"), Flat()), "mean")
    repeated = Problem.from_rows(np.column_stack([X, 1e16 * X[:, 0]]), y, noise_sd="auto")
    assert not hasattr(exact_posterior(repeated, Flat()), "mean")
