"""Draws: their cost does not grow with the rows where there are sufficient statistics."""

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
