"""The mode under a likelihood with a link function and a smooth penalty: Newton's method by Cholesky.

The columns are centred in the cross products, and the last digits come from the gradient: steps by the last factor go
on for as long as it shrinks (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 25.2), so that what
squaring the condition number costs the factor does not cost the answer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from mapsto.data.products import products
from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior

ROUNDS = 200
HALVINGS = 60
REFINEMENTS = 40
ENOUGH = 1e-4  # the share of the promised fall that a step has to keep: Nocedal & Wright (2006), section 3.1
CLOSE = 1e-3  # relative length of a step after which the last factor gains three digits a refinement
SAMPLE = 10_000  # rows whose mode is where the search among many more begins
SAMPLED_ROUNDS = 10  # there: it may have no mode
NEAR = 0.05  # relative length of a step after which more steps there add nothing
TENTH = 0.1  # a refinement that leaves more of the gradient than this has met rounding

Solver = Callable[[Vector], Vector]


def smooth_mode(
    problem: Problem, prior: Prior, start: tuple[Vector, float], *, roughly: bool = False
) -> tuple[Vector, float]:
    """Slopes (p,) and intercept of the mode that ``start`` leads down to; arguments as of ``newton_mode``.

    ``roughly`` asks for a place near it alone.
    """
    every = problem.n // max(SAMPLE, 50 * problem.p)
    if every > 2 and prior.convex:  # steps among a sample of the rows cost a share of what those among all do
        table = problem.table
        some = slice(None, None, every)
        X, y = (np.ascontiguousarray(part[some]) for part in table.rows)
        weights = None if table.weights is None else table.weights[some]
        sample = Table(table.features, table.target, table.intercept, X, y, weights)
        start = smooth_mode(Problem(sample, problem.likelihood), prior, start, roughly=True)
    (X, y), q, p = problem.table.rows, problem.table.q, problem.p
    likelihood, mean = problem.likelihood, problem.table.moments.x_mean

    def height(w: Vector, eta: Vector) -> float:
        return float(likelihood.loss(y, eta, q).sum()) / likelihood.factor + prior.penalty(w)

    def downhill(w: Vector, eta: Vector, bent: Vector | None) -> tuple[Vector, Matrix]:
        gradient, H = products(X, mean, likelihood.gradient(y, eta, q), bent)
        gradient[:p] += prior.slope(w)
        return gradient, H

    u = np.append(start[0], start[1] + mean @ start[0])  # slopes, then the intercept of the centred columns
    eta = problem.table.predictor(*_apart(u, mean))
    if not np.isfinite(u).all():
        u, eta = np.zeros(p + 1), np.zeros(problem.n)
    solve, here = solver(np.eye(p + 1), problem), height(u[:p], eta)
    for _ in range(SAMPLED_ROUNDS if roughly else ROUNDS):
        gradient, H = downhill(u[:p], eta, likelihood.curvature(y, eta, q))
        H[:p, :p] += prior.curvature(u[:p])
        solve = solver(H, problem)
        step = solve(gradient)
        promised, share, found = float(gradient @ step), 1.0, False
        for _ in range(HALVINGS):
            ahead = u - share * step
            next_eta = problem.table.predictor(*_apart(ahead, mean))
            there = height(ahead[:p], next_eta)
            if there <= here - ENOUGH * share * promised + 1e-13 * abs(here):
                found = True
                break
            share /= 2
        if not found:
            break
        moved = np.linalg.norm(next_eta - eta)
        u, eta, here = ahead, next_eta, there
        if moved <= (NEAR if roughly else CLOSE) * (1 + np.linalg.norm(eta)):
            break
    if roughly:
        return _apart(u, mean)
    gradient = downhill(u[:p], eta, None)[0]
    for _ in range(REFINEMENTS):
        ahead = u - solve(gradient)
        next_eta = problem.table.predictor(*_apart(ahead, mean))
        next_gradient = downhill(ahead[:p], next_eta, None)[0]
        left = float(next_gradient @ solve(next_gradient)) ** 0.5, float(gradient @ solve(gradient)) ** 0.5
        if not left[0] < left[1]:
            break
        u, gradient = ahead, next_gradient
        if left[0] > TENTH * left[1]:
            break
    w, b = _apart(u, mean)
    return w, b * problem.intercept


def _apart(u: Vector, mean: Vector) -> tuple[Vector, float]:
    w = u[:-1]
    return w, float(u[-1] - mean @ w)


def solver(H: Matrix, problem: Problem) -> Solver:
    """H x = right in units that give H a diagonal of ones; where it curves down the curvature's size is taken."""
    size = len(H) if problem.intercept else len(H) - 1
    unit = 1 / np.sqrt(np.maximum(np.abs(np.diag(H)[:size]), np.finfo(float).tiny))
    scaled = H[:size, :size] * np.outer(unit, unit)
    try:
        factor = cho_factor(scaled)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(scaled)
        values = np.maximum(np.abs(values), np.finfo(float).eps * size * np.abs(values).max())

        def solve_all(right: Vector) -> Vector:
            return np.asarray(vectors @ (vectors.T @ right / values))
    else:

        def solve_all(right: Vector) -> Vector:
            return np.asarray(cho_solve(factor, right))

    def solve(right: Vector) -> Vector:
        return np.append(unit * solve_all(right[:size] * unit), np.zeros(len(H) - size))

    return solve
