"""The evidence by bridge sampling: against conjugate truths and quadrature, and with draws of another posterior."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln, gammaln, logit

from mapsto import AsymmetricLaplaceNoise, Binomial, Known, Laplace, Normal, Poisson, Problem, Settings, run
from mapsto.posteriors.approximate.bridge import bridge
from mapsto.report.page import render
from mapsto.runs.record import decode, encode

HELD = Normal(scale=1e-9)  # a slope that is nothing: the intercept alone is left
MANY = (4, 2_000)


def with_slope(b, rng):
    return np.stack([1e-9 * rng.standard_normal(b.shape), b], axis=-1)


def conjugate(case):
    """A problem of an intercept alone, its exact draws, and its log evidence by a formula."""
    rng = np.random.default_rng(8)
    X = rng.standard_normal((20, 1))
    if case == "poisson":  # exp(b) ~ Gamma(sum of counts, rows) under the flat prior of b
        y = rng.poisson(0.8, 20).astype(float)
        problem = Problem.from_rows(X, y, likelihood=Poisson())
        draws = np.log(rng.gamma(y.sum(), 1 / 20, MANY))
        truth = gammaln(y.sum()) - y.sum() * np.log(20) - gammaln(y + 1).sum()
    else:  # 1 / (1 + exp(-b)) ~ Beta(successes, failures)
        trials = rng.integers(1, 5, 20).astype(float)
        count = rng.binomial(trials.astype(int), 0.15).astype(float)
        problem = Problem.from_rows(X, count / trials, weights=trials, likelihood=Binomial())
        draws = logit(rng.beta(count.sum(), (trials - count).sum(), MANY))
        ways = (gammaln(trials + 1) - gammaln(count + 1) - gammaln(trials - count + 1)).sum()
        truth = ways + betaln(count.sum(), (trials - count).sum())
    return problem, with_slope(draws, rng), truth


@pytest.mark.parametrize("case", ["poisson", "binomial"])
def test_it_is_the_conjugate_evidence_within_its_error(case):
    problem, draws, truth = conjugate(case)
    found = bridge(problem, HELD, draws)
    assert 0 < found.error < 0.02
    assert abs(found.log_evidence - truth) <= 5 * found.error


@pytest.mark.parametrize("case", ["poisson", "binomial"])
def test_its_error_is_the_scatter_of_many(case):
    """Over 40 sets of draws, whose own sd is known to a ninth of itself."""
    problem, draws, truth = conjugate(case)
    sets = draws.reshape(4, 40, 50, 2).swapaxes(0, 1)
    found = [bridge(problem, HELD, one, most=100, seed=k) for k, one in enumerate(sets)]
    off = np.array([one.log_evidence for one in found]) - truth
    told = np.sqrt(np.mean([one.error**2 for one in found]))
    assert abs(np.log(np.sqrt((off**2).mean()) / told)) < 5 / 9


def test_draws_of_another_posterior_give_another_number():
    problem, draws, truth = conjugate("poisson")
    narrow = draws.mean(axis=(0, 1)) + 0.5 * (draws - draws.mean(axis=(0, 1)))
    found = bridge(problem, HELD, narrow)
    assert abs(found.log_evidence - truth) > 5 * found.error


def test_with_kinks_it_is_that_of_quadrature_and_on_the_page():
    """Quantile noise and a Laplace prior: no Laplace approximation, and an evidence all the same."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((15, 1))
    likelihood = AsymmetricLaplaceNoise(quantile=0.3, sigma=Known(0.5))
    problem = Problem.from_rows(X, likelihood.simulate(X[:, 0], rng), likelihood=likelihood, intercept=False)
    prior = Laplace(scale=1.0)
    result = run(problem, prior, Settings(draws=500), engines=["direct", "pymc"])
    record = decode(encode(result.record()))
    top = problem.log_likelihood(result.mode.coef, 0.0) + prior.log_density(result.mode.coef)

    def height(w):
        return np.exp(problem.log_likelihood(np.array([w]), 0.0) + prior.log_density(np.array([w])) - top)

    kinks = sorted({0.0, *(problem.y / X[:, 0])})
    inner = [w for w in kinks if -3 < w < 5]
    truth = top + np.log(quad(height, -3.0, 5.0, points=inner, limit=400, epsabs=0, epsrel=1e-10)[0])
    laplace = record.laplace
    assert laplace.reason is not None
    assert abs(laplace.bridge_log_evidence - truth) <= 5 * laplace.bridge_error
    assert "By bridge sampling between the draws of PyMC" in render(record)
