"""A posterior to compare engines on."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.engines.question import Question
from mapsto.errors import BadInput
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior


@dataclass(frozen=True)
class Subject:
    """A posterior to compare engines on: ``name`` of the files, ``title`` as marked text, problem and prior."""

    name: str
    title: str
    problem: Problem
    prior: Prior

    def question(self) -> Question:
        """What each engine is asked.

        Raises:
            BadInput: a prior for another number of columns, or in units of a sigma that there is not.
        """
        if self.prior.in_units_of_sigma and self.problem.sigma is None:
            raise BadInput(
                f"the {self.prior.label} prior is in units of sigma, and the {self.problem.likelihood.label} "
                "likelihood has none; pass it with per_sigma=False"
            )
        prior = self.prior.fitted_to(self.problem.statistics)
        prior.check(self.problem.p)
        return Question(self.problem, prior)
