"""The scale of a Normal prior that makes the data most probable, where the evidence has no formula."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize_scalar

from mapsto.data.statistics import Vector
from mapsto.engines.direct.solve import solve
from mapsto.errors import BadInput
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate
from mapsto.posteriors.approximate.laplace import LaplaceApproximation, laplace_approximation
from mapsto.priors.normal import Normal

FACTOR = 1e4  # how far to look on either side of the scale at which a typical column moves eta by one


def scale_by_laplace(problem: Problem, by: Vector) -> float:
    """The scale s of a Normal(0, s by_j) prior with the largest evidence in Laplace's approximation.

    Source: MacKay (1992), Neural Computation 4(3), section 3.

    Args:
        problem: rows and a likelihood.
        by: what the scale is multiplied by for each column, shape (p,).

    Raises:
        BadInput: no scale has a mode with a curvature.
    """
    s = problem.statistics
    typical = math.sqrt(float(np.mean((s.column_norms * by) ** 2)) / s.weight)
    centre = -math.log(typical) if typical > 0 else 0.0

    def minus_evidence(log_scale: float) -> float:
        prior = Normal(tuple((math.exp(log_scale) * by).tolist()))
        mode = solve(problem, prior)
        found = laplace_approximation(problem, prior, mode) if isinstance(mode, Estimate) else None
        return -found.log_evidence if isinstance(found, LaplaceApproximation) else math.inf

    reach = math.log(FACTOR)
    found = minimize_scalar(
        minus_evidence, bounds=(centre - reach, centre + reach), method="bounded", options={"xatol": 1e-3}
    )
    if not math.isfinite(found.fun):
        raise BadInput("the prior scale cannot be chosen by these data; give it as a number (--prior-scale)")
    return float(f"{math.exp(float(found.x)):.4g}")
