"""The mode under a piecewise linear loss, as that of quantile regression: an interior-point method, then a vertex.

    minimise  sum_k (above_k max(r_k, 0) + below_k max(-r_k, 0)) + (u - m)' P (u - m) / 2,     r = t - A u

The absolute values of a prior are rows like the data's, with the response zero. Mehrotra's predictor and corrector go
to the middle of what is optimal (Portnoy & Koenker 1997, "The Gaussian hare and the Laplacian tortoise", Statistical
Science 12(4), section 5, here with a quadratic term). Which rows are fitted exactly is then known, and what is left is
a linear system, which gives the last digits and exact zeros.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.base_kinked import PiecewiseLinear
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior

ROUNDS = 200
NOTHING = 1e-2  # of a loss as large as the responses: below it the fit is as good as perfect
CLOSE = 1e-13  # relative gap between primal and dual at which the rows on a kink are known
TOWARDS = 0.99995  # the share of the way to the nearest bound that a step may go
BEYOND = 2.0  # times the steepest pull of the data: as good as infinitely steep


@dataclass(frozen=True, eq=False)
class Pinball:
    """The problem above: A (k, m), t (k,), above and below (k,), P (m, m), and the linear part P mean (m,)."""

    A: Matrix
    t: Vector
    above: Vector
    below: Vector
    P: Matrix
    pull: Vector


def solvable(prior: Prior, p: int) -> bool:
    """Whether the prior is made of squares, absolute values and signs, or Normal."""
    return prior.piecewise_quadratic(p) is not None or prior.gaussian(p) is not None


def pinball_mode(problem: Problem, prior: Prior) -> tuple[Vector, float]:
    """Slopes (p,) and intercept of a mode; one of them where several are equally good."""
    made, unit = _pinball(problem, prior)
    start, dual, apart = _interior(made)
    u = _vertex(made, start, dual, apart) * unit
    w = u[: problem.p]
    middle, shift = _middles(problem)
    return w, float(u[-1] + shift - middle @ w) if problem.intercept else 0.0


def _middles(problem: Problem) -> tuple[Vector, float]:
    """What is taken off the columns and the response, which the intercept gives back; zeros without one."""
    if not problem.intercept:
        return np.zeros(problem.p), 0.0
    return problem.table.moments.x_mean, float(np.median(problem.table.rows[1]))


def _pinball(problem: Problem, prior: Prior) -> tuple[Pinball, Vector]:
    """The problem in columns of unit size, and the size of each: slopes, then the intercept if there is one."""
    (middle, shift), p = _middles(problem), problem.p
    X, y = problem.table.rows[0] - middle, problem.table.rows[1] - shift
    assert isinstance(problem.likelihood, PiecewiseLinear)
    above, below = problem.likelihood.rates(problem.table.q)
    data = np.column_stack([X, np.ones(len(y))]) if problem.intercept else X
    size = np.abs(data).max(axis=0)
    unit = 1 / np.where(size > 0, size, 1.0)
    data = data * unit
    m = data.shape[1]
    P, pull = np.zeros((m, m)), np.zeros(m)
    normal, shape = prior.gaussian(p), prior.piecewise_quadratic(p)
    if normal is not None:
        P[:p, :p] = prior.curvature(normal.mean)
        pull[:p] = P[:p, :p] @ normal.mean
    elif shape is not None:
        P[:p, :p] = np.diag(shape.l2)
    P, pull = P * np.outer(unit, unit), pull * unit
    rows = np.zeros((0, m))
    up = down = np.zeros(0)
    if shape is not None and (shape.nonnegative or shape.l1.any() or shape.down.any()):
        rows = np.eye(m)[:p]
        up, down = shape.l1 * unit[:p], shape.down * unit[:p]
        if shape.nonnegative:
            down = BEYOND * (np.abs(data[:, :p]).T @ (above + below) + up)
        kept = (up > 0) | (down > 0)
        rows, up, down = rows[kept], up[kept], down[kept]
    # of a row of the prior the residual is minus the slope: it is above zero where the slope is below
    return (
        Pinball(
            np.vstack([data, rows]),
            np.append(y, np.zeros(len(rows))),
            np.append(above, down),
            np.append(below, up),
            P,
            pull,
        ),
        unit,
    )


def _interior(of: Pinball) -> tuple[Vector, Vector, Vector]:
    """A point in the middle of what is optimal: u, the dual d of the rows, and how far each row is off its kink.

    d_k lies between -below_k and above_k, A' d = P u - pull; the last is the residual's size less the dual's distance
    from its bounds, both relative: positive off the kink.
    """
    A, t = of.A, of.t
    scale = float(np.abs(t).max()) or 1.0
    u = _solve((A.T * (of.above + of.below)) @ A / scale + of.P, A.T @ ((of.above + of.below) * t) / scale + of.pull)
    r = t - A @ u
    away = max(float(np.abs(r).mean()), 1e-3 * scale)
    over, under = np.maximum(r, 0) + away, np.maximum(-r, 0) + away
    largest = float((of.above + of.below).sum()) * scale
    d = np.where((of.above > 0) & (of.below > 0), 0.0, (of.above - of.below) / 2)
    for _ in range(ROUNDS):
        to_above, to_below = of.above - d, of.below + d
        r = t - A @ u - over + under
        stationary = A.T @ d - of.P @ u + of.pull
        gap = float(over @ to_above + under @ to_below)
        size = float(of.above @ over + of.below @ under) + abs(float(u @ of.P @ u)) + np.finfo(float).tiny
        left = float(np.abs(r).max()) / scale + float(np.abs(stationary).max()) / float((of.above + of.below).sum())
        if gap <= CLOSE * max(size, NOTHING * largest) and left <= 1e-9:
            break
        D = over / to_above + under / to_below
        middle = gap / (2 * len(t))

        def step(over_left: Vector, under_left: Vector) -> tuple[Vector, Vector, Vector, Vector]:
            c = over_left / to_above - under_left / to_below  # noqa: B023
            right = A.T @ ((r - c) / D) + stationary  # noqa: B023
            du = _solve((A.T / D) @ A + of.P, right)  # noqa: B023
            dd = (r - c - A @ du) / D  # noqa: B023
            dover = (over_left + over * dd) / to_above  # noqa: B023
            dunder = (under_left - under * dd) / to_below  # noqa: B023
            return du, dd, dover, dunder

        du, dd, dover, dunder = step(-over * to_above, -under * to_below)
        share = _share((over, dover), (under, dunder), (to_above, -dd), (to_below, dd))
        ahead = float(
            (over + share * dover) @ (to_above - share * dd) + (under + share * dunder) @ (to_below + share * dd)
        )
        wanted = middle * (ahead / gap) ** 3
        du, dd, dover, dunder = step(wanted - over * to_above + dover * dd, wanted - under * to_below - dunder * dd)
        share = TOWARDS * _share((over, dover), (under, dunder), (to_above, -dd), (to_below, dd))
        if not np.isfinite(du).all() or share < 1e-12:
            break
        u, d, over, under = u + share * du, d + share * dd, over + share * dover, under + share * dunder
    slack = np.minimum(of.above - d, of.below + d) / (of.above + of.below)
    return u, d, np.minimum(over + under, np.abs(t - A @ u) + np.minimum(over, under)) / scale - slack


def _share(*pairs: tuple[Vector, Vector]) -> float:
    """The share of the way at which the first of these positive numbers is zero, at most 1 over the usual share."""
    share = 1.0 / TOWARDS
    for value, change in pairs:
        falls = change < 0
        if falls.any():
            share = min(share, float((-value[falls] / change[falls]).min()))
    return share


def _solve(H: Matrix, right: Vector) -> Vector:
    """H x = right for a matrix that is positive semidefinite, in units that give it a diagonal of ones."""
    unit = 1 / np.sqrt(np.maximum(np.diag(H), np.finfo(float).tiny))
    scaled = H * np.outer(unit, unit)
    try:
        root = np.linalg.cholesky(scaled)
        x = np.linalg.solve(root.T, np.linalg.solve(root, right * unit))
    except np.linalg.LinAlgError:
        x = np.linalg.lstsq(scaled, right * unit)[0]
    return np.asarray(unit * x)


def _vertex(of: Pinball, u: Vector, d: Vector, apart: Vector) -> Vector:
    """The optimum next to u that fits exactly the rows on a kink, with its zeros exact."""
    held = apart < 0
    K, m = of.A[held], of.A.shape[1]
    # rows of the prior that are held are zeros of u: their columns go
    single = (K != 0).sum(axis=1) == 1
    zero = np.zeros(m, dtype=bool)
    for row in K[single & (of.t[held] == 0)]:
        zero[np.flatnonzero(row)[0]] = True
    free = ~zero
    u = np.where(zero, 0.0, u)
    if not free.any():
        return u
    rows, target = K[:, free], of.t[held]
    some = np.abs(rows).sum(axis=1) > 0
    rows, target = rows[some], target[some]
    fixed = np.where(of.t - of.A @ u > 0, of.above, -of.below)[~held] @ of.A[~held][:, free]
    P = of.P[np.ix_(free, free)]
    x = u[free]
    Z = null_space(rows) if len(rows) else np.eye(int(free.sum()))
    for _ in range(3):  # the second and third mend the rounding of the first
        if len(rows):
            x = x + np.linalg.lstsq(rows, target - rows @ x)[0]
        bent = Z.T @ P @ Z
        if Z.shape[1] and bent.any():
            left = Z.T @ (fixed - of.P[free][:, free] @ x + of.pull[free])
            x = x + Z @ np.linalg.lstsq(bent, left, rcond=1e-12)[0]
    u[free] = x
    return u
