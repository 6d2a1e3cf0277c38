"""What the model would have expected of the responses before it saw any, next to what came."""

from __future__ import annotations

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.marks import number
from mapsto.posteriors.fit.judged import FitCheck, Seldom, two_sided
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture

MADE = 1000
NODES = 4001
CODE, NAME = "FIT-11", "prior predictive"


def prior_draws(prior: Prior, p: int, made: int, rng: np.random.Generator) -> Matrix | None:
    """Independent draws of all slopes from the prior, shape (made, p); None where it has no integral or no such draws.

    A separable prior that is neither Normal nor a mixture is drawn slope by slope through its distribution function on
    a grid that is fine at its centre and reaches 10,000 widths.
    """
    if not prior.proper:
        return None
    normal = prior.gaussian(p)
    if normal is not None:
        return np.asarray(normal.mean + rng.standard_normal((made, p)) @ normal.matrix.T)
    if isinstance(prior, ScaleMixture):
        return np.asarray(prior.scales(made, p, rng) * rng.standard_normal((made, p)))
    if not prior.separable:
        return None
    drawn, middle, widths = np.empty((made, p)), prior.centre(p), prior.widths(p)
    known: tuple[tuple[Prior, float, float], tuple[Vector, Vector]] | None = None
    for j in range(p):
        one = prior.marginal(j, p)
        if one is None:
            return None
        asked = one, float(middle[j]), float(widths[j])
        if known is None or known[0] != asked:  # slopes often share one prior
            known = asked, _distribution(*asked)
        drawn[:, j] = np.interp(rng.random(made), *known[1])
    return drawn


def _distribution(prior: Prior, middle: float, width: float) -> tuple[Vector, Vector]:
    """The probability below each of :data:`NODES` values of one slope, and these values."""
    grid = middle + width * np.sinh(np.linspace(-np.arcsinh(1e4), np.arcsinh(1e4), NODES))
    logs = np.array([prior.log_density(np.array([w])) for w in grid])
    density = np.exp(logs - logs[np.isfinite(logs)].max())
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    return mass / mass[-1], grid


def prior_predictive(problem: Problem, prior: Prior, seed: int) -> Seldom | FitCheck:
    """The spread of the responses among that of data sets drawn from the prior, on the problem's rows."""
    if problem.X is None or problem.y is None or not problem.likelihood.location:
        return FitCheck(CODE, NAME, "not asked", "It is asked of responses without a link whose rows are there.")
    rng = np.random.default_rng([seed, 13])
    w = prior_draws(prior, problem.p, MADE, rng)
    if w is None:
        return FitCheck(CODE, NAME, "not asked", "No data can be drawn from this prior.")
    q = 1.0 if problem.weights is None else problem.weights
    eta = w @ (problem.X - problem.X.mean(axis=0)).T if problem.intercept else w @ problem.X.T
    spread = problem.likelihood.simulate(eta, rng, q, None).std(axis=1)
    observed = float(problem.y.std())
    chance = two_sided(float((spread <= observed).mean()), float((spread >= observed).mean()), MADE)
    low, high = np.quantile(spread, [0.025, 0.975])
    seen = (
        f"Before the data the model expects responses with an sd between {number(low)} and {number(high)} (95 % of "
        f"{MADE} "
        f"data sets drawn from the prior); theirs is {number(observed)}."
    )
    narrow = observed > np.median(spread)
    then = (
        "The prior, or $\\sigma$, is too narrow for these responses: a larger scale."
        if narrow
        else "The prior expects far more than came: a smaller scale; mapsto elicit turns a belief into one."
    )
    return Seldom(CODE, NAME, chance, seen, then)
