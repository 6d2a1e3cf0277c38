"""The mode as a formula, and with it the exact posterior where the prior is conjugate: from the prior's facts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapsto.data.row_space import FEW
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.factored.wide import wide_posterior
from mapsto.posteriors.gaussian import GaussianPosterior, flat_posterior, gaussian_posterior
from mapsto.priors.base import PiecewiseQuadratic, Prior
from mapsto.rounding import gamma


@dataclass(frozen=True, eq=False)
class Solution:
    """A closed-form answer: the mode, and the exact posterior where the prior is conjugate.

    ``linear`` says that the formula solves one linear system, so that no search is wanted as a second witness.
    """

    mode: Estimate
    posterior: GaussianPosterior | Unsupported
    linear: bool = False


def closed_form(problem: Problem, prior: Prior) -> Solution | Unsupported:
    """The mode at sigma = ``problem.noise_sd`` as a formula, or why there is none.

    A Normal prior and a flat one give it by one linear system, with the posterior. A penalty of absolute values and
    squares has a formula where the columns are orthogonal (a single column is).
    """
    if prior.no_mode:
        return Unsupported(prior.no_mode)
    normal, family, shape = prior.gaussian(problem.p), prior.family(problem.p), prior.piecewise_quadratic(problem.p)
    if normal is not None:
        wide = normal.root.ndim == 1 and FEW < problem.p > len(problem.statistics.R)
        posterior = (wide_posterior if wide else gaussian_posterior)(problem, normal.mean, normal.root)
        return Solution(Estimate(posterior.mean, posterior.intercept_mean), posterior, linear=True)
    if family is not None and family.name == "flat":
        return _flat(problem)
    found = None if shape is None else _one_by_one(problem, shape)
    if found is None:
        return Unsupported(f"No formula gives the mode under the {prior.label} prior; it is searched for.")
    reason = f"No formula gives the posterior under the {prior.label} prior; NUTS samples it."
    return Solution(found, Unsupported(reason))


def _flat(problem: Problem) -> Solution:
    posterior = flat_posterior(problem)
    if posterior is not None:
        return Solution(Estimate(posterior.mean, posterior.intercept_mean), posterior, linear=True)
    s = problem.statistics
    shortest = np.linalg.lstsq(s.R, s.z)[0]
    reason = "The posterior is improper: the columns leave one direction of the slopes unbounded."
    return Solution(Estimate(shortest, s.best_intercept(shortest)), Unsupported(reason), linear=True)


def _one_by_one(problem: Problem, shape: PiecewiseQuadratic) -> Estimate | None:
    """Each coefficient soft-thresholded by itself, where the columns are orthogonal.

    Source: Tibshirani (1996), JRSS B 58(1), equation 3.
    """
    s = problem.statistics
    gram = s.R.T @ s.R / problem.noise_sd**2
    across = np.sqrt(np.outer(np.diag(gram), np.diag(gram)))
    if (np.abs(gram - np.diag(np.diag(gram))) > gamma(problem.n) * across).any():
        return None
    pull = s.R.T @ s.z / problem.noise_sd**2
    rate = np.where(pull > 0, shape.l1, np.inf if shape.nonnegative else shape.down)
    past = np.maximum(np.abs(pull) - rate, 0.0)
    w = np.sign(pull) * np.divide(past, np.diag(gram) + shape.l2, out=np.zeros_like(past), where=past > 0)
    return Estimate(w, s.best_intercept(w))
