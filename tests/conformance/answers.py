"""How far rounding can move an answer: the sizes of what cancels in a gradient, and the curvature below it."""

import numpy as np

from conformance.places import centre, widths
from mapsto.rounding import gamma


def slack(problem):
    """gamma for the operations of a factorisation of the rows beside the prior."""
    return gamma(4 * (problem.n + problem.p) * problem.p)


def sizes(problem, prior, w):
    """Size of the parts that cancel in the gradient at a mode, coefficient by coefficient.

    QR, and Cholesky on the normal equations too, answer a problem whose columns are off by gamma times their
    length (Higham 2002, theorems 19.4 and 10.3), which moves the gradient by gamma times this.
    """
    s = problem.statistics
    # with an intercept the rows were centred first, which errs relative to what they were before
    lengths = np.sqrt(s.column_norms**2 + s.n * s.x_mean**2)
    response = np.sqrt(s.z @ s.z + s.residual_sum_of_squares + s.n * s.y_mean**2)
    pull = prior.stationarity(w, np.zeros(len(w)))
    c = centre(prior, problem.p)
    if c.any() or not prior.separable:  # w and the centre cancel first, or the slopes of neighbours do
        pull = pull + np.abs(bent(prior, w)) @ (np.abs(w) + np.abs(c))
    finite = np.where(np.isfinite(pull), pull, 0.0)  # past an edge: nothing is allowed there
    return lengths * (lengths @ np.abs(w) + response) / problem.noise_sd**2 + finite


def bent(prior, w):
    """Second derivatives of the penalty at w, shape (p, p), by differences of its slope; zero in rows at a kink."""
    H, u = np.zeros((len(w), len(w))), widths(prior, len(w))
    for j in range(len(w)):
        if prior.kinked and w[j] == 0:
            continue
        step = np.where(np.arange(len(w)) == j, 1e-5 * (abs(w[j]) if prior.kinked else max(abs(w[j]), u[j])), 0.0)
        H[:, j] = (prior.slope(w + step) - prior.slope(w - step)) / (2 * step[j])
    if prior.kinked:
        H[w == 0] = 0.0
    return (H + H.T) / 2


def loose(problem, prior, w):
    """Which coefficients can move: at a kink those that the data pull to its very edge, elsewhere all."""
    if not prior.kinked:
        return np.ones(len(w), dtype=bool)
    gradient = problem.data_gradient(w)
    return (w != 0) | (prior.stationarity(w, gradient * (1 + 1e-6)) > 0)


def curvature(problem, prior, w):
    """Size of each coordinate (p,), and the least curvature in these units among the coefficients that can move."""
    s = problem.statistics
    H = s.R.T @ s.R / problem.noise_sd**2 + bent(prior, w)
    unit = np.sqrt(np.abs(np.diag(H)))
    unit = np.where(unit > 0, unit, 1.0)
    free = loose(problem, prior, w)
    if not free.any():
        return unit, np.inf
    return unit, float(np.linalg.eigvalsh((H / np.outer(unit, unit))[np.ix_(free, free)])[0])


def is_unique(problem, prior, w):
    """Whether the mode is told apart from its neighbours by more than the rounding of the curvature itself."""
    return curvature(problem, prior, w)[1] > 1e-10


def chain(problem, prior, w, size=400):
    """A few hundred steps of a random walk through the posterior, one slope at a time (Metropolis), from w."""
    rng = np.random.default_rng(17)
    s, p = problem.statistics, problem.p
    steps = 2.4 / np.sqrt((s.column_norms / problem.noise_sd) ** 2 + 1 / widths(prior, p) ** 2)

    def energy(v):
        return problem.objective(v, s.best_intercept(v), prior.penalty(v)) / (2 * problem.noise_sd**2)

    here, at = energy(w), w
    visited = []
    for _ in range(size):
        j = rng.integers(p)
        there = at.copy()
        there[j] += 10 ** rng.uniform(-3, 0) * steps[j] * rng.standard_normal()
        ahead = energy(there)
        if rng.exponential() > ahead - here:
            at, here = there, ahead
        visited.append(at)
    return np.array(visited)
