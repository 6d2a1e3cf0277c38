import math

import numpy as np
import pytest

from mapsto import BadInput, HierarchicalNormal, Normal, Problem, exact_posterior
from mapsto.posteriors.ridge.choose_alpha import choose
from mapsto.posteriors.ridge.path import Spectrum
from mapsto.rounding import gamma
from mapsto.runs.audit.choice_figures import choice_figures


def spectrum_of(X, y, *, intercept=True, by=None, noise_sd=0.7):
    problem = Problem.from_rows(X, y, noise_sd=noise_sd, intercept=intercept)
    by = np.ones(problem.p) if by is None else by
    return problem, Spectrum.of(problem, by)


@pytest.mark.parametrize("intercept", [True, False])
def test_the_evidence_is_that_of_the_exact_posterior(ordinary_table, intercept):
    X, y = ordinary_table
    by = np.linspace(0.5, 2.0, X.shape[1])
    problem, spectrum = spectrum_of(X, y, intercept=intercept, by=by)
    for alpha in (0.03, 1.0, 40.0):
        scale = problem.noise_sd / math.sqrt(alpha)
        exact = exact_posterior(problem, Normal(tuple((scale * by).tolist())))
        size = abs(exact.log_evidence) + problem.n
        tolerance = gamma(problem.n + problem.p) * (1 + spectrum.d2.max() / alpha)
        assert abs(spectrum.log_evidence(alpha, problem.noise_sd) - exact.log_evidence) / size <= tolerance
    assert abs(spectrum.log_evidence(1.0, 0.7) - spectrum.log_evidence(1.1, 0.7)) / size > tolerance  # it would tell


@pytest.mark.parametrize("intercept", [True, False])
def test_the_error_on_rows_left_out_is_that_of_really_leaving_them_out(ordinary_table, intercept):
    from sklearn.linear_model import Ridge

    X, y = ordinary_table
    _, spectrum = spectrum_of(X, y, intercept=intercept)
    for alpha in (0.5, 20.0):
        gaps = []
        for i in range(len(y)):
            rest = np.arange(len(y)) != i
            fitted = Ridge(alpha, fit_intercept=intercept, solver="svd").fit(X[rest], y[rest])
            gaps.append(y[i] - fitted.predict(X[i : i + 1])[0])
        brute = math.sqrt(np.mean(np.square(gaps)))
        tolerance = gamma(X.size) * (1 + spectrum.d2.max() / alpha)
        assert spectrum.left_out_error(alpha) == pytest.approx(brute, rel=tolerance)


def test_the_scale_has_the_posterior_of_the_hierarchical_prior(tables):
    X, y = tables["tall"]
    problem, spectrum = spectrum_of(X, y)
    choice = choose(spectrum, problem.noise_sd, hyper_scale=3.0)
    exact = exact_posterior(problem, HierarchicalNormal(scale=3.0))
    # both cut the integrand 34 nats below its peak
    assert choice.scale_mean == pytest.approx(exact.scale_mean("w_sd"), rel=1e3 * math.exp(-34))
    low, high = choice.scale_eti89
    assert low < choice.scale_mean < high


def test_the_evidence_is_flat_at_the_alpha_chosen_and_lower_on_either_side(tables):
    X, y = tables["tall"]
    _, spectrum = spectrum_of(X, y)
    best = choose(spectrum, 0.7, 3.0).by_evidence
    at = spectrum.log_evidence(best, 0.7)
    assert all(spectrum.log_evidence(best * factor, 0.7) < at for factor in (0.5, 0.9, 1.1, 2.0))


def test_alpha_and_sigma_by_evidence_are_those_of_bayesian_ridge():
    """With flat hyperpriors BayesianRidge climbs the same evidence (MacKay's updates), to where its steps stop."""
    from sklearn.linear_model import BayesianRidge

    rng = np.random.default_rng(5)
    X = rng.standard_normal((25, 40))
    y = X @ (0.3 * rng.standard_normal(40)) + 3 * rng.standard_normal(25)
    flat = dict.fromkeys(("alpha_1", "alpha_2", "lambda_1", "lambda_2"), 0.0)
    tol = 1e-10
    fitted = BayesianRidge(**flat, tol=tol, max_iter=100_000, fit_intercept=False).fit(X, y)
    _, spectrum = spectrum_of(X, y, intercept=False)
    choice = choose(spectrum, None, 3.0)
    # a maximum is known to the root of what its height is known to
    tolerance = math.sqrt(gamma(X.size)) * 100
    assert choice.by_evidence == pytest.approx(fitted.lambda_ / fitted.alpha_, rel=tolerance)
    assert choice.sigma == pytest.approx(fitted.alpha_**-0.5, rel=tolerance)


def test_data_that_ask_for_no_penalty_or_for_nothing_else_are_said_to():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((30, 2))
    noise = rng.standard_normal(30)
    noise -= X @ np.linalg.lstsq(X, noise)[0]
    noise -= noise.mean()
    _, spectrum = spectrum_of(X - X.mean(axis=0), noise)
    assert "explain nothing" in choose(spectrum, 1.0, 1.0).at_edge
    assert "explain nothing" in " ".join(choose(spectrum, 1.0, 1.0).sentences())
    strong = X @ [1e9, 1e9] + noise
    _, spectrum = spectrum_of(X, strong, noise_sd=1.0)
    assert "no penalty at all" in choose(spectrum, 1.0, 1e9).at_edge


def test_a_sigma_that_cannot_be_had_is_asked_for():
    X = np.eye(6, 5)
    _, spectrum = spectrum_of(X, X @ np.arange(1.0, 6.0), intercept=False)
    with pytest.raises(BadInput, match="give noise_sd as a number"):
        choose(spectrum, None, 1.0)


def test_the_figures_hold_the_curves_and_the_three_answers(tables):
    X, y = tables["tall"]
    _, spectrum = spectrum_of(X, y)
    choice = choose(spectrum, 0.7, 3.0)
    evidence, error = choice_figures(choice)
    assert [mark.at for mark in evidence.marks] == [choice.by_evidence, choice.by_rows, choice.by_posterior]
    assert max(evidence.series[0].y) == 0.0
    assert error.series[0].y == choice.error.tolist()
