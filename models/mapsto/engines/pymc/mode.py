"""The mode of PyMC's own log density."""

from __future__ import annotations

import time

import numpy as np
from scipy.optimize import minimize

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.pymc.densities.log_density import Evaluation, LogDensity
from mapsto.engines.pymc.nonsmooth import beside_zero, maximise
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Failed
from mapsto.priors.base import Prior
from mapsto.rounding import gamma

MAX_POLISH = 10


def find_mode(
    problem: Problem, prior: Prior, density: LogDensity, near: tuple[Estimate, ...] = ()
) -> Estimate | Failed:
    """Maximise PyMC's log density: a trust-region search, then Newton steps for as long as they help.

    ``pm.find_MAP`` as it comes stops at four digits (L-BFGS-B's default tolerance); with the curvature at hand the
    same log density gives all it has. Sources: Conn, Gould & Toint (2000), "Trust-Region Methods", section 7.3;
    Nocedal & Wright (2006), "Numerical Optimization", section 3.3. Where the penalty has kinks see ``kinks.py``.

    Args:
        problem: data and noise.
        prior: the prior, for whether its penalty has kinks or several modes.
        density: the log density, without transforms.
        near: where else to start, besides PyMC's own initial point, if the penalty has no kinks.
    """
    start = time.perf_counter()
    if prior.kinked:
        # the curvature moves along the way under a link, and under a penalty that no squares and signs make up
        shaped = prior.piecewise_quadratic(problem.p) is not None or prior.groups(problem.p) is not None
        quadratic = problem.likelihood.has_statistics and shaped
        begin = density.start if quadratic or not near else density.join(near[0])
        x = maximise(density, prior, begin, quadratic=quadratic)
    else:
        starts = [density.start, *(density.join(estimate) for estimate in near)]
        only = problem.likelihood.convex and prior.convex and not problem.likelihood.has_statistics
        ends = _until_highest(density, starts) if only else [_search(density, one) for one in starts]
        if not prior.is_parabola_at_centre(problem.p):  # infinitely steep there: no search takes steps that small
            ends = [_polish_beside_zero(density, one) for one in [*ends, *starts[1:]]]
        x = max(ends, key=lambda found: density(found)[0])
    if not np.isfinite(x).all():
        return Failed("The search for the mode reached values that are not finite.")
    coef, intercept = density.split(x)
    return Estimate(coef, float(intercept) if problem.intercept else 0.0, time.perf_counter() - start)


def _until_highest(density: LogDensity, starts: list[Vector]) -> list[Vector]:
    """Searches from one start after another, until one ends as high as every start: then it is the only mode."""
    floor, ends = max(density(one)[0] for one in starts), []
    for one in starts:
        ends.append(_search(density, one))
        height = density(ends[-1])[0]
        if height >= floor - gamma(1_000) * abs(floor):
            break
    return ends


def _search(density: LogDensity, x: Vector) -> Vector:
    unit = density.curvature(x).unit

    def downhill(u: Vector) -> Evaluation:
        value, gradient = density(u * unit)
        return -value, -gradient * unit

    def bend(u: Vector) -> Matrix:
        curvature = density.curvature(u * unit)
        return curvature.matrix * np.outer(unit / curvature.unit, unit / curvature.unit)

    search = minimize(downhill, x / unit, jac=True, hess=bend, method="trust-exact", options={"gtol": 1e-6})
    return _polish(density, search.x * unit)


def _polish(density: LogDensity, x: Vector) -> Vector:
    """Newton steps from x until the gradient stops shrinking: it is then rounding error alone."""
    _, gradient = density(x)
    for _ in range(MAX_POLISH):
        at = density.curvature(x)
        ahead = x + at.unit * np.linalg.lstsq(at.matrix, gradient * at.unit)[0]
        _, next_gradient = density(ahead)
        if not np.linalg.norm(next_gradient * at.unit) < np.linalg.norm(gradient * at.unit):
            break
        x, gradient = ahead, next_gradient
    return x


def _polish_beside_zero(density: LogDensity, x: Vector) -> Vector:
    """As :func:`_polish`, by second derivatives over steps that are short beside each slope, however small it is."""
    _, gradient = density(x)
    at = density.slices["w"]
    for _ in range(MAX_POLISH):
        H = beside_zero(density, x, at, np.ones(len(x)), share=1e-4)
        unit = 1 / np.sqrt(np.maximum(np.abs(np.diag(H)), np.finfo(float).tiny))
        ahead = x + unit * np.linalg.lstsq(H * np.outer(unit, unit), gradient * unit)[0]
        _, next_gradient = density(ahead)
        if not np.linalg.norm(next_gradient * unit) < np.linalg.norm(gradient * unit):
            break
        x, gradient = ahead, next_gradient
    return x
