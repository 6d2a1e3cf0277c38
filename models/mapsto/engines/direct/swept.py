"""The mode of rows that are passed over: Newton's method, each step of which is one sum over the rows.

It begins at the mode of a random sample of the rows, which is a thousandth or so of a posterior sd from the answer at
the scale of the rows, so that few passes follow. Steps are halved where the loss rises, as in ``newton.py``, whose
sources hold here; the last steps go on for as long as the gradient shrinks, to rounding. With kinks and edges a step is
the active-set method's on the parabola with the sums' gradient and curvature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mapsto.data.statistics import Matrix, SufficientStatistics, Vector
from mapsto.data.table import Table
from mapsto.engines.direct.active_set import active_set
from mapsto.engines.direct.smooth import ENOUGH, HALVINGS, ROUNDS, TENTH, solver
from mapsto.likelihoods.base_swept import Sums, Swept, sample_of, without_intercept
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.priors.base import PiecewiseQuadratic, Prior

Solve = Callable[[Problem, Prior], Estimate | Unsupported]
CLOSE = 1e-6  # of the height that a step promises, relative to it: from here on the gradient says more than the height


def swept_mode(problem: Problem, prior: Prior, solve: Solve) -> Estimate | Unsupported:
    """The mode, which is the one near that of the sample.

    Args:
        problem: rows that are passed over, and a likelihood with a link.
        prior: a prior whose penalty is smooth, or made of absolute values, squares and signs.
        solve: what finds the mode of rows at hand.
    """
    shape, likelihood = prior.piecewise_quadratic(problem.p), problem.likelihood
    if prior.kinked and shape is None:
        return Unsupported(
            f"Under the {prior.label} prior the mode of rows that are read a piece at a time is not searched for."
        )
    assert isinstance(likelihood, Swept)
    begun = solve(Problem(sample_of(problem.table), likelihood), prior)
    w, b = (begun.coef, begun.intercept) if isinstance(begun, Estimate) else (np.zeros(problem.p), 0.0)
    w, b = _descended(problem, prior, shape, likelihood, w, b)
    found = Estimate(w, b)
    return replace(found, starts=begun.starts, modes=begun.modes) if isinstance(begun, Estimate) else found


def _descended(
    problem: Problem, prior: Prior, shape: PiecewiseQuadratic | None, likelihood: Swept, w: Vector, b: float
) -> tuple[Vector, float]:
    table, kinked = problem.table, prior.kinked

    def at(w: Vector, b: float) -> tuple[Sums, float]:
        sums = likelihood.sums(table, w, b)
        return sums, sums.loss / likelihood.factor + prior.penalty(w)

    sums, here = at(w, b)
    last = np.inf
    for _ in range(ROUNDS):
        if kinked:
            assert shape is not None
            step = _kinked_step(problem, sums, shape, w)
        else:
            step = _smooth_step(problem, sums, prior, w)
        promised = float(sums.gradient @ step) + prior.penalty(w) - prior.penalty(w - step[:-1])
        left = float(step @ (sums.hessian @ step)) ** 0.5  # length of the step in the posterior's own units
        if left == 0 or (last < 1e-3 and not left < TENTH * last):
            break  # rounding: the steps do not shrink any more
        share, found = 1.0, False
        for _ in range(HALVINGS):
            ahead, b_ahead = _moved(table, w, b, share * step)
            if kinked and share == 1.0:
                ahead[w - step[:-1] == 0] = 0.0
            next_sums, there = at(ahead, b_ahead)
            if left < CLOSE or there <= here - ENOUGH * share * promised + 1e-13 * abs(here):
                found = True
                break
            share /= 2
        if not found:
            break
        w, b, sums, here, last = ahead, b_ahead, next_sums, there, left
    return w, b


def _moved(table: Table, w: Vector, b: float, step: Vector) -> tuple[Vector, float]:
    """Slopes and intercept after a step of slopes and the intercept of centred columns."""
    if not table.intercept:
        return w - step[:-1], 0.0
    return w - step[:-1], b - float(step[-1]) + float(table.moments.x_mean @ step[:-1])


def _smooth_step(problem: Problem, sums: Sums, prior: Prior, w: Vector) -> Vector:
    """Newton's step of slopes and intercept, shape (p + 1,); what is taken off them."""
    p, gradient, H = problem.p, sums.gradient.copy(), sums.hessian.copy()
    gradient[:p] += prior.slope(w)
    H[:p, :p] += prior.curvature(w)
    return solver(H, problem)(gradient)


def _kinked_step(problem: Problem, sums: Sums, shape: PiecewiseQuadratic, w: Vector) -> Vector:
    """The step to the lowest point of parabola and penalty, likewise."""
    H, gradient = sums.hessian, sums.gradient
    inner: Matrix = without_intercept(H) if problem.intercept else H[:-1, :-1]
    along = gradient[:-1].copy()
    if problem.intercept:
        along -= H[-1, :-1] * (gradient[-1] / H[-1, -1])
    unit = np.sqrt(np.maximum(np.diag(inner), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(inner / np.outer(unit, unit))
    kept = values > np.finfo(float).eps * len(values) * values.max()
    size, V = np.sqrt(values[kept]), vectors[:, kept]
    root = size[:, np.newaxis] * V.T * unit
    T = np.column_stack([root, root @ w - V.T @ (along / unit) / size])
    statistics = SufficientStatistics.from_factor(problem.n, np.zeros(problem.p + 1), T, False, float(problem.n))
    touching = Problem(Table.from_statistics(statistics, features=problem.features), Gaussian())
    step = np.append(w - active_set(touching, shape), 0.0)
    if problem.intercept:  # the intercept that follows the slopes
        step[-1] = (gradient[-1] - H[-1, :-1] @ step[:-1]) / H[-1, -1]
    return step
