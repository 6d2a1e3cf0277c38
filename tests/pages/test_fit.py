"""The check of the model in words: right models are fine, each planted misfit is named by its own check."""

from dataclasses import replace

import arviz as az
import numpy as np
import pytest
from arviz_stats.base import array_stats

from helpers.runs import three_routes
from mapsto import Laplace, Normal, Problem, StudentT, exact_posterior
from mapsto.posteriors.datatree import posterior_tree
from mapsto.posteriors.fit.all_checks import CODES, fit_checks
from mapsto.posteriors.fit.multiplicity import monte_carlo_note
from mapsto.posteriors.fit.pareto import smoothed_weights
from mapsto.posteriors.fit.power_scaling import sensitivity
from mapsto.posteriors.fit.prior_predictive import prior_draws
from mapsto.report import render

N, P = 200, 3
W = np.array([2.0, -1.0, 0.5])


def fitted(y_of, noise_sd=1.0, prior=None, seed=5):
    """The checks of a Gaussian model with independent exact draws, on a response that ``y_of`` makes."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N, P))
    problem = Problem.from_rows(X, y_of(X, rng), noise_sd=noise_sd)
    prior = prior or Normal(2.0)
    exact = exact_posterior(problem, prior)
    w, b = exact.draws(2000, np.random.default_rng(6))
    tree = posterior_tree(problem, exact, {"w": w.reshape(4, 500, P), "b": b.reshape(4, 500)}, {}, 7)
    return {check.code: check for check in fit_checks(problem, prior, tree, 8).checks}


def right(X, rng):
    return 1.0 + X @ W + rng.standard_normal(N)


def test_a_right_model_has_no_conflict_and_hardly_a_look():
    checks = fitted(right)
    assert list(checks) == list(CODES)
    levels = [check.level for check in checks.values()]
    assert "conflict" not in levels
    assert levels.count("look") <= 1
    assert all(check.next == "" for check in checks.values() if check.level in ("fine", "not asked"))


def outliers(X, rng):
    return right(X, rng) + np.where(np.arange(N) < 4, 12.0, 0.0)


def skewed(X, rng):
    return X @ W + np.exp(1.1 * rng.standard_normal(N)) - 1.8


def curved(X, rng):
    return right(X, rng) + 0.3 * (X @ W) ** 2


def fanning(X, rng):
    return X @ W + np.exp(0.4 * X @ W) * rng.standard_normal(N)


def clipped(X, rng):
    return np.maximum(right(X, rng), 0.0)


MISFITS = {
    "too small a sigma": ("FIT-02", right, {"noise_sd": 0.3, "prior": Normal(0.05)}),
    "outliers": ("FIT-03", outliers, {}),
    "skewed noise": ("FIT-04", skewed, {"noise_sd": 2.0}),
    "zeros": ("FIT-05", clipped, {}),
    "a square left out": ("FIT-06", curved, {}),
    "noise that grows": ("FIT-07", fanning, {"noise_sd": 1.8}),
    "too large a sigma": ("FIT-08", right, {"noise_sd": 3.0}),
    "a prior that expects little": ("FIT-11", right, {"noise_sd": 0.3, "prior": Normal(0.05)}),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_each_misfit_is_a_conflict_of_its_own_check_with_what_to_try(misfit):
    code, y_of, more = MISFITS[misfit]
    check = fitted(y_of, **more)[code]
    assert check.level == "conflict", check
    assert len(check.next) > 20


def test_a_row_that_decides_alone_is_named():
    def one_far_row(X, rng):
        X[17] = [60.0, 0.0, 0.0]
        return right(X, rng) + np.where(np.arange(N) == 17, 15.0, 0.0)

    check = fitted(one_far_row)["FIT-09"]
    assert check.level in ("look", "conflict")
    assert "17 ($k" in check.seen
    assert fitted(right)["FIT-09"].level == "fine"


def test_a_prior_against_the_data_is_told_from_one_that_decides_alone():
    conflict = fitted(right, prior=Normal(scale=0.15))["FIT-10"]
    assert conflict.level == "look"
    assert "pull against each other" in conflict.seen
    assert fitted(right)["FIT-10"].level == "fine"


def test_weights_and_k_are_arvizs():
    rng = np.random.default_rng(1)
    for wide in (0.2, 1.0, 3.0):
        log_likelihood = wide * rng.standard_normal((6, 2000)) ** 3
        weights, k = smoothed_weights(-log_likelihood)
        theirs, their_k = array_stats.psislw(log_likelihood, r_eff=1.0, axis=1)
        assert k == pytest.approx(their_k, rel=1e-9, abs=1e-12)
        assert weights == pytest.approx(np.exp(theirs), rel=1e-8, abs=1e-15)


@pytest.mark.parametrize("pull", [0.02, 0.1, 0.5])
def test_sensitivity_is_arvizs(pull):
    w = np.random.default_rng(2).standard_normal((4, 500, 2)) * [1.0, 3.0]
    part = -pull * ((w / [1.0, 3.0] - 1) ** 2).sum(axis=-1)
    tree = az.from_dict({"posterior": {"w": w}, "log_prior": {"w": part}})
    theirs = np.asarray(az.psense(tree, group="prior")["w"])
    smoothing = 3 * 2000**0.5 / 2000  # the share of the weights that ArviZ smooths, which moves none of them by more
    assert sensitivity(w.reshape(-1, 2), part.ravel()) == pytest.approx(theirs, rel=smoothing)
    assert theirs == pytest.approx(theirs[0] * np.ones(2), rel=0.1)


@pytest.mark.parametrize("prior", [Laplace(0.7), StudentT(1.3, df=5.0), Normal(2.0)], ids=lambda one: one.name)
def test_draws_of_a_prior_have_its_distribution(prior):
    drawn = prior_draws(prior, 2, 20_000, np.random.default_rng(3))
    density = lambda x: np.exp([prior.marginal(0, 2).log_density(np.array([v])) for v in x])  # noqa: E731
    x = np.linspace(-prior.scale, prior.scale, 2001)
    inside = np.trapezoid(density(x), x)
    error = np.sqrt(inside * (1 - inside) / drawn.size)
    assert np.abs(drawn).__le__(prior.scale).mean() == pytest.approx(inside, abs=5 * error)


def test_the_worst_of_many_comparisons_is_told_as_the_worst_of_many():
    assert monte_carlo_note([]) == ""
    usual = monte_carlo_note([np.linspace(-3.0, 3.6, 40)])
    assert "Of 40 " in usual
    assert "3.6 MCSE" in usual
    assert "0.013" in usual  # 2 * 40 * Phi(-3.6)
    assert "often" in monte_carlo_note([np.linspace(-3.0, 3.0, 40)])


def test_the_page_says_in_words_and_in_amber_that_the_model_does_not_suit_and_the_certificate_stays():
    result = three_routes()
    record, page = result.record(), render(result.record())
    told = [check for check in record.fit.checks if check.level in ("look", "conflict")]
    assert record.agreement.passed
    assert told
    assert 'class="suits amber"' in page
    conflict, look = page.split('class="suits amber"')[1].split("</p>")[0].split("look")  # each under its own word
    for check in told:
        assert check.name in (conflict if check.level == "conflict" else look)
        assert check.name not in (look if check.level == "conflict" else conflict)
    for check in record.fit.checks:
        assert check.code in page
    good = [replace(check, level="fine", next="") for check in result.fit.checks]
    fine = replace(result)
    vars(fine)["fit"] = replace(result.fit, checks=tuple(good))
    assert 'class="suits good"' in render(fine.record())
    assert record.fit.asked == sum(check.code not in ("FIT-09", "FIT-10") for check in record.fit.checks) - 1
