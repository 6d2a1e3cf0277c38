"""The mode as a formula."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from mapsto.engines.base import Engine
from mapsto.engines.question import Question
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Outcome, Unsupported
from mapsto.posteriors.closed_form import Solution
from mapsto.priors.base import Prior


class ClosedForm(Engine):
    """The formula that gives the mode, where there is one."""

    name: ClassVar[str] = "closed_form"
    label: ClassVar[str] = "Closed form"
    summary: ClassVar[str] = "the formula that gives the mode, by an orthogonal factorisation"

    def mode(self, near: Sequence[Estimate] = ()) -> Outcome:
        """See :class:`Engine`."""
        del near
        start = time.perf_counter()
        solution = self.question.solution
        if isinstance(solution, Unsupported):
            return solution
        return replace(solution.mode, seconds=time.perf_counter() - start)


def solve(problem: Problem, prior: Prior) -> Solution | Unsupported:
    """The closed-form mode (and exact posterior), or why there is none."""
    return Question(problem, prior).solution
