"""What every engine is asked: a problem and a prior, with the exact answers worked out once for all who want them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.separation import runs_off
from mapsto.outcome import Unsupported
from mapsto.posteriors.closed_form import Solution, closed_form
from mapsto.posteriors.exact import ExactPosterior, exact_posterior
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.priors.base import Prior


@dataclass(frozen=True, eq=False)
class Question:
    """A problem and a prior.

    Attributes:
        problem: data and likelihood.
        prior: the prior over the slopes, as it was given.
    """

    problem: Problem
    prior: Prior

    @cached_property
    def at_point(self) -> Problem:
        """The problem with all that is learned of the noise held at the values of the point estimate."""
        return self.problem.at_point

    @cached_property
    def absolute(self) -> Prior:
        """The prior of w itself at that sigma: another than ``prior`` only if that is in units of sigma."""
        return self.prior.at(self.problem.noise_sd)

    @property
    def not_printed(self) -> Unsupported | None:
        """Why no program in another language is printed of this question, or None."""
        if self.problem.X is None:
            return Unsupported("Only the statistics of the rows are left, and the printed program reads rows.")
        if self.problem.learns:
            return Unsupported(
                f"The likelihood's {' and '.join(self.problem.learns)} is learned, which this engine does not print; "
                "PyMC samples it."
            )
        return None

    @cached_property
    def no_mode(self) -> str:
        """Why there is no usable mode: the prior's own reason, or a flat prior on data that run off; else empty."""
        return self.prior.no_mode or (runs_off(self.problem) if not self.prior.proper else "")

    @cached_property
    def solution(self) -> Solution | Unsupported:
        """The mode as a formula, with the exact posterior at that sigma where there is one; solved once."""
        if not self.problem.likelihood.has_statistics:
            return Unsupported(
                f"No formula gives the mode under the {self.problem.likelihood.label} likelihood; it is searched for."
            )
        return closed_form(self.at_point, self.absolute)

    @property
    def gaussian(self) -> GaussianPosterior | Unsupported:
        """The exact posterior at the sigma of the point estimate, where the prior is conjugate."""
        if isinstance(self.solution, Solution):
            return self.solution.posterior
        return Unsupported(f"No formula gives the posterior under the {self.prior.label} prior; NUTS samples it.")

    @cached_property
    def exact(self) -> ExactPosterior | Unsupported:
        """The exact posterior of slopes, intercept and all that is learned, or why there is none."""
        if not self.problem.likelihood.has_statistics:
            return Unsupported(
                f"No formula gives the posterior under the {self.problem.likelihood.label} likelihood; NUTS samples it."
            )
        if self.problem.noise_prior is None and self.prior.learned_scale() is None:
            return self.gaussian
        return exact_posterior(self.problem, self.prior)
