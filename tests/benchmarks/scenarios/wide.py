"""Tables with more columns than rows, and with many columns."""

import numpy as np
from scenario import Pair, scenario
from sklearn.linear_model import Ridge

import mapsto as mt


def table(n, p):
    """n rows of p columns, ten of which matter."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n, p))
    return X, X[:, :10] @ np.arange(1.0, 11.0) + 3 * rng.standard_normal(n)


@scenario("mode and exact posterior, 200 x 8,000", peer="Ridge.fit", goal=3.0)
def wide_mode():
    X, y = table(200, 8_000)
    return Pair(
        lambda: mt.exact_posterior(mt.Problem.from_rows(X, y, noise_sd=3.0), mt.Normal(scale=0.3)).mean,
        lambda: Ridge(alpha=100.0).fit(X, y),
    )


@scenario("the same, with all posterior sds and the log evidence", peer="Ridge.fit", goal=3.0)
def wide_posterior():
    X, y = table(200, 8_000)

    def ours():
        exact = mt.exact_posterior(mt.Problem.from_rows(X, y, noise_sd=3.0), mt.Normal(scale=0.3))
        return exact.sd, exact.log_evidence

    return Pair(ours, lambda: Ridge(alpha=100.0).fit(X, y))


@scenario("PosteriorRegressor.fit, 200 x 20,000, seconds", goal=1.0)
def wide_regressor():
    X, y = table(200, 20_000)
    return Pair(lambda: mt.PosteriorRegressor(prior=mt.Normal(scale=0.3), noise_sd=3.0).fit(X, y).coef_)


@scenario("a whole run, 2,000 x 200, seconds (41 before)", goal=10.25)
def run_of_200_columns():
    X, y = table(2_000, 200)
    return Pair(lambda: mt.run(mt.Problem.from_rows(X, y, noise_sd=3.0), mt.Normal(scale=1.0)))


@scenario("exact posterior with a learned scale, 1,000 x 400, seconds", goal=0.2)
def learned_scale():
    X, y = table(1_000, 400)
    problem = mt.Problem.from_rows(X, y, noise_sd=3.0)
    return Pair(lambda: mt.exact_posterior(problem, mt.HierarchicalNormal(scale=1.0)).sd)


@scenario("exact posterior with both scales learned, 442 x 10, seconds", goal=0.5)
def both_learned():
    X, y = table(442, 10)
    problem = mt.Problem.from_rows(X, y, noise_sd=3.0, noise_prior=mt.HalfNormalNoise(scale=5.0))
    return Pair(lambda: mt.exact_posterior(problem, mt.HierarchicalNormal(scale=1.0)).sd)
