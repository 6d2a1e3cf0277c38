"""The mode as a formula."""

from __future__ import annotations

import time
from dataclasses import replace

from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.posteriors.closed_form import Solution, closed_form
from mapsto.priors.base import Prior


def solve(problem: Problem, prior: Prior) -> Solution | Unsupported:
    """The closed-form mode (and exact posterior), or why there is none."""
    start = time.perf_counter()
    solution = closed_form(problem, prior)
    if isinstance(solution, Unsupported):
        return solution
    return replace(solution, mode=replace(solution.mode, seconds=time.perf_counter() - start))
