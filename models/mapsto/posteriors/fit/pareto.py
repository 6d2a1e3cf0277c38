"""Pareto-smoothed importance weights of many rows at once.

Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed importance sampling", JMLR 25(72); the fit of the
generalised Pareto distribution is that of Zhang & Stephens (2009), Technometrics 51(3). ArviZ's psislw takes the rows
one by one, which costs a second for each run of a gallery; a test holds these to it.
"""

from __future__ import annotations

import numpy as np

from mapsto.data.statistics import Matrix, Vector

AT_ONCE = 64  # rows whose fits are held in memory together


def smoothed_weights(log_ratios: Matrix) -> tuple[Matrix, Vector]:
    """Normalised weights exp(log_ratios), their tail smoothed, and Pareto's k.

    Args:
        log_ratios: shape (rows, draws), up to a constant for each row.

    Returns:
        Weights of the same shape that sum to one in each row, and k, shape (rows,); -inf where all ratios are one.
    """
    parts = [_smoothed(log_ratios[i : i + AT_ONCE]) for i in range(0, len(log_ratios), AT_ONCE)]
    return np.concatenate([w for w, _ in parts]), np.concatenate([k for _, k in parts])


def _smoothed(log_ratios: Matrix) -> tuple[Matrix, Vector]:
    draws = log_ratios.shape[1]
    size = int(3 * draws**0.5) if draws > 225 else draws // 5
    w = np.exp(log_ratios - log_ratios.max(axis=1, keepdims=True))
    order = np.argpartition(w, draws - size - 1, axis=1)
    cutoff = np.take_along_axis(w, order[:, [draws - size - 1]], axis=1)
    at = order[:, draws - size :]
    tail = np.take_along_axis(w, at, axis=1)
    ranked = np.argsort(tail, axis=1)
    at, tail = np.take_along_axis(at, ranked, axis=1), np.take_along_axis(tail, ranked, axis=1)
    k = np.full(len(w), -np.inf)
    moves = tail[:, -1] > tail[:, 0] * (1 + 1e-12)  # a row that no draw depends on has nothing to smooth
    if moves.any():
        k[moves], scale = generalized_pareto(tail[moves] - cutoff[moves])
        levels = (np.arange(size) + 0.5) / size
        shape = k[moves, np.newaxis]
        quantiles = cutoff[moves] + scale[:, np.newaxis] * np.expm1(-shape * np.log1p(-levels)) / shape
        some = w[moves]
        np.put_along_axis(some, at[moves], np.minimum(quantiles, tail[moves, -1:]), axis=1)
        w[moves] = some
    return w / w.sum(axis=1, keepdims=True), k


def generalized_pareto(excess: Matrix) -> tuple[Vector, Vector]:
    """Shape k and scale of each row of excesses over a threshold, shape (rows, size), in rising order."""
    size = excess.shape[1]
    candidates = 30 + int(size**0.5)
    b = (1 - np.sqrt(candidates / (np.arange(candidates) + 0.5))) / (3 * excess[:, [int(size / 4 + 0.5) - 1]])
    b = b + 1 / excess[:, -1:]
    k = np.log1p(-b[:, :, np.newaxis] * excess[:, np.newaxis]).mean(axis=2)
    profile = size * (np.log(-b / k) - k - 1)
    profile = np.exp(profile - profile.max(axis=1, keepdims=True))
    weights = profile / profile.sum(axis=1, keepdims=True)
    weights = np.where(weights < 10 * np.finfo(float).eps, 0.0, weights)
    best = (b * weights).sum(axis=1) / weights.sum(axis=1)
    shape = np.log1p(-best[:, np.newaxis] * excess).mean(axis=1)
    return (size * shape + 5) / (size + 10), -shape / best  # the prior of Vehtari et al., appendix G
