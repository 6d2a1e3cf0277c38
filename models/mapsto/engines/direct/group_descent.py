"""Least squares with the lengths of groups of coefficients, the group lasso: block descent, then Newton's method.

    minimise  ||z - R w||^2 / (2 sigma^2) + sum_g rate_g ||w_g||

Given the others, each group is solved exactly: it is zero where the data pull it by no more than its rate, else its
length is the root of a scalar equation (Qin, Scheinberg & Goldfarb 2013, "Efficient block-coordinate descent algorithms
for the group lasso", section 3). The last digits are Newton's among the groups that are not zero.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import GroupNorms
from mapsto.rounding import gamma

ROUNDS = 200
SWEEPS = 20  # over all groups between two runs of Newton's method
NEWTONS = 40
SHORTEST = 2.0**-30  # of a Newton step, on the way down


def group_descent(problem: Problem, norms: GroupNorms) -> Vector:
    """The minimiser, shape (p,), in which groups are exactly zero."""
    s, sigma = problem.statistics, problem.noise_sd
    R, z = s.R / sigma, s.z / sigma
    H: Matrix = R.T @ R
    blocks = [np.array(group) for group in norms.groups]
    values = [np.linalg.eigh(H[np.ix_(block, block)]) for block in blocks]
    size = np.linalg.norm(R, axis=0) * float(np.linalg.norm(z))
    w = np.zeros(s.p)
    for _ in range(ROUNDS):
        before = w != 0
        for _ in range(SWEEPS):
            for block, rate, (roots, axes) in zip(blocks, norms.rates, values, strict=True):
                pull = R[:, block].T @ (z - R @ w) + H[np.ix_(block, block)] @ w[block]
                w[block] = _one_group(roots, axes, pull, float(rate))
        w = _newton(R, z, H, blocks, norms.rates, w)
        left = _gradient(R, z, blocks, norms.rates, w)
        slack = gamma(4 * len(R) + s.p) * (size + np.linalg.norm(R, axis=0) * np.linalg.norm(R @ np.abs(w)))
        done = all(
            np.linalg.norm(left[block]) <= rate * (w[block] == 0).all() + 100 * np.linalg.norm(slack[block])
            for block, rate in zip(blocks, norms.rates, strict=True)
        )
        if done and ((w != 0) == before).all():
            break
    return w


def _one_group(roots: Vector, axes: Matrix, pull: Vector, rate: float) -> Vector:
    """The minimiser over one group with the curvature ``axes diag(roots) axes'``: zero, or of a length r.

    The length is the root of

    sum_i q_i^2 / (root_i r + rate)^2 = 1   with   q = axes' pull.
    """
    if np.linalg.norm(pull) <= rate:
        return np.zeros_like(pull)
    q, roots = axes.T @ pull, np.maximum(roots, 0.0)

    def excess(r: float) -> float:
        return float(np.sum((q / (roots * r + rate)) ** 2)) - 1.0

    top = float(np.linalg.norm(q)) / float(roots.max())
    for _ in range(200):
        if excess(top) <= 0:
            break
        top *= 4
    else:  # nothing in the data bounds it: rounding in a direction that no row reaches
        return np.zeros_like(pull)
    r = brentq(excess, 0.0, top, xtol=1e-300, rtol=1e-14)
    found: Vector = axes @ (q * r / (roots * r + rate))
    return found


def _gradient(R: Matrix, z: Vector, blocks: list[Vector], rates: Vector, w: Vector) -> Vector:
    """Of the loss in the groups off zero, of the data's half in those at zero; shape (p,)."""
    gradient: Vector = -(R.T @ (z - R @ w))
    for block, rate in zip(blocks, rates, strict=True):
        length = float(np.linalg.norm(w[block]))
        if length > 0:
            gradient[block] += rate * w[block] / length
    return gradient


def _newton(R: Matrix, z: Vector, data: Matrix, blocks: list[Vector], rates: Vector, w: Vector) -> Vector:
    """Newton steps among the groups off zero, for as long as the loss or the gradient shrinks."""
    free = w != 0
    if not free.any():
        return w

    def loss(v: Vector) -> float:
        lengths = [float(np.linalg.norm(v[block])) for block in blocks]
        return float(np.sum((z - R @ v) ** 2)) / 2 + float(rates @ np.array(lengths))

    gradient = _gradient(R, z, blocks, rates, w)
    for _ in range(NEWTONS):
        H = data.copy()
        for block, rate in zip(blocks, rates, strict=True):
            length = float(np.linalg.norm(w[block]))
            if length > 0:
                u = w[block] / length
                H[np.ix_(block, block)] += rate / length * (np.eye(len(block)) - np.outer(u, u))
        unit = 1 / np.sqrt(np.maximum(np.diag(H), np.finfo(float).tiny))[free]
        step = np.zeros_like(w)
        step[free] = unit * np.linalg.lstsq(H[np.ix_(free, free)] * np.outer(unit, unit), gradient[free] * unit)[0]
        size, here, share = np.linalg.norm(gradient[free] * unit), loss(w), 1.0
        while share > SHORTEST:
            ahead = w - share * step
            next_gradient = _gradient(R, z, blocks, rates, ahead)
            shrinks = bool(np.linalg.norm(next_gradient[free] * unit) < size)
            if (shrinks and loss(ahead) <= here * (1 + 1e-12)) or loss(ahead) < here * (1 - 1e-12):
                break
            share /= 2
        else:
            break
        w, gradient = ahead, next_gradient
    return w
