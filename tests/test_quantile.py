"""Quantile regression's mode: a linear program, a vertex, and subgradients; where many are equally good, no alarm."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import linprog

from mapsto import (
    AsymmetricLaplace,
    AsymmetricLaplaceNoise,
    ElasticNet,
    Flat,
    HalfNormal,
    Known,
    Laplace,
    MultivariateNormal,
    Normal,
    Problem,
    Settings,
    run,
)
from mapsto.certificate import Certificate, Conditioning, backward_error, mode_checks
from mapsto.engines.direct.solve import solve
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.approximate.laplace import laplace_approximation
from mapsto.rounding import gamma

PRIORS = {
    "flat": Flat(),
    "normal": Normal(0.5),
    "normal with a mean": Normal((0.5, 0.2, 1.0), 0.2),
    "multivariate normal": MultivariateNormal((0.0,) * 3, ((1.0, 0.3, 0.0), (0.3, 1.0, 0.3), (0.0, 0.3, 1.0))),
    "laplace": Laplace(0.05),
    "asymmetric laplace": AsymmetricLaplace(0.1, 0.02),
    "elastic net": ElasticNet(0.05, 0.3),
    "half-normal": HalfNormal(1.0),
}


def table(t=0.3, n=60, seed=3, weighted=True, intercept=True):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 3)) * [1.0, 2.0, 0.5] + [0.0, 1.0, 3.0]
    y = X @ [0.5, -0.3, 0.0] + rng.standard_t(3, n)
    weights = rng.integers(1, 5, n).astype(float) if weighted else None
    return Problem.from_rows(
        X, y, weights=weights, intercept=intercept, likelihood=AsymmetricLaplaceNoise(t, Known(0.7))
    )


def certified(problem, prior, estimate):
    conditioning = Conditioning.of(problem, prior, Unsupported("none"), [estimate])
    return backward_error(problem, prior, estimate, conditioning.unit) <= conditioning.within(estimate)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("t", [0.05, 0.5, 0.8])
def test_it_is_certified_and_its_neighbours_are_not(t, prior, intercept):
    problem, made = table(t, intercept=intercept), PRIORS[prior]
    mode = solve(problem, made)
    assert certified(problem, made, mode)
    here = problem.objective(mode.coef, mode.intercept, made.penalty(mode.coef))
    for j in np.flatnonzero(mode.coef):
        wrong = mode.coef * np.where(np.arange(3) == j, 1 + 1e-9, 1.0)
        assert not certified(problem, made, Estimate(wrong, mode.intercept))
    if intercept:
        assert not certified(problem, made, Estimate(mode.coef, mode.intercept + 1e-8))
    rng = np.random.default_rng(0)
    for size in (1e-6, 1e-3, 1.0):
        w = mode.coef + size * rng.standard_normal(3)
        assert problem.objective(w, problem.best_intercept(w), made.penalty(w)) >= here * (1 - gamma(200))


@pytest.mark.parametrize("prior", ["flat", "laplace"])
def test_it_is_the_linear_programs_answer(prior):
    """The textbook's linear program in positive and negative parts, by HiGHS: nothing of ours in it."""
    problem, made = table(), PRIORS[prior]
    (X, y), q = problem.table.rows, problem.table.q
    n = len(y)
    A = np.hstack([X, -X, np.ones((n, 1)), -np.ones((n, 1)), np.eye(n), -np.eye(n)])
    rate = 0.0 if prior == "flat" else 0.7 / 0.05
    cost = np.concatenate([np.full(6, rate), [0, 0], 0.3 * q, 0.7 * q])
    found = linprog(cost, A_eq=A, b_eq=y, bounds=(0, None), method="highs")
    mode = solve(problem, made)
    ours = problem.objective(mode.coef, mode.intercept, made.penalty(mode.coef))
    assert abs(ours - found.fun) <= 1e-9 * found.fun  # the program's own tolerance is 1e-7 in absolute terms
    assert np.abs(mode.coef - (found.x[:3] - found.x[3:6])).max() < 1e-9


@pytest.mark.parametrize("t", [0.2, 0.5])
def test_one_slope_under_a_normal_prior_is_where_the_slope_changes_sign(t):
    """Exact: between kinks the derivative is linear, so the lowest point is a kink or the root of one of the pieces."""
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal(15) + 0.5, rng.standard_normal(15)
    problem = Problem.from_rows(x[:, np.newaxis], y, intercept=False, likelihood=AsymmetricLaplaceNoise(t, Known(0.7)))
    mode = solve(problem, Normal(0.3)).coef[0]

    def height(w):
        r = y - x * w
        return np.sum(np.maximum(t * r, (t - 1) * r)) / 0.7 + w**2 / (2 * 0.09)

    def root(middle):
        r = y - x * middle
        return 0.09 * np.sum(np.where(r > 0, t, t - 1) * x) / 0.7

    kinks = np.sort(y / x)
    candidates = [*kinks, *(root(middle) for middle in (kinks[:-1] + kinks[1:]) / 2)]
    best = min(candidates, key=height)
    assert abs(mode - best) <= gamma(200) * np.abs(kinks).max()


def test_engels_food_expenditure_has_koenkers_coefficients():
    """Koenker & Hallock (2001), J. Economic Perspectives 15(4): the data, and `quantreg`'s vignette its fits."""
    data = sm.datasets.engel.load_pandas().data
    published = {0.1: (110.14157, 0.40177), 0.5: (81.48225, 0.56018), 0.9: (67.35087, 0.68630)}
    for t, (intercept, slope) in published.items():
        problem = Problem.from_rows(
            data[["income"]], data["foodexp"], likelihood=AsymmetricLaplaceNoise(t, Known(50.0))
        )
        result = run(problem, Flat(), engines=["direct", "sklearn"])
        assert [check.name for check in result.certificate.checks if not check.passed] == []
        assert result.mode.intercept == pytest.approx(intercept, abs=6e-6)
        assert result.mode.coef[0] == pytest.approx(slope, abs=6e-6)


# --- several modes


def test_the_median_of_an_even_number_of_rows_is_an_interval_and_no_alarm():
    """The column is held at zero, so every intercept between 2 and 3 is equally good, and engines may differ."""
    X, y = np.array([[1.0], [0.0], [0.0], [1.0]]), np.array([1.0, 2.0, 3.0, 5.0])
    problem = Problem.from_rows(X, y, likelihood=AsymmetricLaplaceNoise(0.5, Known(1.0)))
    prior = Laplace(1e-3)
    outcomes = {str(b): Estimate(np.zeros(1), b) for b in (2.0, 2.4, 3.0)}
    conditioning = Conditioning.of(problem, prior, Unsupported("none"), list(outcomes.values()))
    checks = mode_checks(problem, prior, outcomes, conditioning)
    assert Certificate(tuple(checks), None).passed
    outside = {**outcomes, "outside": Estimate(np.zeros(1), 3.0 + 1e-6)}
    failed = {check.name for check in mode_checks(problem, prior, outside, conditioning) if not check.passed}
    assert failed == {"stationarity-outside", "same-objective"}


def test_whole_numbers_with_many_ties_are_certified():
    rng = np.random.default_rng(8)
    X = rng.integers(0, 4, (200, 3)).astype(float)
    problem = Problem.from_rows(X, rng.poisson(3, 200), likelihood=AsymmetricLaplaceNoise(0.5, Known(1.0)))
    for prior in (Flat(), Laplace(0.01), Normal(0.3)):
        result = run(problem, prior, engines=["direct", "sklearn"])
        assert isinstance(result.modes["direct"], Estimate)
        assert [check.name for check in result.certificate.checks if not check.passed] == []


@pytest.mark.parametrize("prior", [Flat(), Normal(1.0), Laplace(1.0)], ids=lambda one: one.name)
@pytest.mark.parametrize("shape", ["wide", "collinear", "perfect", "far"])
def test_awkward_tables_are_certified(shape, prior):
    rng = np.random.default_rng(9)
    X = rng.standard_normal((20, 40) if shape == "wide" else (40, 3))
    y = X[:, 0] + (0.0 if shape == "perfect" else rng.standard_normal(len(X)))
    if shape == "collinear":
        X = X[:, [0, 1, 1]]
    if shape == "far":
        X, y = X * [1e-6, 1.0, 1e6] + [0.0, 1e5, 0.0], y + 1e7
    problem = Problem.from_rows(X, y, likelihood=AsymmetricLaplaceNoise(0.3, Known(1.0)))
    result = run(problem, prior, engines=["direct", "sklearn"])
    assert isinstance(result.modes["direct"], Estimate)
    assert [check.name for check in result.certificate.checks if not check.passed] == []


def test_a_posterior_with_kinks_has_no_laplace_approximation():
    problem = table()
    assert isinstance(laplace_approximation(problem, Normal(0.5), solve(problem, Normal(0.5))), Unsupported)


@pytest.mark.slow
@pytest.mark.parametrize("prior", ["normal", "laplace"])
def test_its_draws_are_certified(prior):
    result = run(table(), PRIORS[prior], Settings(draws=2_000, chains=4))
    assert [check.name for check in result.certificate.checks if not check.passed] == []
