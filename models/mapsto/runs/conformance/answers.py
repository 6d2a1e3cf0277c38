"""How far rounding can move an answer: the sizes of what cancels in a gradient, and the curvature below it."""

from __future__ import annotations

import numpy as np

from mapsto.certificate.facts.places import widths
from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior
from mapsto.rounding import gamma


def slack(problem: Problem) -> float:
    """Gamma for the operations of a factorisation of the rows and the prior."""
    return gamma(4 * (problem.n + problem.p) * problem.p)


def sizes(problem: Problem, prior: Prior, w: Vector) -> Vector:
    """Size of the parts that cancel in the gradient at a mode, coefficient by coefficient.

    QR, and Cholesky on the normal equations too, answer a problem whose columns are off by gamma times their
    length (Higham 2002, theorems 19.4 and 10.3), which moves the gradient by gamma times this.
    """
    s = problem.statistics
    # with an intercept the rows were centred first, which errs relative to what they were before
    lengths = np.sqrt(s.column_norms**2 + s.n * s.x_mean**2)
    response = np.sqrt(s.z @ s.z + s.residual_sum_of_squares + s.n * s.y_mean**2)
    pull = prior.stationarity(w, np.zeros(len(w)))
    c = prior.centre(problem.p)
    if c.any() or not prior.separable:  # w and the centre cancel first, or the slopes of neighbours do
        pull = pull + np.abs(second_derivatives(prior, w)) @ (np.abs(w) + np.abs(c))
    finite = np.where(np.isfinite(pull), pull, 0.0)  # past an edge: nothing is allowed there
    return np.asarray(lengths * (lengths @ np.abs(w) + response) / problem.noise_sd**2 + finite)


def second_derivatives(prior: Prior, w: Vector) -> Matrix:
    """Second derivatives of the penalty at w, shape (p, p), by differences of its slope; zero in rows at a kink."""
    H, u = np.zeros((len(w), len(w))), widths(prior, len(w))
    for j in range(len(w)):
        if prior.kinked and w[j] == 0:
            continue
        length = abs(w[j]) if prior.kinked or (w[j] != 0 and not prior.centre(len(w))[j]) else max(abs(w[j]), u[j])
        step = np.where(np.arange(len(w)) == j, 1e-5 * length, 0.0)
        H[:, j] = (prior.slope(w + step) - prior.slope(w - step)) / (2 * step[j])
    if prior.kinked:
        H[w == 0] = 0.0
    return np.asarray((H + H.T) / 2)


def loose(problem: Problem, prior: Prior, w: Vector) -> Vector:
    """Which coefficients can move: at a kink those that the data pull to its very edge, elsewhere all."""
    if not prior.kinked:
        return np.ones(len(w), dtype=bool)
    gradient = problem.data_gradient(w)
    return np.asarray((w != 0) | (prior.stationarity(w, gradient * (1 + 1e-6)) > 0))


def curvature(problem: Problem, prior: Prior, w: Vector) -> tuple[Vector, float]:
    """Size of each coordinate (p,), and the least curvature in these units among the coefficients that can move."""
    s = problem.statistics
    H = s.R.T @ s.R / problem.noise_sd**2 + second_derivatives(prior, w)
    unit = np.sqrt(np.abs(np.diag(H)))
    unit = np.where(unit > 0, unit, 1.0)
    free = loose(problem, prior, w)
    if not free.any():
        return unit, float("inf")
    return unit, float(np.linalg.eigvalsh((H / np.outer(unit, unit))[np.ix_(free, free)])[0])


def is_unique(problem: Problem, prior: Prior, w: Vector) -> bool:
    """Whether the mode is told apart from its neighbours by more than the rounding of the curvature itself."""
    return curvature(problem, prior, w)[1] > 1e-10
