"""How much the posterior leans on the prior and on the data: each raised to powers next to one.

Kallioinen, Paananen, Bürkner & Vehtari (2024), "Detecting and diagnosing prior and likelihood sensitivity with
power-scaling", Statistics and Computing 34(57), and the thresholds of ArviZ's psense_summary, to which a test holds
this.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from mapsto.data.statistics import Matrix, Vector
from mapsto.marks import literal, number
from mapsto.posteriors.fit.judged import FitCheck, Level

NUDGE = np.array([0.99, 1.01])
THRESHOLD = 0.05


def sensitivity(w: Matrix, log_part: Vector) -> Vector:
    """The distance that each slope's posterior moves for a doubling of the power of a part of the model, shape (p,).

    Args:
        w: draws, shape (draws, p).
        log_part: log prior or log likelihood at each, shape (draws,).
    """
    order = w.argsort(axis=0)
    x = np.take_along_axis(w, order, axis=0)
    P = np.arange(1, len(w) + 1)[:, np.newaxis] / len(w)
    moved = [softmax((power - 1) * log_part)[order].cumsum(axis=0) for power in NUDGE]
    far = [np.maximum(_distance(P, Q, x), _distance(1 - P, 1 - Q, x)) for Q in moved]
    return np.asarray(np.mean(far / np.abs(np.log2(NUDGE))[:, np.newaxis], axis=0))


def _distance(P: Matrix, Q: Matrix, x: Matrix) -> Vector:
    """Cumulative Jensen-Shannon distance of two distribution functions at the points x, by steps."""
    P, Q, width = np.clip(P[:-1], 1e-300, 1), np.clip(Q[:-1], 1e-300, 1), np.diff(x, axis=0)
    both = P * np.log2(2 * P / (P + Q)) + Q * np.log2(2 * Q / (P + Q))
    area = np.sum((P + Q) * width, axis=0)
    return np.sqrt(np.maximum(np.sum(both * width, axis=0), 0) / np.where(area > 0, area, 1.0))


def prior_against_data(w: Matrix, log_prior: Vector, log_likelihood: Vector, features: Sequence[str]) -> FitCheck:
    """Whether prior and data pull against each other, or the prior alone decides; the worst slope is named."""
    by_prior, by_data = sensitivity(w, log_prior), sensitivity(w, log_likelihood)
    conflict = np.flatnonzero((by_prior >= THRESHOLD) & (by_data >= THRESHOLD))
    strong = np.flatnonzero((by_prior >= THRESHOLD) & (by_data < THRESHOLD))
    worst = int((by_prior if not len(conflict) else np.where(by_data >= THRESHOLD, by_prior, 0)).argmax())
    numbers = (
        f"that of {literal(features[worst])} has sensitivity {number(by_prior[worst], 2)} to the prior and "
        f"{number(by_data[worst], 2)} to the data ({THRESHOLD} is much)"
    )
    level: Level = "look" if len(conflict) or len(strong) else "fine"
    if len(conflict):
        seen = f"Prior and data pull against each other for {len(conflict)} of {len(by_prior)} slopes: {numbers}."
        then = "Ask whether that prior is meant: a wider scale, or a centre elsewhere. See how the slopes move with it."
    elif len(strong):
        seen = f"The prior decides more than the data for {len(strong)} of {len(by_prior)} slopes: {numbers}."
        then = "Say that these slopes are chiefly the prior's; compare with a prior of half and of twice the strength."
    else:
        seen, then = f"No slope leans on the prior much: {numbers}.", ""
    return FitCheck("FIT-10", "prior against data", level, seen, then)
