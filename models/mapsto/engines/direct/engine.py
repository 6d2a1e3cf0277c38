"""A solver of our own as a witness where no linear system gives the mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from mapsto.engines.base import Engine
from mapsto.outcome import Estimate, Outcome
from mapsto.posteriors.closed_form import Solution


class Direct(Engine):
    """An active-set method for absolute values, squares and signs; else reweighted least squares and Newton."""

    name: ClassVar[str] = "direct"
    label: ClassVar[str] = "Direct solve"
    summary: ClassVar[str] = "our own active-set and reweighted least-squares solvers, where no linear system suffices"

    def wanted(self) -> bool:
        """See :class:`Engine`."""
        solution = self.question.solution
        return not (self.question.no_mode or (isinstance(solution, Solution) and solution.linear))

    def mode(self, near: Sequence[Estimate] = ()) -> Outcome:
        """See :class:`Engine`."""
        from mapsto.engines.direct.solve import solve

        del near
        return solve(self.question.at_point, self.question.absolute)
