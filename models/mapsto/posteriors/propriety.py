"""Whether there is a posterior at all where the prior on sigma has no integral."""

from __future__ import annotations

import math

from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.priors.base import Prior


def no_integral(problem: Problem, prior: Prior) -> Unsupported | None:
    """Why the posterior has no integral for large sigma, or None.

    With all else integrated out the likelihood falls as sigma^-(n - k), k being the number of parameters with a flat
    prior, whatever a proper prior of the others; the prior on sigma falls as sigma^-tail. The integral is finite where
    the powers are together more than 1 (Gelman 2006, Bayesian Analysis 1(3), section 2.2).
    """
    noise = problem.noise_prior
    if noise is None or math.isinf(noise.tail):
        return None
    flat = int(problem.intercept) + (0 if prior.proper else problem.p)
    needed = flat + 2 - int(noise.tail)
    if problem.n >= needed:
        return None
    return Unsupported(
        f"The posterior has no integral: under the {noise.label} prior on sigma it takes at least "
        f"{needed} rows, and there are {problem.n}; give a proper prior on sigma."
    )
