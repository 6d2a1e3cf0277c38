"""The sigma of an estimator that was given none."""

from __future__ import annotations

import math

from mapsto.data.least_squares import least_squares
from mapsto.engines import closed_form as via_closed_form
from mapsto.errors import BadInput
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.sigma import RESIDUAL_SD
from mapsto.posteriors.closed_form import Solution
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.priors.base import Prior
from mapsto.scales import positive


def estimated(problem: Problem, prior: Prior) -> tuple[float, str]:
    """The residual sd of least squares; else the best sigma under a prior in units of sigma, which has a formula.

    Under such a prior p(y | sigma) = C sigma^-(n - intercept) exp(-energy / (2 sigma^2)), energy at sigma = 1.
    """
    s = problem.statistics
    if not s.residual_sum_of_squares + float(s.z @ s.z) > 0:
        raise BadInput("the target is constant, so there is nothing to explain; check which column is the target")
    fit = least_squares(s)
    if not fit.reason:
        return positive(fit.residual_sd, "the estimated noise_sd"), RESIDUAL_SD
    if prior.in_units_of_sigma:
        unit = via_closed_form.solve(problem, prior.at(1.0))  # the problem's own sigma is 1 here
        if isinstance(unit, Solution) and isinstance(unit.posterior, GaussianPosterior):
            sigma = positive(math.sqrt(unit.posterior.energy / (s.n - s.centred)), "the estimated noise_sd")
            return sigma, "It makes the data most probable under this prior: least squares leaves no residuals."
    raise BadInput(
        f"noise_sd cannot be estimated: {fit.reason}; give it as a number, or a prior in units of sigma, as in "
        "Normal(scale=1.0, per_sigma=True)"
    )
