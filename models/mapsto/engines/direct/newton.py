"""The mode under a likelihood with a link function: Newton's method with step halving.

At a point a likelihood's loss is replaced by the parabola with its slope and curvature there, and the penalty is kept
as it is: a weighted least-squares problem, which the active-set method answers exactly with kinks and edges, and block
descent with the lengths of groups. The loss may rise beyond that parabola, so a step is halved until the loss falls in
proportion to what was promised. Sources: Lee, Sun & Saunders (2014), "Proximal Newton-type methods", SIAM J. Optim.
24(3), algorithm 1; without kinks Nelder & Wedderburn (1972), JRSS A 135(3), section 3.
"""

from __future__ import annotations

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.engines.direct.active_set import active_set
from mapsto.engines.direct.group_descent import group_descent
from mapsto.engines.direct.reweighted import polish
from mapsto.engines.direct.smooth import smooth_mode
from mapsto.engines.direct.tangent import tangent
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior

ROUNDS = 200
HALVINGS = 60
ENOUGH = 1e-4  # the share of the promised fall that a step has to keep: Nocedal & Wright (2006), section 3.1
CLOSE = 1e-8  # relative length of a step after which the last digits are left to the polish
FLATTEST = 1e-10  # of the largest curvature of a row: flatter rows are taken for as curved as this


def newton_mode(problem: Problem, prior: Prior, start: tuple[Vector, float]) -> tuple[Vector, float]:
    """Slopes (p,) and intercept of the mode that ``start`` leads down to.

    Args:
        problem: rows and a likelihood.
        prior: a prior whose penalty is smooth, made of absolute values, squares and signs, or a sum over slopes.
        start: slopes and intercept to begin at.
    """
    if not prior.kinked:
        return smooth_mode(problem, prior, start)
    shape, norms = prior.piecewise_quadratic(problem.p), prior.group_norms(problem.p)
    w, b = start
    if not np.isfinite(prior.penalty(w)):  # it ends at zero
        w = np.maximum(w, 0.0)
    for _ in range(ROUNDS):
        touching = _parabola(problem, w, b)
        if shape is not None:
            ahead = active_set(touching, shape)
        elif norms is not None:
            ahead = group_descent(touching, norms)
        else:
            ahead = active_set(touching, tangent(prior, w))
        b_ahead = touching.best_intercept(ahead)
        moved, b_moved, share = _halved(problem, prior, (w, b), (ahead, b_ahead))
        step = np.linalg.norm(problem.table.predictor(moved - w, b_moved - b))
        w, b = moved, b_moved
        if step <= CLOSE * (1 + np.linalg.norm(problem.table.predictor(w, b))) or share == 0:
            break
    return polish(problem, prior, w, b)


def _parabola(problem: Problem, w: Vector, b: float) -> Problem:
    """The weighted least squares with the slope and the curvature of the loss at a point."""
    table, likelihood = problem.table, problem.likelihood
    (X, y), q = table.rows, table.q
    eta = table.predictor(w, b)
    bent = likelihood.curvature(y, eta, q)
    bent = np.maximum(bent, FLATTEST * bent.max())
    working = eta - likelihood.gradient(y, eta, q) / bent
    return Problem(Table(table.features, table.target, table.intercept, X, working, bent), Gaussian())


def _halved(
    problem: Problem, prior: Prior, here: tuple[Vector, float], there: tuple[Vector, float]
) -> tuple[Vector, float, float]:
    """The point on the way that lies low enough, and the share of the way it took (0.0: none does)."""
    (w, b), (ahead, b_ahead) = here, there
    (_, y), q = problem.table.rows, problem.table.q

    def height(w: Vector, b: float) -> float:
        return -float(problem.likelihood.log_density(y, problem.table.predictor(w, b), q).sum()) + prior.penalty(w)

    slope = problem.likelihood.gradient(y, problem.table.predictor(w, b), q)
    along = problem.table.predictor(ahead - w, b_ahead - b)
    before = height(w, b)
    promised = float(slope @ along) + prior.penalty(ahead) - prior.penalty(w)
    share = 1.0
    for _ in range(HALVINGS):
        # at its full length a step is written down as it is, with its exact zeros
        at = (ahead, b_ahead) if share == 1 else (w + share * (ahead - w), b + share * (b_ahead - b))
        if height(*at) <= before + ENOUGH * share * promised + 1e-13 * abs(before):
            return *at, share
        share /= 2
    return w, b, 0.0
