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
from typing import Any

import numpy as np
from scipy.special import ndtri

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem

MOST_COLUMNS = 40  # V grows as the square of the columns, and a page is one file
PATH_POINTS = 73
PROB = 0.89  # as everywhere: ArviZ's default
BEYOND = 30.0  # how far past the eigenvalues the path goes: there it is flat on either side


def live_record(problem: Problem, prior_scale: float) -> dict[str, Any] | None:
    """The data of the live figures for w ~ Normal(0, prior_scale^2), or None where there are too many columns.

    Args:
        problem: data and noise; ``noise_sd`` and ``prior_scale`` are where the sliders start.
        prior_scale: sigma_w > 0, one number for all slopes, in units of y per unit of a column.

    Returns:
        Arrays and numbers: ``d2`` (p,) eigenvalues of X'X; ``V`` (p, p), row by row; ``c`` (p,) = V'X'y; ``energy``
        = y'y; ``n``, ``log_weights``, ``sigma``, ``sigma_w``; ``reach``, how many sds an interval of probability
        ``prob`` goes to either side; ``feature``, the number of the column shown first; ``start``, what the page says
        before a slider is moved; and ``path``, the coefficients (points, p), degrees of freedom and
        posterior sds of that column along a grid of alpha.
    """
    s = problem.statistics
    if s.p > MOST_COLUMNS:
        return None
    U, d, Vt = np.linalg.svd(s.R, full_matrices=True)
    k = len(d)
    d2, c = np.zeros(s.p), np.zeros(s.p)
    d2[:k] = d**2
    c[:k] = d * (U.T @ s.z)[:k]
    data: dict[str, Any] = {
        "n": s.n,
        "log_weights": s.log_weights,
        "sigma": problem.noise_sd,
        "sigma_w": float(prior_scale),
        "d2": d2,
        "V": Vt.T,
        "c": c,
        "prob": PROB,
        "reach": float(ndtri(0.5 + PROB / 2)),
        "energy": float(s.z @ s.z + s.left_over),
    }
    alpha = problem.noise_sd**2 / float(prior_scale) ** 2
    data["feature"] = int(np.argmax(np.abs(coefficients(data, alpha)) * s.column_norms))  # as the picture chooses
    data["start"] = {
        "alpha": alpha,
        "df": degrees_of_freedom(data, alpha),
        "sd": float(posterior_sd(data, problem.noise_sd, alpha)[data["feature"]]),
        "loss": lowest_loss(data, alpha),
        "dropped": dropped_constants(data, problem.noise_sd, float(prior_scale)),
        **cut(data, data["feature"], problem.noise_sd, alpha),
    }
    data["path"] = path(data, data["feature"])
    return data


def coefficients(live: dict[str, Any], alpha: float) -> Vector:
    """The mode w(alpha), shape (p,), in units of y per unit of each column."""
    V: Matrix = np.asarray(live["V"])
    return V @ (np.asarray(live["c"]) / (np.asarray(live["d2"]) + alpha))


def degrees_of_freedom(live: dict[str, Any], alpha: float) -> float:
    """Effective degrees of freedom of the slopes at ``alpha``, between 0 and p."""
    d2 = np.asarray(live["d2"])
    return float(np.sum(d2 / (d2 + alpha)))


def posterior_sd(live: dict[str, Any], sigma: float, alpha: float) -> Vector:
    """Posterior standard deviations of the slopes, shape (p,), for sigma_w = sigma / sqrt(alpha)."""
    deviations: Vector = sigma * np.sqrt(np.asarray(live["V"]) ** 2 @ (1 / (np.asarray(live["d2"]) + alpha)))
    return deviations


def lowest_loss(live: dict[str, Any], alpha: float) -> float:
    """The loss J at its lowest point, in squared units of y."""
    return float(live["energy"]) - float(np.sum(np.asarray(live["c"]) ** 2 / (np.asarray(live["d2"]) + alpha)))


def dropped_constants(live: dict[str, Any], sigma: float, sigma_w: float) -> float:
    """What -log p(y, w) holds without w in it: n/2 log 2 pi sigma^2 + p/2 log 2 pi sigma_w^2, in nats.

    Half the sum of the logarithms of the rows' weights is taken off, where they have any.
    """
    n, p = int(live["n"]), len(live["d2"])
    of_noise = n * math.log(2 * math.pi * sigma**2) - float(live["log_weights"])
    return 0.5 * (of_noise + p * math.log(2 * math.pi * sigma_w**2))


def cut(live: dict[str, Any], j: int, sigma: float, alpha: float) -> dict[str, float]:
    """The curves over slope j with the others held at the mode: where each peaks, and its standard deviation.

    ``likelihood_mean`` and ``likelihood_sd`` are those of the likelihood along the cut (infinite where the data
    do not move along it), ``mode`` and ``posterior_sd`` those of the posterior, ``exp_loss_sd`` that of exp(-J),
    which peaks at the mode too.
    """
    along = float(np.asarray(live["V"])[j] ** 2 @ np.asarray(live["d2"]))  # the squared length of the centred column
    mode = float(coefficients(live, alpha)[j])
    return {
        "mode": mode,
        # At the mode the pull of the data equals that of the prior: along (m - w_j) = alpha w_j.
        "likelihood_mean": mode * (1 + alpha / along) if along > 0 else 0.0,
        "likelihood_sd": sigma / math.sqrt(along) if along > 0 else math.inf,
        "posterior_sd": sigma / math.sqrt(along + alpha),
        "exp_loss_sd": 1 / math.sqrt(2 * (along + alpha)),
    }


def path(live: dict[str, Any], j: int) -> dict[str, Any]:
    """The regularisation path at fixed sigma, to the six digits a drawing can use."""
    d2 = np.asarray(live["d2"])
    start = live["sigma"] ** 2 / live["sigma_w"] ** 2
    seen = np.append(d2[d2 > d2.max() * 1e-12], start)
    grid = np.geomspace(seen.min() / BEYOND, seen.max() * BEYOND, PATH_POINTS)
    return {
        "alpha": [_six(value) for value in grid],
        "coef": [[_six(w) for w in coefficients(live, value)] for value in grid],
        "df": [_six(degrees_of_freedom(live, value)) for value in grid],
        "sd": [_six(posterior_sd(live, live["sigma"], value)[j]) for value in grid],
    }


def _six(value: float) -> float:
    return float(f"{value:.6g}")
