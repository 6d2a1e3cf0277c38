"""How far rounding can move an answer, as the package says; and a walk through the posterior."""

import numpy as np

from conformance.places import widths
from mapsto.runs.conformance.answers import curvature, is_unique, loose, sizes, slack
from mapsto.runs.conformance.answers import second_derivatives as bent

__all__ = ["bent", "chain", "curvature", "is_unique", "loose", "sizes", "slack"]


def chain(problem, prior, w, size=400):
    """A few hundred steps of a random walk through the posterior, one slope at a time (Metropolis), from w."""
    rng = np.random.default_rng(17)
    s, p = problem.statistics, problem.p
    steps = 2.4 / np.sqrt((s.column_norms / problem.noise_sd) ** 2 + 1 / widths(prior, p) ** 2)

    def energy(v):
        return problem.objective(v, s.best_intercept(v), prior.penalty(v)) / (2 * problem.noise_sd**2)

    here, at = energy(w), w
    visited = []
    for _ in range(size):
        j = rng.integers(p)
        there = at.copy()
        there[j] += 10 ** rng.uniform(-3, 0) * steps[j] * rng.standard_normal()
        ahead = energy(there)
        if rng.exponential() > ahead - here:
            at, here = there, ahead
        visited.append(at)
    return np.array(visited)
