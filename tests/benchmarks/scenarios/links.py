"""Likelihoods with a link function."""

import numpy as np
from scenario import Pair, scenario
from sklearn.linear_model import LogisticRegression

import mapsto as mt


@scenario("certified mode of a logistic regression, 100,000 x 20", peer="LogisticRegression(tol=1e-4).fit", goal=3.0)
def logistic():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((100_000, 20))
    y = (rng.random(100_000) < 1 / (1 + np.exp(-X @ (0.3 * rng.standard_normal(20)) - 0.2))).astype(float)
    return Pair(
        lambda: mt.run(mt.Problem.from_rows(X, y, likelihood=mt.Bernoulli()), mt.Normal(scale=1.0), engines=["direct"]),
        lambda: LogisticRegression(tol=1e-4).fit(X, y),
    )
