"""The mode from our own formulas, by a method that shares nothing with the other engines: an independent witness."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.direct.active_set import active_set
from mapsto.engines.direct.group_descent import group_descent
from mapsto.engines.direct.irls import local_mode
from mapsto.engines.direct.newton import newton_mode
from mapsto.engines.direct.pinball import pinball_mode, solvable
from mapsto.engines.direct.reweighted import reweighted_mode, starts
from mapsto.engines.direct.swept import swept_mode
from mapsto.engines.direct.tangent import kinked_mode, tangent_step
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.priors.base import PiecewiseQuadratic, Prior

STEEP = (
    "The penalty is infinitely steep at zero, so that every choice of slopes that are zero has a mode of its own, and "
    "no search finds the highest of so many; the draws need no mode."
)
STARTS = 32
ARRIVED = 1e-9  # relative gradient that a search which ends at a mode leaves at most
NEARLY_ZERO = 1e-9  # widths within which only a penalty that is steep at its centre holds a slope
NEWTON_STARTS = 8
SAME = 1e-6  # relative distance within which two searches ended in one mode


def solve(problem: Problem, prior: Prior, searches: int | None = None) -> Estimate | Unsupported:
    """The mode: an active-set method for absolute values, squares and signs; else reweighted ridge and Newton.

    Where the penalty is not convex it starts from many points (``searches``, by default 32), keeps the highest, and
    says how many modes it met.
    """
    start = time.perf_counter()
    shape = prior.piecewise_quadratic(problem.p)
    norms = prior.group_norms(problem.p)
    if shape is None and norms is None and prior.kinked and not prior.separable:
        return Unsupported(
            f"The {prior.label} prior has kinks and couples its slopes, and this solver knows only those of lengths of "
            "groups: if its penalty is made of these, state `group_norms` in the prior's file."
        )
    if prior.is_infinitely_steep(problem.p):
        return Unsupported(STEEP)
    if problem.likelihood.kinked and not solvable(prior, problem.p):
        return Unsupported(
            f"The {problem.likelihood.label} likelihood has kinks, and with them this solver knows priors that are "
            f"Normal or made of absolute values, squares and signs, which the {prior.label} prior is not."
        )
    if problem.likelihood.kinked:
        found = Estimate(*pinball_mode(problem, prior))
    elif problem.table.sweeps is not None and not problem.likelihood.has_statistics:
        ended = swept_mode(problem, prior, solve)
        if isinstance(ended, Unsupported):
            return ended
        found = ended
    elif not problem.likelihood.has_statistics:
        found = _by_rows(problem, prior)
    elif isinstance(shape, PiecewiseQuadratic):
        found = _estimate(problem, active_set(problem, shape))
    elif norms is not None:
        found = _estimate(problem, group_descent(problem, norms))
    else:
        found = _of_many(problem, prior, searches or STARTS)
    if not np.isfinite(found.coef).all() or _is_lost(problem, prior, found):
        return Unsupported(
            f"The search under the {prior.label} prior did not end at a stationary point: its penalty is too steep "
            "next to its centre for this solver."
        )
    return replace(found, seconds=time.perf_counter() - start)


def _is_lost(problem: Problem, prior: Prior, found: Estimate) -> bool:
    """Whether a smooth search stopped far from stationary, at slopes so near the centre that they are all but zero."""
    w, p = found.coef, problem.p
    near = np.abs(w - prior.centre(p)) < NEARLY_ZERO * prior.widths(p)
    if prior.kinked or problem.likelihood.kinked or not near.any():
        return False
    left = prior.stationarity(w, problem.data_gradient(w, found.intercept))
    parts = problem.likelihood.gradient_size(problem.table, w, found.intercept)
    return bool((left > ARRIVED * parts.max()).any())


def _estimate(problem: Problem, w: Vector) -> Estimate:
    return Estimate(w, problem.statistics.best_intercept(w))


def _by_rows(problem: Problem, prior: Prior) -> Estimate:
    """A likelihood without statistics: each start leads down by weighted least squares, and the lowest end is kept."""
    if problem.likelihood.newton:
        return _by_newton(problem, prior)
    shape, norms = prior.piecewise_quadratic(problem.p), prior.group_norms(problem.p)

    def inner(touching: Problem, near: Vector) -> Vector:
        if norms is not None:
            return group_descent(touching, norms)
        if shape is not None:
            return active_set(touching, shape)
        return tangent_step(touching, prior, near) if prior.kinked else local_mode(touching, prior, near)

    return _lowest(problem, prior, [reweighted_mode(problem, prior, inner, start) for start in starts(problem)])


def _by_newton(problem: Problem, prior: Prior) -> Estimate:
    """A likelihood with a link: Newton's method from each start; several where the penalty is not convex."""
    (w, b), count = starts(problem)[0], 1 if prior.convex else NEWTON_STARTS
    rng = np.random.default_rng(0)  # fixed: the same searches for everyone
    shares = np.vstack([np.ones(problem.p), np.zeros(problem.p), rng.choice([0.0, 1.0, 2.0], (count, problem.p))])
    return _lowest(problem, prior, [newton_mode(problem, prior, (w * share, b)) for share in shares[:count]])


def _lowest(problem: Problem, prior: Prior, ends: list[tuple[Vector, float]]) -> Estimate:
    """The lowest of the points that searches ended in, and how many distinct ones there are."""
    ends.sort(key=lambda end: problem.objective(end[0], end[1], prior.penalty(end[0])))
    fits = [problem.table.predictor(*end) for end in ends]
    distinct: list[Vector] = []
    for fit in fits:
        size = float(np.linalg.norm(fits[0]))
        if all(np.linalg.norm(fit - other) > SAME * size for other in distinct):
            distinct.append(fit)
    w, b = ends[0]
    return Estimate(w, b, starts=len(ends), modes=len(distinct))


def _of_many(problem: Problem, prior: Prior, searches: int) -> Estimate:
    search = kinked_mode if prior.kinked else local_mode
    ends = [search(problem, prior, start) for start in _starts(problem, 1 if prior.convex else searches)]
    ends.sort(key=lambda w: problem.objective(w, problem.statistics.best_intercept(w), prior.penalty(w)))
    unit = np.maximum(problem.statistics.column_norms, np.finfo(float).tiny)
    distinct: list[Vector] = []
    for w in ends:
        size = max(float(np.linalg.norm(w * unit)), float(np.linalg.norm(ends[0] * unit)))
        if all(np.linalg.norm((w - other) * unit) > SAME * size for other in distinct):
            distinct.append(w)
    return replace(_estimate(problem, ends[0]), starts=len(ends), modes=len(distinct))


def _starts(problem: Problem, count: int) -> Matrix:
    """Least squares, and points where each slope keeps a random share of it: modes differ in which are let go."""
    s = problem.statistics
    ols = np.linalg.lstsq(s.R, s.z)[0]
    rng = np.random.default_rng(0)  # fixed: the same searches for everyone
    shares = np.vstack([np.ones(s.p), np.full(s.p, 1e-3), rng.choice([1e-3, 1.0, 2.0], (max(count - 2, 0), s.p))])
    starts: Matrix = ols * shares[:count]
    return starts
