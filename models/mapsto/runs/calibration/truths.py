"""What a replicate begins with: parameters drawn from the prior, and data drawn given them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.priors.base import Prior
from mapsto.runs.calibration import prior_draws

SLOPES = 2
FEW_ROWS = 6  # where noise has a location: so few that what a plug-in leaves out is seen
SMALL = 0.3  # sd of a column: so small that the prior counts as much as the data do
MANY_ROWS = 24  # where a link function stands between: so many that not all responses are the same
MOST_RESPONSE = 1e6  # in absolute value, of a table that is used
TRIALS = 5.0  # the weight of each row under a likelihood of shares


@dataclass(frozen=True, eq=False)
class Truth:
    """One replicate.

    Attributes:
        problem: the simulated table, with sigma known, or to be learned.
        prior: the prior of the slopes, fitted to the table.
        slopes: the true slopes, shape (SLOPES,).
        sigma: the true scale of the noise; None for a likelihood without one.
        row: a row that the table does not hold, shape (SLOPES,).
        response: the response that it would have.
    """

    problem: Problem
    prior: Prior
    slopes: Vector
    sigma: float | None
    row: Vector
    response: float


def table(likelihood: Likelihood) -> tuple[Matrix, Vector]:
    """The columns, shape (n, SLOPES), and a new row, the same for every replicate."""
    rng = np.random.default_rng(20)
    X = SMALL * rng.standard_normal((FEW_ROWS if likelihood.location else MANY_ROWS, SLOPES))
    X[:, 1] += 0.5 * X[:, 0]
    return X, np.array([0.4, -0.6])


def truths(
    prior: Prior, likelihood: Likelihood, noise: NoisePrior | None, size: int, rng: np.random.Generator
) -> Iterator[Truth] | Unsupported:
    """``size`` independent replicates, or why there are none.

    The intercept's flat prior is drawn from by no one. Where the noise has a location, all ranks are the same whatever
    the intercept is, so that it is held at zero and still learned; with a link function the model has none. For the
    same reason slopes under a flat prior are held at zero. That is a flat prior's own sense: it is invariant (Berger
    1985, "Statistical Decision Theory and Bayesian Analysis", section 6.6).
    """
    X, row = table(likelihood)
    shares = likelihood.name == "binomial"
    weights = np.full(len(X), TRIALS) if shares else None
    start = _problem(X, likelihood.simulate(X @ np.zeros(SLOPES), rng, TRIALS if shares else 1.0), likelihood, weights)
    prior = prior.fitted_to(start.statistics)
    drawn: Matrix | Unsupported = np.zeros((size, SLOPES))
    if prior.proper:
        drawn = prior_draws.slopes(prior, SLOPES, size, rng)
    elif not likelihood.location:
        return Unsupported(
            f"Nothing can be drawn from the {prior.label} prior, and with a link function ranks depend on the slopes."
        )
    if isinstance(drawn, Unsupported):
        return drawn
    sigmas = _sigmas(likelihood, noise, size, rng)
    if isinstance(sigmas, Unsupported):
        return sigmas
    if prior.in_units_of_sigma:
        if sigmas is None:
            return Unsupported(f"The {likelihood.label} likelihood has no sigma for the prior to be in units of.")
        drawn = drawn * sigmas[:, np.newaxis]
    return _each(prior, likelihood, noise, drawn, sigmas, X, row, weights, rng)


def _sigmas(
    likelihood: Likelihood, noise: NoisePrior | None, size: int, rng: np.random.Generator
) -> Vector | Unsupported | None:
    """The scale of the noise of each replicate: known, or drawn from its prior; None for a likelihood without one."""
    if noise is None:
        return None if likelihood.scale is None else np.full(size, likelihood.scale.value)
    if not likelihood.has_scale():
        return Unsupported(f"The {likelihood.label} likelihood has no sigma to learn.")
    return prior_draws.noise_sds(noise, size, rng)


def _each(
    prior: Prior,
    likelihood: Likelihood,
    noise: NoisePrior | None,
    drawn: Matrix,
    sigmas: Vector | None,
    X: Matrix,
    row: Vector,
    weights: Vector | None,
    rng: np.random.Generator,
) -> Iterator[Truth]:
    q = TRIALS if weights is not None else 1.0
    for i, w in enumerate(drawn):
        sigma = None if sigmas is None else float(sigmas[i])
        response = likelihood.simulate(np.append(X @ w, row @ w), rng, q, sigma)
        if usable(response[:-1]):
            problem = _problem(X, response[:-1], likelihood, weights)
            problem = problem if noise is None else problem.with_noise_prior(noise)
            yield Truth(problem, prior, w, sigma, row, float(response[-1]))


def usable(y: Vector) -> bool:
    """Whether responses, shape (n,), are data that anyone would fit: neither all the same nor astronomical.

    Tables that are not are passed over. That bends no rank, since it is decided by the data alone: the parameters
    given the data are what they were.
    """
    return bool(np.isfinite(y).all() and np.abs(y).max() < MOST_RESPONSE and np.ptp(y) > 0)


def _problem(X: Matrix, y: Vector, likelihood: Likelihood, weights: Vector | None) -> Problem:
    """As :meth:`Problem.from_rows`, of rows that need no check."""
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    return Problem(Table(names, "y", likelihood.location, X, y, weights), likelihood)
