"""The posterior behind an estimator under a likelihood without statistics: weighted draws of slopes and intercept.

Draws of Laplace's approximation are weighted by how much of the posterior each stands for, the largest weights smoothed
by a Pareto tail whose shape is k-hat (Vehtari, Simpson, Gelman, Yao & Gabry 2024, JMLR 25(72), section 3). Up to k-hat
= 0.7 averages over them are reliable; beyond, and where a kink leaves no approximation, NUTS draws the posterior.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.direct.solve import solve
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.separation import runs_off
from mapsto.marks import plain
from mapsto.outcome import Estimate
from mapsto.posteriors.approximate.laplace import USABLE, LaplaceApproximation, laplace_approximation
from mapsto.priors.base import Prior

AT_ONCE = 1_000_000  # predictors held at once
SAME = 1e-10  # relative range of log weights that is rounding


@dataclass(frozen=True, eq=False)
class RowsPosterior:
    """Weighted draws.

    Attributes:
        problem: rows and a likelihood.
        mode: where the log posterior is highest.
        slopes: shape (k, p).
        intercepts: shape (k,).
        weights: shape (k,), with sum 1.
        method: "laplace" or "nuts".
        k_hat: of Laplace's approximation; infinite where there is none.
    """

    problem: Problem
    mode: Estimate
    slopes: Matrix
    intercepts: Vector
    weights: Vector
    method: str
    k_hat: float

    @property
    def effective(self) -> float:
        """The number of equally weighted draws that these are worth (Kish 1965, "Survey Sampling", section 11.7)."""
        return 1 / float(np.sum(self.weights**2))

    def expected(self, X: Matrix) -> tuple[Vector, Vector]:
        """Posterior mean and sd of each row's expected response, without the scatter of single ones; shape (m,)."""
        mean, sd = np.empty(len(X)), np.empty(len(X))
        for part in self._parts(X):
            mu = self._expected(X[part])
            mean[part] = mu @ self.weights
            sd[part] = np.sqrt((mu - mean[part, np.newaxis]) ** 2 @ self.weights)
        return mean, sd

    def response(self, X: Matrix, seed: int) -> tuple[Vector, Vector]:
        """Posterior mean of each row's response, and its predictive sd from one simulated response a draw; (m,)."""
        mean, sd = self.expected(X)
        scatter = np.empty(len(X))
        for part in self._parts(X):
            apart = self._simulated(X[part], seed) - self._expected(X[part])
            scatter[part] = apart**2 @ self.weights
        return mean, np.sqrt(sd**2 + scatter)

    def expected_interval(self, X: Matrix, prob: float) -> Matrix:
        """Equal-tailed intervals of the expected response, shape (m, 2)."""
        return self._quantiles(X, prob, self._expected)

    def predictive_interval(self, X: Matrix, prob: float, seed: int) -> Matrix:
        """Equal-tailed intervals of new responses of weight 1, shape (m, 2)."""
        return self._quantiles(X, prob, lambda rows: self._simulated(rows, seed))

    def sample(self, n: int, rng: np.random.Generator) -> Matrix:
        """``n`` draws, shape (n, p + 1): slopes, then the intercept."""
        picked = rng.choice(len(self.weights), n, p=self.weights)
        return np.column_stack([self.slopes[picked], self.intercepts[picked]])

    def _parts(self, X: Matrix) -> list[slice]:
        rows = max(1, AT_ONCE // len(self.weights))
        return [slice(i, i + rows) for i in range(0, len(X), rows)]

    def _eta(self, X: Matrix) -> Matrix:
        eta: Matrix = X @ self.slopes.T + self.intercepts
        return eta

    def _expected(self, X: Matrix) -> Matrix:
        """Of each row under each draw, shape (m, k)."""
        return np.asarray(self.problem.likelihood.mean(self._eta(X)))

    def _simulated(self, X: Matrix, seed: int) -> Matrix:
        """One response a draw; the same seed for each row, so that no answer depends on the other rows; (m, k)."""
        likelihood = self.problem.likelihood
        return np.asarray([likelihood.simulate(row, np.random.default_rng([seed, 2])) for row in self._eta(X)])

    def _quantiles(self, X: Matrix, prob: float, of: Callable[[Matrix], Matrix]) -> Matrix:
        tails = np.array([0.5 - prob / 2, 0.5 + prob / 2])
        ends = np.empty((len(X), 2))
        for part in self._parts(X):
            for i, row in enumerate(of(X[part])):
                order = np.argsort(row, kind="stable")
                below = np.cumsum(self.weights[order]) - self.weights[order] / 2
                ends[part.start + i] = np.interp(tails, below, row[order])
        return ends


def rows_posterior(problem: Problem, prior: Prior, settings: Settings, by_nuts: Callable[[], Any]) -> RowsPosterior:
    """The mode, and weighted draws of the posterior.

    Args:
        problem: rows and a likelihood.
        prior: the prior of w.
        settings: seed, draws of a chain and chains; their product is the number of draws.
        by_nuts: a run's Result, asked for only where Laplace's approximation will not do.

    Raises:
        BadInput: there is no mode, as under a flat prior on data that the columns separate; NUTS has no draws.
    """
    if not prior.proper and (why := runs_off(problem)):
        raise BadInput(plain(why))
    mode = solve(problem, prior)
    if not isinstance(mode, Estimate):
        raise BadInput(f"no mode was found: {plain(mode.reason)}")
    k_hat, p = math.inf, problem.p
    found = laplace_approximation(problem, prior, mode)
    if isinstance(found, LaplaceApproximation):
        points = found.draws(settings.draws * settings.chains, np.random.default_rng(settings.seed))
        b = points[:, p] if problem.intercept else np.zeros(len(points))
        weights, k_hat = _weights(problem, prior, points[:, :p], b, found.log_density(points))
        if k_hat <= USABLE:
            return RowsPosterior(problem, mode, points[:, :p], b, weights, "laplace", k_hat)
    tree = by_nuts().posterior
    if "posterior" not in tree.children:
        raise BadInput(f"the posterior under the {prior.label} prior cannot be drawn")
    w = tree["posterior"]["w"].to_numpy().reshape(-1, p)
    b = tree["posterior"]["b"].to_numpy().ravel() if problem.intercept else np.zeros(len(w))
    return RowsPosterior(problem, mode, w, b, np.full(len(w), 1 / len(w)), "nuts", k_hat)


def _weights(problem: Problem, prior: Prior, w: Matrix, b: Vector, proposal: Vector) -> tuple[Vector, float]:
    """Smoothed importance weights of the draws, with sum 1, and their k-hat."""
    from arviz_stats.base import array_stats  # type: ignore[attr-defined]  # imported late: it takes half a second

    (X, y), q = problem.table.rows, problem.table.q
    joint = np.array([prior.log_density(one) for one in w])
    rows = max(1, AT_ONCE // len(y))
    for i in range(0, len(w), rows):
        eta = w[i : i + rows] @ X.T + b[i : i + rows, np.newaxis]
        joint[i : i + rows] += problem.likelihood.log_density(y, eta, q).sum(axis=1)
    ratios = joint - proposal
    if np.ptp(ratios) <= SAME * (1 + np.abs(ratios).max()):  # the posterior itself: there is no tail to fit
        return np.full(len(w), 1 / len(w)), -math.inf
    smoothed, k_hat = array_stats.psislw(ratios.max() - ratios)  # type: ignore[no-untyped-call]
    weights: Vector = np.exp(smoothed - logsumexp(smoothed))
    return weights / weights.sum(), float(k_hat)
