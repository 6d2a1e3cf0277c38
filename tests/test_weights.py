"""Rows with weights: the noise of row i has variance sigma^2 / q_i, on every road the data take."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from helpers.runs import as_json
from mapsto import (
    BadInput,
    Estimate,
    HalfNormal,
    HalfNormalNoise,
    InverseGammaNoise,
    JeffreysNoise,
    Laplace,
    Normal,
    PosteriorRegressor,
    Problem,
    RegularizedHorseshoe,
    SufficientStatistics,
    exact_posterior,
    run,
)
from mapsto.engines import sklearn as via_sklearn
from mapsto.posteriors.live import dropped_constants, live_ridge
from mapsto.rounding import gamma

SIGMA, SCALE = 0.7, 0.9


def data(rows=30, seed=3):
    """Rows whose noise has the variance that their weights say; the weights are whole numbers."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, 3)) * [1.0, 2.0, 0.5] + [0.0, 1.0, -3.0]
    weights = rng.integers(1, 6, rows).astype(float)
    y = 2.0 + X @ np.array([0.8, -0.4, 0.0]) + SIGMA * rng.standard_normal(rows) / np.sqrt(weights)
    return X, y, weights


def problem(intercept=True, **more):
    X, y, weights = data()
    return Problem.from_rows(X, y, noise_sd=SIGMA, intercept=intercept, **({"weights": weights} | more))


def repeated(intercept=True):
    """Each row as many times as its weight says."""
    X, y, weights = data()
    times = weights.astype(int)
    return Problem.from_rows(np.repeat(X, times, axis=0), np.repeat(y, times), noise_sd=SIGMA, intercept=intercept)


both = pytest.mark.parametrize("intercept", [True, False])


@both
def test_the_likelihood_is_that_of_rows_with_their_own_noise(intercept):
    X, y, weights = data()
    w, b = np.array([0.3, -0.2, 0.1]), 1.5 * intercept
    by_row = stats.norm(b + X @ w, SIGMA / np.sqrt(weights)).logpdf(y)
    found = problem(intercept).log_likelihood(w, b)
    rounding = gamma(8 * len(y))
    assert found == pytest.approx(by_row.sum(), rel=rounding)
    unweighted = problem(intercept, weights=None).log_likelihood(w, b)
    assert abs(unweighted / by_row.sum() - 1) > 1e6 * rounding  # control


@both
def test_whole_weights_are_rows_repeated(intercept):
    weighted, whole = problem(intercept), repeated(intercept)
    one, other = (exact_posterior(p, Normal(SCALE)) for p in (weighted, whole))
    rounding = whole.rounding * np.linalg.cond(other.root) ** 2
    np.testing.assert_allclose(one.mean, other.mean, atol=rounding * np.abs(other.mean).max())
    np.testing.assert_allclose(one.sd, other.sd, rtol=rounding)
    assert one.intercept_mean == pytest.approx(other.intercept_mean, rel=rounding)
    assert one.intercept_sd == pytest.approx(other.intercept_sd, rel=rounding)
    # the densities differ by what the mean of q measurements leaves out of the density of all q
    q = weighted.weights
    spare = 0.5 * np.log(q).sum() + 0.5 * (q.sum() - len(q)) * math.log(2 * math.pi * SIGMA**2)
    assert one.log_evidence - other.log_evidence == pytest.approx(spare, rel=rounding, abs=rounding * whole.n)
    flipped = exact_posterior(problem(intercept, weights=q[::-1]), Normal(SCALE))  # control
    assert np.abs(flipped.mean - other.mean).max() > 1e6 * rounding * np.abs(other.mean).max()


def test_weights_of_one_change_nothing():
    plain, ones = problem(weights=None), problem(weights=np.ones(30))
    a, b = (exact_posterior(p, Normal(SCALE)) for p in (plain, ones))
    np.testing.assert_allclose(a.mean, b.mean, rtol=plain.rounding * np.linalg.cond(a.root) ** 2)
    assert a.log_evidence == pytest.approx(b.log_evidence, rel=gamma(30))
    assert plain.sha256 != ones.sha256 != problem().sha256


@both
def test_the_evidence_is_the_density_of_y(intercept):
    X, y, q = data()
    C = np.diag(SIGMA**2 / q) + SCALE**2 * X @ X.T
    if not intercept:
        expected = stats.multivariate_normal(np.zeros(len(y)), C).logpdf(y)
    else:  # a flat intercept integrated out: Rasmussen & Williams (2006), equation 2.45, with one basis function
        one, inverse = np.ones(len(y)), np.linalg.inv(C)
        A = one @ inverse @ one
        left = y @ inverse @ y - (one @ inverse @ y) ** 2 / A
        logs = np.linalg.slogdet(C)[1] + math.log(A) + (len(y) - 1) * math.log(2 * math.pi)
        expected = -0.5 * (left + logs)
    found = exact_posterior(problem(intercept), Normal(SCALE)).log_evidence
    assert found == pytest.approx(expected, rel=len(y) * gamma(len(y)) * np.linalg.cond(C))


@both
def test_blocks_merge_with_their_weights(intercept):
    X, y, q = data()
    whole = SufficientStatistics.from_rows(X, y, centred=intercept, weights=q)
    parts = [(X[i : i + 7], y[i : i + 7], q[i : i + 7]) for i in range(0, 30, 7)]
    merged = SufficientStatistics.from_blocks(parts, centred=intercept)
    rounding = gamma(30) * 30
    assert (merged.n, merged.weight) == (30, q.sum())
    assert merged.log_weights == pytest.approx(np.log(q).sum(), rel=rounding)
    np.testing.assert_allclose(np.abs(merged.R), np.abs(whole.R), atol=rounding * np.abs(whole.R).max())
    np.testing.assert_allclose(merged.x_mean, np.average(X, axis=0, weights=q) * intercept, rtol=rounding)
    assert merged.residual_sum_of_squares == pytest.approx(
        whole.residual_sum_of_squares, rel=rounding * (whole.z @ whole.z) / whole.residual_sum_of_squares
    )
    mixed = SufficientStatistics.from_blocks([(X[:7], y[:7]), *parts[1:]], centred=intercept)  # control: some without
    assert np.abs(np.abs(mixed.R) - np.abs(whole.R)).max() > 1e6 * rounding


CASES = {
    "normal": (Normal(SCALE), None),
    "laplace": (Laplace(0.05), None),
    "half-normal": (HalfNormal(SCALE), None),
    "sigma learned with the slopes": (Normal(SCALE, per_sigma=True), InverseGammaNoise(shape=3.0, scale=1.0)),
    "sigma learned apart": (Normal(SCALE), HalfNormalNoise(scale=1.0)),
    "slopes integrated out": (RegularizedHorseshoe(global_scale=0.3, slab_scale=2.0), None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_with_weights_is_certified(case):
    prior, noise = CASES[case]
    result = run(problem(noise_prior=noise), prior)
    failed = [check.name for check in result.certificate.checks if not check.passed]
    assert failed == []
    # by row: the draws' log likelihoods are those of their own noise, and replicated rows scatter by it
    tree = result.posterior
    X, y, q = data()
    w, b = tree["posterior"]["w"].to_numpy()[0, 0], float(tree["posterior"]["b"][0, 0])
    sigma = float(tree["posterior"]["sigma"][0, 0]) if noise else SIGMA
    expected = stats.norm(b + X @ w, sigma / np.sqrt(q)).logpdf(y)
    at = tree["log_likelihood"]["y"].to_numpy()[0, 0]
    np.testing.assert_allclose(at, expected, atol=gamma(8 * len(y)) * np.abs(expected).max())
    record = as_json(result.record())
    assert record["problem"]["weights"] == {"total": q.sum(), "least": q.min(), "most": q.max()}
    assert "/ np.sqrt(weights)" in record["programs"]["pymc"]
    assert any("q_i" in term["formula"] for term in record["ledger"]) == bool(record["ledger"])


def without_weights(problem):
    """The same rows, their weights forgotten."""
    return replace(problem, table=replace(problem.table, weights=None))


def test_a_route_that_forgets_the_weights_is_found_out(monkeypatch):
    real = via_sklearn.fit
    monkeypatch.setattr(via_sklearn, "fit", lambda p, prior: real(without_weights(p), prior))
    failed = {check.name for check in run(problem(), Normal(SCALE)).certificate.checks if not check.passed}
    assert {"stationarity-sklearn", "same-mode-closed_form-sklearn"} <= failed


def test_a_model_of_rows_that_forgets_the_weights_is_found_out(monkeypatch):
    from mapsto.engines.pymc.densities import rows

    real = rows.rows_model
    monkeypatch.setattr(rows, "rows_model", lambda p, prior: real(without_weights(p), prior))
    failed = {check.name for check in run(problem(), Normal(SCALE)).certificate.checks if not check.passed}
    assert failed == {"rows-equal-statistics"}


def test_the_predictive_sd_of_a_row_has_its_own_noise():
    weighted = problem()
    posterior = exact_posterior(weighted, Normal(SCALE))
    new = np.vstack([weighted.X[:2], weighted.X[:2]])
    heavy = posterior.predictive_sd(new, np.array([1.0, 1.0, 4.0, 4.0]))
    np.testing.assert_allclose(heavy[:2] ** 2 - heavy[2:] ** 2, SIGMA**2 * (1 - 1 / 4), rtol=gamma(40))


def test_the_live_figures_count_the_weights():
    weighted = problem()
    live = live_ridge(weighted, SCALE)
    w = exact_posterior(weighted, Normal(SCALE)).mean
    at_mode = Estimate(w, weighted.statistics.best_intercept(w))
    log_joint = weighted.log_likelihood(w, at_mode.intercept) + Normal(SCALE).log_density(w)
    exponent = weighted.objective(w, at_mode.intercept, Normal(SCALE).penalty(w)) / (2 * SIGMA**2)
    assert -log_joint - exponent == pytest.approx(dropped_constants(live, SIGMA, SCALE), rel=gamma(200))


BAD = {
    "too few": (np.ones(29), r"weights have shape \(29,\) and X has 30 rows"),
    "zero": (np.r_[0.0, np.ones(29)], "1 numbers that are not above zero .* leave it out"),
    "negative": (np.r_[-2.0, np.ones(29)], "the least is -2"),
    "missing": (np.r_[np.nan, np.ones(29)], "weights holds NaN or infinity"),
    "text": (["heavy"] * 30, "weights holds values that are not numbers"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_weights_get_one_clear_line(case):
    weights, words = BAD[case]
    with pytest.raises(BadInput, match=words) as caught:
        problem(weights=weights)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("noise", [None, JeffreysNoise()])
def test_weights_times_a_number_are_sigma_times_its_root(noise):
    """Only sigma^2 / q is known to the likelihood, so q and 4 q differ by a factor of two in sigma."""
    one = problem(noise_prior=noise)
    four = problem(weights=4 * one.weights, noise_prior=noise).with_noise_sd(2 * SIGMA)
    a, b = (exact_posterior(p, Normal(SCALE)) for p in (one, four))
    rounding = one.rounding * np.linalg.cond(one.statistics.R) ** 2
    np.testing.assert_allclose(a.mean, b.mean, atol=rounding * np.abs(a.mean).max())
    np.testing.assert_allclose(a.sd, b.sd, rtol=rounding)
    if noise is not None:
        assert b.scale_mean("sigma") == pytest.approx(2 * a.scale_mean("sigma"), rel=rounding)


def test_the_estimator_takes_sample_weights():
    from sklearn.linear_model import Ridge

    X, y, q = data()
    q[:3] = 0.0  # rows that say nothing
    fitted = PosteriorRegressor(prior=Normal(1.0, per_sigma=True)).fit(X, y, sample_weight=q)
    theirs = Ridge(alpha=1.0).fit(X, y, sample_weight=q)
    rounding = fitted.problem_.rounding * np.linalg.cond(fitted.exact_.root) ** 2
    np.testing.assert_allclose(fitted.coef_, theirs.coef_, atol=2 * rounding * np.abs(theirs.coef_).max())
    assert fitted.certificate_.passed
    assert fitted.problem_.n == 27
    with pytest.raises(BadInput, match="1 rows have a weight above zero"):
        PosteriorRegressor().fit(X, y, sample_weight=np.r_[np.zeros(29), 1.0])
