"""What a browser needs to follow a ridge posterior exactly while sigma and sigma_w move.

With the singular values d of the centred X, its right singular vectors V, and c = V'X'y,

    w(alpha)        =  V c / (d^2 + alpha)                                  the mode, and the posterior mean
    df(alpha)       =  sum d^2 / (d^2 + alpha)                              effective degrees of freedom of the slopes
    sd_j            =  sigma sqrt( sum_k V_jk^2 / (d_k^2 + alpha) )         posterior standard deviations
    J(w(alpha))     =  y'y - sum c^2 / (d^2 + alpha)                        the loss at its lowest point

(Hastie, Tibshirani & Friedman 2009, "The Elements of Statistical Learning", equations 3.47 and 3.50; y centred too).
A page carries d^2, V and c, and its script repeats these four lines; a test holds the script to this module.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.intervals import HALF_WIDTH
from mapsto.posteriors.ridge.formulas import coordinates, shares

MOST_COLUMNS = 40  # V grows as the square of the columns, and a page is one file
PATH_POINTS = 73
BEYOND = 30.0  # how far past the eigenvalues the path goes: there it is flat on either side


@dataclass(frozen=True, eq=False)
class Cut:
    """The curves over one slope with the others held at the mode: where each peaks, and its standard deviation.

    Attributes:
        mode: of the posterior, in units of y per unit of the column; exp(-J) peaks there too.
        likelihood_mean, likelihood_sd: of the likelihood along the cut (infinite where the data do not move along it).
        posterior_sd: of the posterior along the cut.
        exp_loss_sd: of exp(-J).
    """

    mode: float
    likelihood_mean: float
    likelihood_sd: float
    posterior_sd: float
    exp_loss_sd: float


@dataclass(frozen=True, eq=False)
class Start(Cut):
    """What the page says before a slider is moved, of the column shown first and of the whole fit.

    Attributes:
        alpha: sigma^2 / sigma_w^2.
        df: effective degrees of freedom.
        sd: posterior standard deviation of the column's slope.
        loss: J at its lowest point, in squared units of y.
        dropped: the constants the loss leaves out, in nats.
    """

    alpha: float
    df: float
    sd: float
    loss: float
    dropped: float


@dataclass(frozen=True, eq=False)
class Path:
    """Along a grid of alpha, (points,): coefficients (points, p), degrees of freedom, and one column's posterior sd."""

    alpha: list[float]
    coef: list[list[float]]
    df: list[float]
    sd: list[float]


@dataclass(frozen=True, eq=False)
class Ridge:
    """All that a ridge posterior needs to be followed while sigma and sigma_w move.

    Attributes:
        n: number of rows.
        log_weights: sum of the logarithms of the rows' weights.
        d2: eigenvalues of X'X, X centred, shape (p,).
        V: its eigenvectors, row by row, shape (p, p).
        c: V'X'y, shape (p,).
        energy: y'y, y centred, in squared units of y.
    """

    n: int
    log_weights: float
    d2: Vector
    V: Matrix
    c: Vector
    energy: float


@dataclass(frozen=True, eq=False)
class Live(Ridge):
    """The data of the live figures.

    Attributes:
        sigma, sigma_w: where the sliders start.
        reach: how many standard deviations an interval goes to either side.
        feature: the number of the column shown first.
        start: what the page says before a slider is moved.
        path: the regularisation path at fixed sigma.
    """

    sigma: float
    sigma_w: float
    reach: float
    feature: int
    start: Start
    path: Path


def live_ridge(problem: Problem, prior_scale: float) -> Live | None:
    """The data of the live figures for w ~ Normal(0, prior_scale^2), or None where there are too many columns.

    Args:
        problem: data and noise; ``noise_sd`` and ``prior_scale`` are where the sliders start.
        prior_scale: sigma_w > 0, one number for all slopes, in units of y per unit of a column.
    """
    s = problem.statistics
    if s.p > MOST_COLUMNS:
        return None
    U, d, Vt = np.linalg.svd(s.R, full_matrices=True)
    k = len(d)
    d2, c = np.zeros(s.p), np.zeros(s.p)
    d2[:k] = d**2
    c[:k] = d * (U.T @ s.z)[:k]
    ridge = Ridge(s.n, s.log_weights, d2, Vt.T, c, float(s.z @ s.z + s.residual_sum_of_squares))
    sigma, sigma_w = problem.noise_sd, float(prior_scale)
    alpha = sigma**2 / sigma_w**2
    j = int(np.argmax(np.abs(coefficients(ridge, alpha)) * s.column_norms))  # as the picture chooses
    start = Start(
        **vars(cut(ridge, j, sigma, alpha)),
        alpha=alpha,
        df=degrees_of_freedom(ridge, alpha),
        sd=float(posterior_sd(ridge, sigma, alpha)[j]),
        loss=lowest_loss(ridge, alpha),
        dropped=dropped_constants(ridge, sigma, sigma_w),
    )
    return Live(
        **vars(ridge),
        sigma=sigma,
        sigma_w=sigma_w,
        reach=HALF_WIDTH,
        feature=j,
        start=start,
        path=path(ridge, j, sigma, alpha),
    )


def coefficients(live: Ridge, alpha: float) -> Vector:
    """The mode w(alpha), shape (p,), in units of y per unit of each column."""
    V: Matrix = np.asarray(live.V)
    return V @ coordinates(np.asarray(live.d2), np.asarray(live.c), alpha)


def degrees_of_freedom(live: Ridge, alpha: float) -> float:
    """Effective degrees of freedom of the slopes at ``alpha``, between 0 and p."""
    return float(shares(np.asarray(live.d2), alpha).sum())


def posterior_sd(live: Ridge, sigma: float, alpha: float) -> Vector:
    """Posterior standard deviations of the slopes, shape (p,), for sigma_w = sigma / sqrt(alpha)."""
    deviations: Vector = sigma * np.sqrt(np.asarray(live.V) ** 2 @ (1 / (np.asarray(live.d2) + alpha)))
    return deviations


def lowest_loss(live: Ridge, alpha: float) -> float:
    """The loss J at its lowest point, in squared units of y."""
    return float(live.energy) - float(np.sum(np.asarray(live.c) ** 2 / (np.asarray(live.d2) + alpha)))


def dropped_constants(live: Ridge, sigma: float, sigma_w: float) -> float:
    """What -log p(y, w) holds without w in it: n/2 log 2 pi sigma^2 + p/2 log 2 pi sigma_w^2, in nats.

    Half the sum of the logarithms of the rows' weights is taken off, where they have any.
    """
    n, p = int(live.n), len(live.d2)
    of_noise = n * math.log(2 * math.pi * sigma**2) - float(live.log_weights)
    return 0.5 * (of_noise + p * math.log(2 * math.pi * sigma_w**2))


def cut(live: Ridge, j: int, sigma: float, alpha: float) -> Cut:
    """The curves over slope ``j`` with the others held at the mode."""
    along = float(np.asarray(live.V)[j] ** 2 @ np.asarray(live.d2))  # the squared length of the centred column
    mode = float(coefficients(live, alpha)[j])
    return Cut(
        mode=mode,
        # At the mode the pull of the data equals that of the prior: along (m - w_j) = alpha w_j.
        likelihood_mean=mode * (1 + alpha / along) if along > 0 else 0.0,
        likelihood_sd=sigma / math.sqrt(along) if along > 0 else math.inf,
        posterior_sd=sigma / math.sqrt(along + alpha),
        exp_loss_sd=1 / math.sqrt(2 * (along + alpha)),
    )


def path(live: Ridge, j: int, sigma: float, start: float) -> Path:
    """The regularisation path at fixed sigma, to the six digits a drawing can use; its grid holds ``start`` inside."""
    d2 = np.asarray(live.d2)
    seen = np.append(d2[d2 > d2.max() * 1e-12], start)
    grid = np.geomspace(seen.min() / BEYOND, seen.max() * BEYOND, PATH_POINTS)
    return Path(
        alpha=[_six(value) for value in grid],
        coef=[[_six(w) for w in coefficients(live, value)] for value in grid],
        df=[_six(degrees_of_freedom(live, value)) for value in grid],
        sd=[_six(posterior_sd(live, sigma, value)[j]) for value in grid],
    )


def _six(value: float) -> float:
    return float(f"{value:.6g}")
