"""Draws: their cost does not grow with the rows where there are sufficient statistics."""

import arviz as az
import numpy as np
from scenario import Pair, scenario

import mapsto as mt


def problem(blocks, size):
    """A Gaussian problem of blocks * size rows and 20 columns, from statistics that were added up."""
    rng = np.random.default_rng(1)
    w = np.linspace(-1, 1, 20)

    def rows():
        X = rng.standard_normal((size, 20))
        return X, X @ w + rng.standard_normal(size)

    statistics = mt.SufficientStatistics.from_blocks((rows() for _ in range(blocks)), centred=True)
    return mt.Problem.from_statistics(statistics, noise_sd=1.0)


@scenario("NUTS on 1,000,000 rows, Laplace prior, 20 columns", peer="NUTS on 1,000 rows", goal=1.25)
def sampling_of_many_rows():
    many, few, prior = problem(10, 100_000), problem(1, 1_000), mt.Laplace(1.0)
    how = mt.Settings(seed=1, draws=500)
    return Pair(lambda: mt.run(many, prior, how), lambda: mt.run(few, prior, how))


@scenario("NUTS on 10,000,000 rows, Laplace prior, 20 columns", peer="NUTS on 1,000 rows", goal=1.25, large=True)
def sampling_of_ten_million_rows():
    many, few, prior = problem(100, 100_000), problem(1, 1_000), mt.Laplace(1.0)
    how = mt.Settings(seed=1, draws=500)
    return Pair(lambda: mt.run(many, prior, how), lambda: mt.run(few, prior, how))


@scenario(
    "seconds for each effective draw, 100,000 x 20 correlated, Laplace prior",
    peer="the model of the rows in PyMC, pm.sample",
    goal=0.1,
    large=True,
)
def effective_draws():
    import pymc as pm

    rng = np.random.default_rng(1)
    X = rng.standard_normal((100_000, 20))
    X = X + 3 * X[:, [0]]
    y = X @ np.linspace(-1, 1, 20) + 2 * rng.standard_normal(len(X))
    ours = mt.Problem.from_rows(X, y, noise_sd=2.0)

    def naive():
        with pm.Model():
            w, b = pm.Laplace("w", 0, 1.0, shape=20), pm.Flat("b")
            pm.Normal("y", b + pm.math.dot(X, w), 2.0, observed=y)
            return pm.sample(500, tune=500, chains=4, random_seed=1, progressbar=False)

    return Pair(
        lambda: mt.run(ours, mt.Laplace(1.0), mt.Settings(seed=1, draws=500), engines=["pymc"]).posterior,
        naive,
        worth=lambda tree: float(az.ess(tree["posterior"]["w"])["w"].min()),
    )
