"""Every prior beside data: closed form, scikit-learn's fit, and what holds however the table is turned."""

from dataclasses import replace

import numpy as np
import pytest

from conformance import checks
from mapsto.estimate import Unsupported
from mapsto.problem import Problem
from mapsto.rounding import gamma

EXAMPLES = checks.every_example()
every_example = pytest.mark.parametrize("prior", EXAMPLES, ids=repr)
both = pytest.mark.parametrize("intercept", [True, False], ids=["intercept", "no intercept"])


def solve(problem, prior):
    solution = prior.closed_form(problem)
    if isinstance(solution, Unsupported):
        assert solution.reason.strip()  # a refusal says why
        pytest.skip(solution.reason)
    return solution


@every_example
@both
def test_the_closed_form_is_stationary_and_the_controls_are_not(prior, table, intercept):
    problem = checks.rows(table, intercept=intercept)
    mode = solve(problem, prior).mode
    checks.is_stationary(problem, prior, mode.coef)
    for wrong in checks.wrong_answers(problem, prior, mode.coef).values():
        with pytest.raises(AssertionError, match="is_stationary"):
            checks.is_stationary(problem, prior, wrong)


@every_example
def test_the_diabetes_table(prior, diabetes):
    problem = checks.rows(diabetes, noise_sd=54.0)
    mode = solve(problem, prior).mode
    checks.is_stationary(problem, prior, mode.coef)
    checks.sklearn_agrees(problem, prior)
    for wrong in checks.wrong_answers(problem, prior, mode.coef).values():
        with pytest.raises(AssertionError, match="is_stationary"):
            checks.is_stationary(problem, prior, wrong)


@every_example
@both
def test_scikit_learn_agrees_and_the_controls_do_not(prior, ordinary_table, intercept):
    problem = checks.rows(ordinary_table, intercept=intercept)
    recipe = prior.to_sklearn(problem)
    if isinstance(recipe, Unsupported):
        assert recipe.reason.strip()
        pytest.skip(recipe.reason)
    checks.sklearn_agrees(problem, prior)
    mode = solve(problem, prior).mode
    for wrong in checks.wrong_answers(problem, prior, mode.coef).values():
        with pytest.raises(AssertionError, match="is_same_mode"):
            checks.is_same_mode(problem, prior, mode, replace(mode, coef=wrong))
    if intercept:
        with pytest.raises(AssertionError, match="intercepts differ"):
            checks.is_same_mode(problem, prior, mode, replace(mode, intercept=mode.intercept + 0.01))


@every_example
@both
def test_statistics_alone_give_the_same_mode(prior, ordinary_table, intercept):
    problem = checks.rows(ordinary_table, intercept=intercept)
    alone = Problem.from_statistics(problem.statistics, noise_sd=problem.noise_sd)
    assert np.array_equal(solve(problem, prior).mode.coef, solve(alone, prior).mode.coef)
    checks.sklearn_agrees(alone, prior)


@every_example
@both
def test_the_posterior_is_normalised(prior, ordinary_table, intercept):
    problem = checks.rows(ordinary_table, intercept=intercept)
    solution = solve(problem, prior)
    if isinstance(solution.posterior, Unsupported):
        pytest.skip(solution.posterior.reason)
    checks.posterior_is_normalised(problem, prior, solution)
    assert np.array_equal(solution.posterior.mean, solution.mode.coef)
    posterior = solution.posterior
    wrong = replace(solution, posterior=replace(posterior, log_evidence=posterior.log_evidence + 1e-3))
    with pytest.raises(AssertionError, match="posterior_is_normalised"):
        checks.posterior_is_normalised(problem, prior, wrong)


@every_example
def test_alpha_is_the_penalty(prior, tables):
    checks.alpha_is_the_penalty(prior, checks.rows(tables["tall"], noise_sd=0.7))


def turned(problem, prior, X, y, noise_sd, back):
    """The mode of a turned problem, turned back, is the mode."""
    mode = solve(problem, prior).mode
    other = solve(Problem.from_rows(X, y, noise_sd=noise_sd, intercept=problem.intercept), prior).mode
    same = replace(other, coef=back(other.coef), intercept=mode.intercept)
    checks.is_same_mode(problem, prior, mode, same)


@every_example
@both
def test_turning_the_table_turns_the_mode(prior, ordinary_table, intercept, rng):
    X, y = ordinary_table
    problem = checks.rows(ordinary_table, intercept=intercept)
    columns, order = rng.permutation(X.shape[1]), rng.permutation(len(y))
    turned(problem, prior, X[:, columns], y, 1.0, lambda w: w[np.argsort(columns)])
    turned(problem, prior, X[order], y[order], 1.0, lambda w: w)
    # units: the likelihood knows X, y and sigma only by their ratios
    turned(problem, prior, 3 * X, 3 * y, 3.0, lambda w: w)
    # four copies of each row say what one of half the noise says
    turned(problem, prior, np.vstack([X] * 4), np.tile(y, 4), 2.0, lambda w: w)
    # every prior here is symmetric
    turned(problem, prior, X, -y, 1.0, lambda w: -w)
    if intercept:
        turned(problem, prior, X + 1.0, y - 2.0, 1.0, lambda w: w)
    # controls: y in other units than X, and copies of the rows that are counted as more evidence
    with pytest.raises(AssertionError, match="is_same_mode"):
        turned(problem, prior, X, 3 * y, 3.0, lambda w: w)
    with pytest.raises(AssertionError, match="is_same_mode"):
        turned(problem, prior, np.vstack([X] * 4), np.tile(y, 4), 1.0, lambda w: w)


@every_example
def test_scaling_the_response_scales_a_prior_of_that_scale(prior, ordinary_table):
    if "scale" not in prior.params:
        pytest.skip("this prior has no single scale")
    X, y = ordinary_table
    problem = checks.rows(ordinary_table)
    mode = solve(problem, prior).mode
    wider = replace(prior, scale=3 * prior.scale)
    other = solve(Problem.from_rows(X, 3 * y, noise_sd=3.0), wider).mode
    checks.is_same_mode(problem, prior, mode, replace(mode, coef=other.coef / 3))
    unscaled = solve(Problem.from_rows(X, 3 * y, noise_sd=3.0), prior).mode
    with pytest.raises(AssertionError, match="is_same_mode"):
        checks.is_same_mode(problem, prior, mode, replace(mode, coef=unscaled.coef / 3))


@every_example
@both
def test_next_to_exact_data_a_prior_is_vague_and_ols_is_left(prior, tables, intercept):
    X, y = tables["tall"]
    A = np.column_stack([X, np.ones(len(y))]) if intercept else X
    ols = np.linalg.lstsq(A, y)[0][: X.shape[1]]

    def gap(noise_sd):
        problem = Problem.from_rows(X, y, noise_sd=noise_sd, intercept=intercept)
        least = np.linalg.svd(problem.statistics.R, compute_uv=False)[-1] ** 2 / noise_sd**2
        # the prior pulls at OLS by this much, against a curvature of at least `least`; a penalty that is not
        # convex would need more room
        pull = np.linalg.norm(prior.stationarity(ols, np.zeros(len(ols)))) / least
        noise = gamma(4 * A.size) * np.linalg.cond(A) ** 2 * np.linalg.norm(ols)
        return np.linalg.norm(solve(problem, prior).mode.coef - ols), pull + noise

    vague, allowed = gap(1e-4)
    assert vague <= allowed < 1e-6 * np.linalg.norm(ols)
    assert gap(1.0)[0] > allowed  # control: with noise in the data the prior shows


@every_example
@both
def test_next_to_hopeless_data_a_prior_is_tight_and_zero_is_left(prior, table, intercept):
    X, y = table
    energy = np.sum((y - y.mean()) ** 2 if intercept else y**2)
    noise_sd = 1e6 * np.sqrt(energy)
    problem = Problem.from_rows(X, y, noise_sd=noise_sd, intercept=intercept)
    w = solve(problem, prior).mode.coef
    # J(w) <= J(0) leaves the penalty at most what the fit can gain, here 5e-13 nats
    ceiling = energy / (2 * noise_sd**2) * (1 + gamma(4 * X.size))
    assert prior.penalty(w) <= ceiling
    firm = solve(Problem.from_rows(X, y, noise_sd=1.0, intercept=intercept), prior).mode.coef
    assert prior.penalty(firm) > ceiling  # control: data that say something move it


@every_example
def test_no_draw_of_the_posterior_beats_the_mode(prior, ordinary_table, rng):
    problem = checks.rows(ordinary_table)
    solution = solve(problem, prior)
    if isinstance(solution.posterior, Unsupported):
        pytest.skip(solution.posterior.reason)

    def loss(w):
        return problem.objective(w, problem.statistics.best_intercept(w), prior.penalty(w))

    slopes, _ = solution.posterior.draws(200, rng)
    losses = np.array([loss(w) for w in slopes])
    assert losses.min() > loss(solution.mode.coef)
    assert losses.min() < loss(-solution.mode.coef)  # control: a sign flipped is beaten
