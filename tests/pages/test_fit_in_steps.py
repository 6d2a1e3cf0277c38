"""The check of the model for zeros and ones, shares and counts: calibrated on its own data, and misfits are named."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import binom, kstest, norm

from mapsto import Bernoulli, Binomial, NegativeBinomial, Normal, Poisson, Problem
from mapsto.engines.direct.solve import solve
from mapsto.outcome import Unsupported
from mapsto.posteriors.approximate.laplace import laplace_approximation
from mapsto.posteriors.datatree import posterior_tree
from mapsto.posteriors.fit.all_checks import fit_checks
from mapsto.posteriors.fit.steps import spread_over_steps, step_residuals

N, P = 300, 2
W = np.array([1.2, -0.8])
TRIALS = np.random.default_rng(1).integers(1, 9, N).astype(float)
EXPOSURE = np.random.default_rng(2).uniform(0.3, 4.0, N)
LIKELIHOODS = {
    "bernoulli": (Bernoulli(), None),
    "binomial": (Binomial(), TRIALS),
    "poisson": (Poisson(), None),
    "rates": (Poisson(), EXPOSURE),
    "negative binomial": (NegativeBinomial(2.0), None),
}


def checked(kind, seed, eta_of=lambda X: X @ W, response=None):
    """The checks of a model whose responses are its own, or those of another linear predictor or likelihood."""
    likelihood, weights = LIKELIHOODS[kind]
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N, P))
    q = 1.0 if weights is None else weights
    y = (response or likelihood).simulate(0.2 + eta_of(X), rng, q)
    problem = Problem.from_rows(X, y, weights=weights, likelihood=likelihood)
    prior = Normal(2.0)
    points = laplace_approximation(problem, prior, solve(problem, prior)).draws(1000, rng).reshape(2, 500, P + 1)
    tree = posterior_tree(problem, Unsupported(""), {"w": points[..., :P], "b": points[..., P]}, {}, seed)
    return {check.code: check for check in fit_checks(problem, prior, tree, seed).checks}


ASKED_OF_STEPS = ("FIT-05", "FIT-06", "FIT-07", "FIT-08")
SETS = 40


@pytest.mark.slow
@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_a_right_model_is_seldom_worth_a_look_and_hardly_ever_a_conflict(kind):
    """A look is stated to come once in twenty at most, a conflict once in twenty among all the checks of a run."""
    looks, conflicts = Counter(), 0
    for seed in range(SETS):
        checks = checked(kind, 100 + seed)
        looks.update(code for code in ASKED_OF_STEPS if checks[code].level in ("look", "conflict"))
        conflicts += any(checks[code].level == "conflict" for code in ASKED_OF_STEPS)
        assert all("not a number" not in check.seen for check in checks.values())
    most = binom.ppf(1 - 1e-3, SETS, 0.05)
    assert max(looks.values(), default=0) <= most, looks
    assert conflicts <= most


def test_rows_that_every_draw_agrees_on_are_no_misfit():
    """Predicted probabilities all but 0 and 1: their replicated responses do not vary, and nothing is divided by it."""
    checks = checked("bernoulli", 3, eta_of=lambda X: 8 * X @ W)
    assert {checks[code].level for code in ("FIT-05", "FIT-06", "FIT-08")} == {"fine"}
    assert all("not a number" not in check.seen for check in checks.values())
    assert checks["FIT-01"].level == checks["FIT-07"].level == "not asked"


def squared(X):
    return X @ W + 0.9 * (X[:, 0] ** 2 - 1)


MISFITS = {
    "a square left out of log-odds": ("bernoulli", {"eta_of": squared}, ["FIT-06"]),
    "a square left out of shares": ("binomial", {"eta_of": squared}, ["FIT-06"]),
    "counts that scatter more": ("poisson", {"response": NegativeBinomial(1.0)}, ["FIT-05", "FIT-07", "FIT-08"]),
    "rates that scatter more": ("rates", {"response": NegativeBinomial(1.0)}, ["FIT-05", "FIT-08"]),
    "counts that scatter less": ("negative binomial", {"response": Poisson()}, ["FIT-08"]),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_misfit_is_a_conflict_with_what_to_try(misfit):
    kind, wrong, codes = MISFITS[misfit]
    checks = checked(kind, 0, **wrong)
    for code in codes:
        assert checks[code].level == "conflict", checks[code]
        assert len(checks[code].next) > 20


def test_step_residuals_are_the_mean_of_quantile_residuals_spread_at_random():
    """Dunn & Smyth's own residuals, 4000 times over, among all data sets together."""
    rng = np.random.default_rng(4)
    made = rng.poisson(1.3, (200, 3)).astype(float)
    left, size = step_residuals(made[0], made[1:])
    times = 4000
    for i in range(3):
        below, upto = (made[:, i] < made[0, i]).mean(), (made[:, i] <= made[0, i]).mean()
        spread = norm.ppf(spread_over_steps(np.full(times, below), np.full(times, upto), rng))
        for mean, drawn in ((left[0, i], spread), (size[0, i], np.abs(spread))):
            assert abs(mean - drawn.mean()) < 5 * drawn.std() / np.sqrt(times)
    assert np.abs(left.mean(axis=0)).max() < 1e-13  # the whole Normal distribution is shared out


def test_the_residual_of_a_one_is_the_generalised_residual_of_a_probit():
    made = np.repeat([0.0, 1.0], [60, 40])[:, np.newaxis]
    one = step_residuals(made[-1], made[:-1])[0][0, 0]
    assert one == pytest.approx(norm.pdf(norm.ppf(0.6)) / 0.4, rel=1e-12)  # P(1) = 0.4


def test_counts_spread_over_their_steps_are_uniform():
    y = np.random.default_rng(5).binomial(1, 0.3, 2000)
    pit = spread_over_steps(np.where(y, 0.7, 0.0), np.where(y, 1.0, 0.7), np.random.default_rng(6))
    assert kstest(pit, "uniform").pvalue > 1e-3
    assert kstest(np.where(y, 0.7, 0.0), "uniform").pvalue < 1e-10
