"""More columns than rows: the answers of the p by p work, from work in the space of the rows."""

import mpmath
import numpy as np
import pytest

from helpers.runs import as_json
from mapsto import Normal, PosteriorRegressor, Problem, exact_posterior, run
from mapsto.certificate import Conditioning
from mapsto.data.least_squares import least_squares
from mapsto.engines.pymc.engine import MOST_SLOPES
from mapsto.posteriors.factored.wide import WidePosterior, wide_posterior
from mapsto.posteriors.gaussian import gaussian_posterior
from mapsto.report import render

N, P = 40, 300
RNG = np.random.default_rng(5)
X = RNG.standard_normal((N, P))
Y = X[:, :4].sum(axis=1) + RNG.standard_normal(N)
U, _, V = np.linalg.svd(X, full_matrices=False)
CASES = {
    "plain": (X, np.ones(P), 0.5),
    "scales": (X, np.geomspace(1e-3, 1e3, P), 0.5),
    "units": (X * np.geomspace(1e-6, 1e6, P), np.ones(P), 0.5),
    "graded": (U * np.geomspace(1e6, 1, N) @ V, np.ones(P), 0.5),
    "some known well": (np.column_stack([1e4 * X[:, :20], 0.01 * X[:, 20:]]), np.ones(P), 0.5),
}


def both(case, intercept=True, weights=None, mean=0.0):
    rows, sd, sigma = CASES[case]
    problem = Problem.from_rows(rows, Y, noise_sd=sigma, intercept=intercept, weights=weights)
    centre = np.full(P, mean)
    return wide_posterior(problem, centre, sd), gaussian_posterior(problem, centre, sd)


@pytest.mark.parametrize("intercept", [True, False], ids=["intercept", "none"])
@pytest.mark.parametrize("case", CASES)
def test_the_answers_are_those_of_the_whole_matrix(case, intercept):
    weights = np.random.default_rng(1).uniform(0.5, 3.0, N) if case == "plain" else None
    wide, whole = both(case, intercept, weights, mean=0.3 if case == "scales" else 0.0)
    unit, condition = whole.unit_and_condition()
    here, there = wide.unit_and_condition()
    np.testing.assert_allclose(here, unit, rtol=1e-13)
    assert there == pytest.approx(condition, rel=1e-2)
    rounding = whole.problem.rounding * np.sqrt(condition)
    assert rounding < 1e-4
    size = np.abs(whole.mean * unit).max()
    np.testing.assert_allclose(wide.mean * unit, whole.mean * unit, rtol=0, atol=rounding * size)
    np.testing.assert_allclose(wide.sd, whole.sd, rtol=rounding)
    scaled = np.outer(unit, unit)
    most = np.abs(whole.covariance * scaled).max()
    np.testing.assert_allclose(wide.covariance * scaled, whole.covariance * scaled, rtol=0, atol=rounding * most)
    elsewhere = np.random.default_rng(2).standard_normal((7, P))
    np.testing.assert_allclose(wide.predictive_sd(elsewhere), whole.predictive_sd(elsewhere), rtol=rounding)
    point = whole.mean + 0.3 * whole.sd
    for of in (
        lambda e: e.log_evidence,
        lambda e: e.energy,
        lambda e: e.intercept_mean,
        lambda e: e.intercept_sd,
        lambda e: e.log_density_at_mode(),
        lambda e: e.log_density(point, 0.2),
        lambda e: e.effective_slopes(),
    ):
        assert of(wide) == pytest.approx(of(whole), rel=rounding)


@pytest.mark.parametrize("case", ["plain", "some known well"])
def test_draws_have_the_posterior_of_the_whole_matrix(case):
    wide, whole = both(case)
    size = 20_000
    steps = (wide.draws(size, np.random.default_rng(3))[0] - whole.mean) @ whole.root.T  # independent standard Normals
    assert np.abs(steps.mean(axis=0)).max() < 6 / np.sqrt(size)
    assert np.abs(np.cov(steps.T) - np.eye(P)).max() < 9 / np.sqrt(size)
    assert abs((1.05 * steps).var() - 1) > 0.05  # control
    assert np.array_equal(wide.draws(9, np.random.default_rng(3))[0], wide.draws(9, np.random.default_rng(3))[0])


@pytest.mark.parametrize("spoilt", [1.0, 1.0 + 1e-9], ids=["right", "spoilt"])
def test_a_small_case_to_forty_digits(spoilt):
    rows, y, sd, sigma = X[:3, :6], Y[:3], np.geomspace(0.1, 10, 6), 0.3
    problem = Problem.from_rows(rows, y, noise_sd=sigma, intercept=False)
    found = wide_posterior(problem, np.zeros(6), sd * spoilt)
    with mpmath.workdps(40):
        A = mpmath.matrix(rows.tolist())
        precision = A.T * A / mpmath.mpf(sigma) ** 2 + mpmath.diag([1 / mpmath.mpf(one) ** 2 for one in sd])
        covariance = precision**-1
        mean = covariance * A.T * mpmath.matrix(y.tolist()) / mpmath.mpf(sigma) ** 2
        right = np.array([float(m) for m in mean]), np.array([float(mpmath.sqrt(covariance[j, j])) for j in range(6)])
        between = A * mpmath.diag([mpmath.mpf(one) ** 2 for one in sd]) * A.T + sigma**2 * mpmath.eye(3)
        t = mpmath.matrix(y.tolist())
        evidence = -(t.T * between**-1 * t)[0] / 2 - mpmath.log(mpmath.det(2 * mpmath.pi * between)) / 2
    apart = max(
        np.abs(found.mean - right[0]).max() / np.abs(right[0]).max(),
        np.abs(found.sd / right[1] - 1).max(),
        abs(found.log_evidence / float(evidence) - 1),
    )
    assert (apart < 1e-12) == (spoilt == 1.0)


def test_the_statistics_are_of_the_rows_in_one_block_or_in_many():
    for weights in (None, np.random.default_rng(1).uniform(0.5, 3.0, N)):
        problem = Problem.from_rows(X + 7, Y, noise_sd=1.0, weights=weights)
        s, q = problem.statistics, np.ones(N) if weights is None else weights
        assert len(s.R) == N - 1
        w, b = np.random.default_rng(2).standard_normal(P), 0.4
        assert s.misfit(w, b) == pytest.approx(float(q @ (Y - b - (X + 7) @ w) ** 2), rel=1e-12)
        parts = (X + 7, Y) if weights is None else (X + 7, Y, weights)
        blocks = [tuple(part[i : i + 15] for part in parts) for i in range(0, N, 15)]
        assert type(s).from_blocks(blocks, centred=True).misfit(w, b) == pytest.approx(s.misfit(w, b), rel=1e-12)


def test_the_rank_is_that_of_the_columns():
    repeated = X.copy()
    repeated[7] = repeated[3]
    repeated[:, 5] = 2.0
    for rows, rank in ((X, N - 1), (repeated, N - 2), (X * np.geomspace(1e-9, 1e9, P), N - 1)):
        fit = least_squares(Problem.from_rows(rows, Y, noise_sd=1.0).statistics)
        assert (fit.rank, fit.degrees_of_freedom) == (rank, N - 1 - rank)


def test_the_regressor_needs_no_matrix_of_columns_by_columns():
    fitted = PosteriorRegressor().fit(X, Y)
    assert isinstance(fitted.exact_, WidePosterior)
    fitted.predict(X, return_std=True)
    fitted.sample(3)
    assert fitted.certificate_.passed
    assert "root" not in vars(fitted.exact_)
    exact = exact_posterior(fitted.problem_, Normal(0.5))
    assert Conditioning.of(fitted.problem_, Normal(0.5), exact).condition > 1
    assert "root" not in vars(exact)


@pytest.mark.parametrize("p", [MOST_SLOPES, MOST_SLOPES + 1])
def test_of_very_many_columns_the_page_says_what_was_left_out(p):
    """It is the work that grows as the square of the columns."""
    rng = np.random.default_rng(7)
    problem = Problem.from_rows(rng.standard_normal((4, p)), rng.standard_normal(4), noise_sd=1.0)
    pymc = ["pymc"] if p > MOST_SLOPES else []
    record = run(problem, Normal(0.1), engines=["closed_form", *pymc]).record()
    told, page = as_json(record), render(record)
    assert record.agreement.passed
    if p > MOST_SLOPES:
        for kind in ("modes", "draws"):
            assert f"{p}" in told[kind]["pymc"]["reason"]
        assert told["uncertainty"]["correlation"] is None
    else:
        assert len(told["uncertainty"]["correlation"]) == p
    for what in ("search for a mode", "sampler"):
        assert (f"{what} was not run" in page) == (p > MOST_SLOPES)
    assert (f"Correlations of the {p} slopes are left out" in page) == (p > MOST_SLOPES)
