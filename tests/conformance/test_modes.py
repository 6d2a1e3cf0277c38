"""Every prior beside data: the routes agree, and what holds however the table is turned."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytensor
import pytest

from conformance import checks
from conformance.answers import bent, chain, is_unique
from conformance.places import centre, is_symmetric, permuted, wider, widths
from mapsto.engines import sklearn as via_sklearn
from mapsto.engines.direct import solve as via_direct
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.closed_form import Solution, closed_form
from mapsto.rounding import gamma

EXAMPLES = [example for example in checks.every_example() if not example.kind.no_mode]
every_example = pytest.mark.parametrize("example", EXAMPLES, ids=repr)
both = pytest.mark.parametrize("intercept", [True, False], ids=["intercept", "no intercept"])


@pytest.fixture(autouse=True)
def few_starts(monkeypatch):
    """A quarter of the usual searches: these tables have few modes, and test_direct.py counts them."""
    monkeypatch.setattr(via_direct, "STARTS", 8)


def solve(problem, prior):
    """The mode: by the formula if there is one, else by the direct route."""
    solution = closed_form(problem, prior)
    return solution.mode if isinstance(solution, Solution) else via_direct.solve(problem, prior)


def routes(problem, prior):
    """What closed form, scikit-learn and the direct solve bring, by name, where they have an answer."""
    solution = closed_form(problem, prior)
    found = {"closed_form": solution.mode if isinstance(solution, Solution) else solution}
    found["sklearn"] = via_sklearn.fit(problem, prior)
    if not isinstance(solution, Solution) or prior.piecewise_quadratic(problem.p) is not None:
        found["direct"] = via_direct.solve(problem, prior)
    for name, outcome in list(found.items()):
        if isinstance(outcome, Unsupported):
            assert outcome.reason.strip()  # a refusal says why
            found.pop(name)
    return found


@cache
def log_density(example, name, make):
    """PyMC's log density of an example beside a table, built once; in plain Python, for compiling takes longer."""
    from mapsto.engines.pymc.densities.log_density import LogDensity
    from mapsto.engines.pymc.model import statistics_model

    problem = make(name)
    with pytensor.config.change_flags(cxx=""):
        return LogDensity(statistics_model(problem, example(problem.p)), problem.statistics.x_mean, as_sampled=False)


def agree(problem, prior, found):
    """Every answer is stationary and every two are one mode."""
    first = next(iter(found.values()))
    for outcome in found.values():
        assert isinstance(outcome, Estimate), outcome
        checks.is_stationary(problem, prior, outcome.coef, outcome.backward)
        checks.is_same_mode(problem, prior, first, outcome)


def sharpest(found):
    """The answer whose search stops nearest to the mode."""
    return min(found.values(), key=lambda estimate: estimate.backward)


@pytest.fixture(scope="module")
def of_table(tables):
    return cache(lambda name: checks.rows(tables[name]))


@every_example
@pytest.mark.parametrize("name", ["tall", "wide", "collinear", "single"])
def test_the_routes_agree(example, name, of_table):
    from mapsto.engines.pymc import mode as via_pymc

    problem = of_table(name)
    prior = example(problem.p)
    found = routes(problem, prior)
    density = log_density(example, name, of_table)
    found["pymc"] = via_pymc.find_mode(problem, prior, density, tuple(found.values()))
    assert len(found) >= 2  # no mode goes without a witness
    agree(problem, prior, found)
    right = sharpest(found)
    wrong = checks.wrong_answers(problem, prior, right.coef, solve)
    assert wrong or not right.coef.any()
    unique = is_unique(problem, prior, right.coef)
    for fault, coef in wrong.items():
        with pytest.raises(AssertionError, match="is_stationary"):
            checks.is_stationary(problem, prior, coef)
        if unique or fault != "nudged":  # a nudge moves the objective by its square
            with pytest.raises(AssertionError, match="is_same_mode"):
                checks.is_same_mode(problem, prior, right, replace(right, coef=coef))
    if unique:
        with pytest.raises(AssertionError, match="intercepts differ"):
            checks.is_same_mode(problem, prior, right, replace(right, intercept=right.intercept + 0.01))


@every_example
@pytest.mark.parametrize("name", ["tall", "wide", "collinear", "single", "constant", "huge"])
def test_the_routes_agree_without_an_intercept_and_on_awkward_columns(example, name, tables):
    for intercept in (False, True):
        problem = checks.rows(tables[name], intercept=intercept)
        prior = example(problem.p)
        found = routes(problem, prior)
        if name == "huge" and len(found) > 1 and (prior.name == "flat" or prior.gaussian(problem.p)):
            # beside a column 1e8 times longer LinearRegression drops the others, and a root multiplies into rounding
            found.pop("sklearn")
        agree(problem, prior, found)
        right = sharpest(found)
        for wrong in checks.wrong_answers(problem, prior, right.coef, solve).values():
            with pytest.raises(AssertionError, match="is_stationary"):
                checks.is_stationary(problem, prior, wrong)


@every_example
def test_the_diabetes_table(example, diabetes):
    problem = checks.rows(diabetes, noise_sd=54.0)
    prior = example(problem.p)
    found = routes(problem, prior)
    agree(problem, prior, found)
    mode = sharpest(found)
    for wrong in checks.wrong_answers(problem, prior, mode.coef, solve).values():
        with pytest.raises(AssertionError, match="is_stationary"):
            checks.is_stationary(problem, prior, wrong)


@every_example
@both
def test_statistics_alone_give_the_same_mode(example, ordinary_table, intercept):
    problem = checks.rows(ordinary_table, intercept=intercept)
    prior = example(problem.p)
    alone = Problem.from_statistics(problem.statistics, noise_sd=problem.noise_sd)
    assert np.array_equal(solve(problem, prior).coef, solve(alone, prior).coef)
    checks.sklearn_agrees(alone, prior)


# --- what cannot be told apart


@pytest.mark.parametrize("name", ["wide", "collinear"])
@pytest.mark.parametrize("kind", ["laplace", "elastic_net", "flat"])
def test_where_the_minimiser_is_not_unique_the_objective_still_is(kind, name, tables, rng):
    """Columns that are copies: any split of their slope is as good, so only the loss can be compared."""
    X, y = tables[name]
    twice = checks.rows((np.column_stack([X, X]), y))
    once = checks.rows((X, y))
    for example in [example for example in EXAMPLES if example.kind.name == kind and example.k < 2]:
        prior = example(2 * X.shape[1])
        found = routes(twice, prior)
        agree(twice, prior, found)
        mode = sharpest(found)
        split = rng.uniform(0, 1, X.shape[1])
        whole = mode.coef[: X.shape[1]] + mode.coef[X.shape[1] :]
        other = replace(mode, coef=np.append(split * whole, (1 - split) * whole))
        if kind == "elastic_net":  # its square shares alike, and so there is one best split
            assert is_unique(twice, prior, mode.coef)
            with pytest.raises(AssertionError, match="is_stationary"):
                checks.is_stationary(twice, prior, other.coef)
            continue
        assert not is_unique(twice, prior, mode.coef)
        checks.is_same_mode(twice, prior, mode, other)
        checks.is_stationary(twice, prior, other.coef)
        checks.is_stationary(once, example(X.shape[1]), whole)  # and together they are the mode of one copy
        with pytest.raises(AssertionError, match="objectives differ"):
            checks.is_same_mode(twice, prior, mode, replace(mode, coef=1.01 * other.coef))


# --- third witnesses


@pytest.mark.parametrize("name", ["laplace", "elastic_net", "half_normal", "normal", "flat"])
def test_an_orthogonal_design_is_solved_one_by_one(name):
    """Columns of +-1 that are exactly orthogonal: each slope by its own formula, whatever the others are."""
    H = np.array([[1.0]])
    for _ in range(4):
        H = np.block([[H, H], [H, -H]])
    X = H[:, 1:6] * [1.0, 2.0, 4.0, 0.5, 1.0]
    y = X @ [1.5, -0.75, 0.02, 1.0, -0.03] + H[:, 7] * 0.5 + 2.0
    problem = checks.rows((X, y))
    gram, pull = (X**2).sum(axis=0), X.T @ (y - y.mean())
    for example in [example for example in EXAMPLES if example.kind.name == name]:
        prior = example(5)
        if (shape := prior.piecewise_quadratic(5)) is None:
            continue  # it is not about zero: the Normal's own formula holds
        by_hand = np.sign(pull) * np.maximum(np.abs(pull) - shape.l1, 0) / (gram + shape.l2)
        if name == "half_normal":
            by_hand = np.maximum(pull, 0) / (gram + 1 / prior.scale**2)
        found = routes(problem, prior)
        assert {"closed_form", "direct"} <= set(found)
        agree(problem, prior, found)
        for outcome in found.values():
            checks.is_same_mode(problem, prior, Estimate(by_hand, y.mean() - X.mean(axis=0) @ by_hand), outcome)
        if prior.kinked and example.k == 0:
            assert 0 < (by_hand == 0).sum() < 5  # exact zeros and others: both are looked at


# --- where the posterior is a formula


@every_example
@both
def test_the_posterior_is_normalised(example, ordinary_table, intercept):
    problem = checks.rows(ordinary_table, intercept=intercept)
    prior = example(problem.p)
    checks.posterior_is_normalised(problem, prior)
    solution = closed_form(problem, prior)
    if isinstance(solution, Unsupported) or isinstance(solution.posterior, Unsupported):
        assert prior.gaussian(problem.p) is None
        return
    assert np.array_equal(solution.posterior.mean, solution.mode.coef)

    def off(problem, prior):
        right = closed_form(problem, prior)
        return replace(right, posterior=replace(right.posterior, evidence=lambda: right.posterior.log_evidence + 1e-3))

    with pytest.raises(AssertionError, match="posterior_is_normalised"):
        checks.posterior_is_normalised(problem, prior, off)


@every_example
def test_alpha_is_the_penalty(example, tables):
    checks.alpha_is_the_penalty(checks.rows(tables["tall"], noise_sd=0.7), example(4))


# --- turning the table


def turned(problem, prior, X, y, noise_sd, back, other=None):
    """The mode of a turned problem, turned back, is the mode."""
    mode = solve(problem, prior)
    there = solve(Problem.from_rows(X, y, noise_sd=noise_sd, intercept=problem.intercept), other or prior)
    coef = back(there.coef)
    checks.is_same_mode(
        problem, prior, mode, replace(there, coef=coef, intercept=problem.statistics.best_intercept(coef))
    )


@every_example
@both
def test_turning_the_table_turns_the_mode(example, ordinary_table, intercept, rng):
    X, y = ordinary_table
    problem = checks.rows(ordinary_table, intercept=intercept)
    prior = example(problem.p)
    columns, order = rng.permutation(X.shape[1]), rng.permutation(len(y))
    same = np.argsort(columns)
    if (other := permuted(prior, columns)) is not None:
        turned(problem, prior, X[:, columns], y, 1.0, lambda w: w[same], other)
    turned(problem, prior, X[order], y[order], 1.0, lambda w: w)
    # units: the likelihood knows X, y and sigma only by their ratios
    turned(problem, prior, 3 * X, 3 * y, 3.0, lambda w: w)
    # four copies of each row say what one of half the noise says
    turned(problem, prior, np.vstack([X] * 4), np.tile(y, 4), 2.0, lambda w: w)
    if is_symmetric(prior, problem.p):
        turned(problem, prior, X, -y, 1.0, lambda w: -w)
    if intercept:
        turned(problem, prior, X + 1.0, y - 2.0, 1.0, lambda w: w)
    mode = solve(problem, prior).coef
    if not mode.any():
        assert prior.kinked  # all at the kink: what pushes them there may push harder
        return
    # controls: y in other units than X, and copies of the rows that are counted as more evidence
    with pytest.raises(AssertionError, match="is_same_mode"):
        turned(problem, prior, X, 3 * y, 3.0, lambda w: w)
    if prior.stationarity(mode, np.zeros(problem.p)).any():
        with pytest.raises(AssertionError, match="is_same_mode"):
            turned(problem, prior, np.vstack([X] * 4), np.tile(y, 4), 1.0, lambda w: w)


@every_example
def test_another_unit_of_the_response_is_another_unit_of_the_prior(example, ordinary_table):
    X, y = ordinary_table
    problem = checks.rows(ordinary_table)
    prior = example(problem.p)
    turned(problem, prior, X, 3 * y, 3.0, lambda w: w / 3, wider(prior, 3))
    if prior.params and solve(problem, prior).coef.any():
        with pytest.raises(AssertionError, match="is_same_mode"):
            turned(problem, prior, X, 3 * y, 3.0, lambda w: w / 3)


# --- vague and tight


def upwards(table, intercept):
    """The table with columns turned so that least squares is positive: inside every prior; and that solution."""
    X, y = table
    A = np.column_stack([X, np.ones(len(y))]) if intercept else X
    ols = np.linalg.lstsq(A, y)[0][: X.shape[1]]
    return X * np.sign(ols), y, np.abs(ols)


@every_example
@both
def test_next_to_exact_data_a_prior_is_vague_and_ols_is_left(example, tables, intercept):
    X, y, ols = upwards(tables["tall"], intercept)
    prior = example(X.shape[1])
    A = np.column_stack([X, np.ones(len(y))]) if intercept else X

    def gap(noise_sd):
        problem = Problem.from_rows(X, y, noise_sd=noise_sd, intercept=intercept)
        least = np.linalg.svd(problem.statistics.R, compute_uv=False)[-1] ** 2 / noise_sd**2
        # the prior pulls at OLS by this much, against a curvature of at least `least`, of which a penalty that is
        # not convex takes at most what it has anywhere near
        bend = max(0.0, -np.linalg.eigvalsh(bent(prior, ols))[0])
        pull = np.linalg.norm(prior.stationarity(ols, np.zeros(len(ols)))) / (least - 2 * bend)
        noise = gamma(4 * A.size) * np.linalg.cond(A) ** 2 * np.linalg.norm(ols)
        return np.linalg.norm(solve(problem, prior).coef - ols), pull + noise

    vague, allowed = gap(1e-4)
    assert vague <= allowed < 1e-6 * np.linalg.norm(ols)
    if prior.params:
        assert gap(1.0)[0] > allowed  # control: with noise in the data the prior shows


@every_example
@both
def test_next_to_hopeless_data_a_prior_is_tight_and_its_centre_is_left(example, table, intercept):
    X, y = table
    corr = np.sign((X - X.mean(axis=0)).T @ (y - y.mean()) if intercept else X.T @ y)
    X = X * np.where(corr == 0, 1.0, corr)
    prior = example(X.shape[1])
    c = centre(prior, X.shape[1])

    def problem(noise_sd):
        return Problem.from_rows(X, y, noise_sd=noise_sd, intercept=intercept)

    hopeless = 1e6 * np.sqrt(np.sum((y - y.mean()) ** 2 if intercept else y**2) + np.linalg.norm(X @ c) ** 2)
    if not prior.params:
        return  # nothing makes a flat prior tight
    w = solve(problem(hopeless), prior).coef
    # J(w) <= J(centre) leaves the penalty at most what the fit can gain, here 5e-13 nats
    s = problem(hopeless).statistics
    energy = np.sum((s.z - s.R @ c) ** 2) + s.residual_sum_of_squares
    ceiling = energy / (2 * hopeless**2) * (1 + gamma(4 * X.size))
    assert prior.penalty(w) <= ceiling
    assert prior.penalty(solve(problem(0.1), prior).coef) > ceiling  # control: data that say something move it


# --- the posterior around the mode


@every_example
def test_no_draw_of_the_posterior_beats_the_mode(example, ordinary_table):
    problem = checks.rows(ordinary_table)
    prior = example(problem.p)
    mode = solve(problem, prior).coef

    def loss(w):
        return problem.objective(w, problem.statistics.best_intercept(w), prior.penalty(w))

    # where nothing holds the slopes there is no posterior, but a walk may still try
    walk = chain(problem, prior, mode)
    losses = np.array([loss(w) for w in walk])
    assert len(np.unique(walk, axis=0)) > 30  # it went somewhere
    assert losses[losses != loss(mode)].min() > loss(mode)
    if mode.any():
        assert losses.min() < loss(-mode)  # control: a sign flipped is beaten


def test_widths_are_those_of_the_examples():
    """The yardstick itself: a slope's density at its centre times its width is one."""
    normal = next(example for example in EXAMPLES if example.kind.name == "normal" and example.k == 2)(3)
    np.testing.assert_allclose(widths(normal, 3), np.sqrt(2 * np.pi) * np.array([0.3, 0.4, 0.5]), rtol=gamma(20))
