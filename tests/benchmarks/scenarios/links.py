"""Likelihoods with a link function."""

import numpy as np
from scenario import Pair, scenario
from sklearn.linear_model import LogisticRegression, PoissonRegressor

import mapsto as mt

DIGITS = 12  # that the certified mode has at least


@scenario(
    f"certified mode of a logistic regression to {DIGITS} digits, 100,000 x 20",
    peer="LogisticRegression(tol=1e-4).fit",
    goal=3.0,
)
def logistic():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((100_000, 20))
    y = (rng.random(100_000) < 1 / (1 + np.exp(-X @ (0.3 * rng.standard_normal(20)) - 0.2))).astype(float)

    def ours():
        return mt.run(mt.Problem.from_rows(X, y, likelihood=mt.Bernoulli()), mt.Normal(scale=1.0), engines=["direct"])

    result = ours()
    exact = LogisticRegression(solver="newton-cholesky", tol=1e-15, max_iter=1_000).fit(X, y).coef_[0]
    apart = np.abs(result.mode.coef - exact).max() / np.abs(exact).max()
    if not (result.certificate.passed and apart < 10.0**-DIGITS):
        raise SystemExit(f"the mode is {apart:.1g} off, relative to the largest slope, or is not certified")
    return Pair(ours, lambda: LogisticRegression(tol=1e-4).fit(X, y))


@scenario("mode of a logistic regression by passes over blocks, 1,000,000 x 20", peer="the same in memory", goal=2.0)
def logistic_by_passes():
    from mapsto.engines.direct.solve import solve

    rng = np.random.default_rng(1)
    X = rng.standard_normal((1_000_000, 20))
    y = (rng.random(len(X)) < 1 / (1 + np.exp(-X @ (0.3 * rng.standard_normal(20)) - 0.2))).astype(float)

    def blocks():
        return ((X[at : at + 100_000], y[at : at + 100_000]) for at in range(0, len(y), 100_000))

    return Pair(
        lambda: solve(mt.Problem.from_blocks(blocks, likelihood=mt.Bernoulli()), mt.Normal(scale=1.0)),
        lambda: solve(mt.Problem.from_rows(X, y, likelihood=mt.Bernoulli()), mt.Normal(scale=1.0)),
    )


@scenario("posterior of a Poisson regression, 10,000 x 10", peer="PoissonRegressor, find_MAP, pm.sample", goal=0.25)
def poisson():
    import arviz as az
    import pymc as pm

    rng = np.random.default_rng(1)
    X = rng.standard_normal((10_000, 10))
    y = rng.poisson(np.exp(0.5 + X @ (0.2 * rng.standard_normal(10)))).astype(float)

    def naive():
        PoissonRegressor(alpha=1 / len(y)).fit(X, y)
        with pm.Model():
            w = pm.Normal("w", 0, 1.0, shape=10)
            b = pm.Flat("b")
            pm.Poisson("y", pm.math.exp(b + X @ w), observed=y)
            pm.find_MAP(progressbar=False)
            draws = pm.sample(1000, tune=1000, chains=4, random_seed=1, progressbar=False)
        return az.summary(draws)

    problem = mt.Problem.from_rows(X, y, likelihood=mt.Poisson())
    return Pair(lambda: mt.run(problem, mt.Normal(scale=1.0), mt.Settings(seed=1)), naive)
