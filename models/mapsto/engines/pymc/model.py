"""The PyMC models: the one a user would write, and the same posterior from sufficient statistics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pymc as pm

from mapsto.data.statistics import Matrix
from mapsto.engines.pymc import families
from mapsto.engines.pymc.densities.canonical import is_canonical, log_likelihood
from mapsto.engines.pymc.families.observed import observe
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior

MOST_BY_HAND = 4_000  # numbers in R up to which its product with w is written out


def rows_model(problem: Problem, prior: Prior) -> Any:
    """The model on all rows, as a user would write it (see ``code.py``).

    Raises:
        ValueError: the problem has statistics but no rows.
    """
    if problem.X is None:
        raise ValueError("the rows are gone: only statistics_model can be built")
    with pm.Model(coords={"feature": problem.features, "row": range(problem.n)}) as model:
        sigma = noise_sd(problem)
        w = families.slopes(prior, problem.p, sigma)
        b = pm.Flat("b") if problem.intercept else 0.0
        mean = b + pm.math.dot(problem.X, w)
        observe(problem, mean, sigma, learned(problem))
    return model


def sampled_model(problem: Problem, prior: Prior) -> Any:
    """The model whose density is sampled: of the statistics where the likelihood has them, else of the rows.

    All are in the mean response a = b + x_mean . w instead of b.
    """
    if problem.likelihood.has_statistics:
        return statistics_model(problem, prior)
    return centred_model(problem, prior, quick=is_canonical(problem))


def centred_model(problem: Problem, prior: Prior, *, quick: bool = False) -> Any:
    """The model on all rows, in the mean response a; with ``quick`` its log likelihood is one operation of our own."""
    X, _ = problem.table.rows
    with pm.Model(coords={"feature": problem.features, "row": range(problem.n)}) as model:
        sigma = noise_sd(problem)
        w = families.slopes(prior, problem.p, sigma)
        centred = X - problem.statistics.x_mean
        a = pm.Flat("a") if problem.intercept else 0.0
        if quick:
            pm.Potential("y", log_likelihood(problem, centred, w, a))
        else:
            observe(problem, a + pm.math.dot(centred, w), sigma, learned(problem))
    return model


def statistics_model(problem: Problem, prior: Prior) -> Any:
    """The same posterior, to the constant, from p + 1 numbers instead of n rows.

    The rotated response has mean R w, the mean of y has mean a = b + x_mean . w, and what no column reaches is a
    term that only sigma could move (see ``sufficient.py``). The model is in a, which the slopes leave alone, instead
    of b, which they drag along; the change has unit Jacobian, so the posterior is the same.
    """
    s = problem.statistics
    with pm.Model(coords={"feature": problem.features}) as model:
        sigma = noise_sd(problem)
        w = families.slopes(prior, problem.p, sigma)
        pm.Normal("rotated_y", mu=_times(s.R, w), sigma=sigma, observed=s.z)
        if problem.intercept:
            a = pm.Flat("a")
            pm.Normal("mean_y", mu=a, sigma=sigma / np.sqrt(s.weight), observed=s.y_mean)
        pm.Potential("residual_sum_of_squares", _of_the_rest(problem, sigma))
    return model


def _times(R: Matrix, w: Any) -> Any:
    """R w; a few columns are summed in the generated C code, where a call of BLAS costs more than the product."""
    if len(R) * R.shape[1] > MOST_BY_HAND:
        return pm.math.dot(R, w)
    return pm.math.sum(pm.math.constant(R) * w, axis=1)


def noise_sd(problem: Problem) -> Any:
    """The noise's sd: a random variable where it is learned; None for a likelihood without one.

    Else a double, for a Python 54.0 would be kept as float32 and cost log(sigma) half of its digits.
    """
    if problem.sigma is None:
        return None
    if problem.noise_prior is not None:
        return families.positive(problem.noise_prior)
    return pm.math.constant(np.float64(problem.noise_sd))


def learned(problem: Problem) -> dict[str, Any]:
    """The parameters of the likelihood that are learned, as random variables by name."""
    return {name: families.positive(prior, name) for name, prior in problem.learns.items()}


def _of_the_rest(problem: Problem, sigma: Any) -> Any:
    """log p of the rotated responses that no column reaches, and what averaging y and weights changed, in nats."""
    s = problem.statistics
    free_rows = np.float64(s.n - s.centred - len(s.z))
    rest = -free_rows * (pm.math.log(sigma) + np.float64(0.5 * math.log(2 * math.pi)))
    return rest - np.float64(s.residual_sum_of_squares) / (2 * sigma**2) + np.float64(s.log_volume)
