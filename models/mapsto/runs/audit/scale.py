"""The scale of a Normal prior that makes the data most probable, where the evidence has no formula."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize_scalar

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.direct.solve import solve
from mapsto.errors import BadInput
from mapsto.likelihoods.base_swept import sample_of
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate
from mapsto.posteriors.approximate.laplace import LaplaceApproximation, laplace_approximation
from mapsto.priors.normal import Normal

ROUNDS = 4  # of mode and scale in turns
SETTLED = 0.01  # relative change of the scale after which the mode need not be sought again
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


def scale_by_passes(problem: Problem, by: Vector) -> float:
    """:func:`scale_by_laplace` of rows that are passed over: the likelihood is a parabola about the mode, in turns.

    It begins at the scale that suits a sample. At the mode under a scale the likelihood's slope and curvature are held,
    so that every other scale costs no pass; the mode is sought again under the best, until that stays.

    Source: MacKay (1992), Neural Computation 4(3), section 3.

    Raises:
        BadInput: no scale has a mode with a curvature.
    """
    scale = scale_by_laplace(Problem(sample_of(problem.table), problem.likelihood), by)
    for _ in range(ROUNDS):
        mode = solve(problem, Normal(tuple((scale * by).tolist())))
        if not isinstance(mode, Estimate):
            raise BadInput("the prior scale cannot be chosen by these data; give it as a number (--prior-scale)")
        H = problem.hessian(mode.coef, mode.intercept)
        gradient = problem.data_gradient(mode.coef, mode.intercept)
        last, scale = scale, _best(H, gradient, mode.coef, by, scale)
        if abs(scale - last) <= SETTLED * scale:
            break
    return scale


def _best(H: Matrix, gradient: Vector, w: Vector, by: Vector, near: float) -> float:
    """The scale of the largest evidence where minus the log likelihood is gradient.(v - w) + (v - w)'H(v - w)/2."""
    d, V = np.linalg.eigh(H * np.outer(by, by))
    d = np.maximum(d, 0.0)
    pull = V.T @ ((H @ w - gradient) * by)  # evidence over u = v / by: pull'(D + 1/s^2)^-1 pull / 2 - determinants

    def minus_evidence(log_scale: float) -> float:
        tau = math.exp(-2 * log_scale)
        return float(0.5 * np.log(d + tau).sum() + len(d) * log_scale - 0.5 * np.sum(pull**2 / (d + tau)))

    centre, reach = math.log(near), math.log(FACTOR)
    found = minimize_scalar(
        minus_evidence, bounds=(centre - reach, centre + reach), method="bounded", options={"xatol": 1e-5}
    )
    return float(f"{math.exp(float(found.x)):.4g}")
