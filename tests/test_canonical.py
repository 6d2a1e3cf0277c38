"""Counts under their canonical link: what is sampled is PyMC's density of the rows, from two products and constants."""

import numpy as np
import pytest

import mapsto as mt
from mapsto.engines.pymc.densities import canonical
from mapsto.engines.pymc.densities.log_density import LogDensity
from mapsto.engines.pymc.model import centred_model, sampled_model
from mapsto.rounding import gamma

PRIOR = mt.Normal(scale=0.7)
N, P = 60, 3


def problem_of(likelihood, *, weights=False, intercept=True):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((N, P)) + np.array([4.0, 0.0, -1.0])
    q = rng.integers(1, 9, N).astype(float) if weights else None
    y = likelihood.simulate(0.2 * X[:, 1] - 0.3, rng, 1.0 if q is None else q)
    return mt.Problem.from_rows(X, y, likelihood=likelihood, weights=q, intercept=intercept)


CASES = [
    (mt.Bernoulli(), False),
    (mt.Binomial(), True),
    (mt.Poisson(), False),
    (mt.Poisson(), True),
]


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize(("likelihood", "weights"), CASES, ids=lambda one: getattr(one, "name", one))
def test_what_is_sampled_is_the_likelihood_times_the_prior(likelihood, weights, intercept):
    problem = problem_of(likelihood, weights=weights, intercept=intercept)
    x_mean = problem.statistics.x_mean
    density = LogDensity(sampled_model(problem, PRIOR), x_mean)
    of_rows = LogDensity(centred_model(problem, PRIOR), x_mean, as_sampled=False)
    for seed in range(3):
        x = np.random.default_rng(seed).standard_normal(len(density.start))
        w, b = density.split(x)
        value, gradient = density(x)
        # each term of each row errs by its own rounding, and so does the predictor
        eta = np.abs(problem.X) @ np.abs(w) + abs(b) + np.abs(x_mean) @ np.abs(w)
        size = problem.table.q @ ((problem.y + np.exp(problem.table.predictor(w, float(b)))) * (1 + eta))
        exact = problem.log_likelihood(w, float(b)) + PRIOR.log_density(w)
        assert abs(value - exact) <= gamma(10 * N) * (size + abs(exact))
        pymc, slopes = of_rows(x)
        assert abs(pymc - value) <= gamma(10 * N) * (size + abs(exact))
        assert np.abs(slopes - gradient).max() <= gamma(10 * N) * size * np.abs(problem.X).max()


def test_far_out_it_is_minus_infinity_without_a_warning():
    density = LogDensity(sampled_model(problem_of(mt.Poisson()), PRIOR), np.zeros(P))
    value, _ = density(np.full(len(density.start), 1e4))
    assert value == -np.inf


def test_a_likelihood_that_is_not_the_rows_own_is_caught(monkeypatch):
    """The sampler's density with a cumulant a thousandth off: the draws look well, the check says they are others."""
    problem, how = problem_of(mt.Poisson()), mt.Settings(seed=1, draws=50, chains=2)
    assert check_of(mt.run(problem, PRIOR, how, engines=["direct", "pymc"])).passed

    def off(eta):
        above, mean = np.exp(eta), np.exp(eta)
        return 1.001 * above, mean

    monkeypatch.setitem(canonical.CUMULANTS, "poisson", off)
    spoilt = mt.run(problem, PRIOR, how, engines=["direct", "pymc"])
    assert not check_of(spoilt).passed
    # PyMC's mode is sought on its own density of the rows, and has nothing to do with it
    assert next(one for one in spoilt.certificate.checks if one.name == "stationarity-pymc").passed


def check_of(result):
    return next(one for one in result.certificate.checks if one.name == "rows-equal-statistics")
