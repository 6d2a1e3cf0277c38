"""The expected response of each row under each draw, and data sets drawn from the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.intervals import TAILS

MOST_ROWS = 5_000
MOST_DRAWS = 400
Kind = Literal["share", "count", "positive"]
KINDS: dict[str, Kind] = {
    "bernoulli": "share",
    "binomial": "share",
    "probit": "share",
    "poisson": "count",
    "negative_binomial": "count",
    "gamma": "positive",
}
"""What a response is, by the name of its likelihood; another likelihood has no page of its response."""


@dataclass(frozen=True, eq=False)
class ResponseDraws:
    """The rows, or a random sample of them, under some of the draws.

    Attributes:
        kind: what a response is.
        rows: the rows' numbers, shape (m,).
        y: responses, shape (m,): shares, counts per exposure, positive numbers.
        q: weights of these rows, shape (m,): trials, exposures.
        mean: expected responses, shape (draws, m).
        replicated: responses drawn from the model, shape (draws, m).
    """

    kind: Kind
    rows: NDArray[np.int64]
    y: Vector
    q: Vector
    mean: Matrix
    replicated: Matrix

    @property
    def middle(self) -> Vector:
        """Posterior means of the expected responses, shape (m,)."""
        middle: Vector = self.mean.mean(axis=0)
        return middle

    @property
    def eti89(self) -> Matrix:
        """Intervals of the expected responses, shape (m, 2)."""
        return np.asarray(np.quantile(self.mean, TAILS, axis=0).T)


def response_draws(problem: Problem, tree: Any, seed: int = 1) -> ResponseDraws | None:
    """The expected responses under at most :data:`MOST_DRAWS` draws, or None without draws, rows or a known response.

    Args:
        problem: rows and a likelihood.
        tree: ArviZ DataTree with ``posterior``: w of shape (chains, draws, p), and b where there is an intercept.
        seed: of the sample of rows and of the replicated responses.
    """
    kind = KINDS.get(problem.likelihood.name)
    if kind is None or problem.X is None or problem.y is None or "posterior" not in tree.children:
        return None
    rng = np.random.default_rng([seed, 3])
    rows = np.arange(problem.n)
    if problem.n > MOST_ROWS:
        rows = np.sort(rng.choice(problem.n, MOST_ROWS, replace=False))
    w = tree["posterior"]["w"].to_numpy().reshape(-1, problem.p)
    b = tree["posterior"]["b"].to_numpy().ravel() if problem.intercept else np.zeros(len(w))
    some = np.unique(np.linspace(0, len(w) - 1, MOST_DRAWS).round().astype(int))
    eta = w[some] @ problem.X[rows].T + b[some, np.newaxis]
    q = np.broadcast_to(problem.table.q, (problem.n,))[rows]
    drawn = {name: tree["posterior"][name].to_numpy().reshape(-1, 1)[some] for name in problem.learns}
    replicated = problem.likelihood.given(**drawn).simulate(eta, rng, q)
    return ResponseDraws(kind, rows, problem.y[rows], q, problem.likelihood.mean(eta), replicated)
