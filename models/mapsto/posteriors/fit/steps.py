"""Residuals of a response that comes in steps: zeros and ones, successes of trials, counts.

A response y lies in the interval from P(Y < y) to P(Y <= y) of its prediction. A quantile residual puts a random point
of it through the Normal quantile (Dunn & Smyth 1996, J. Computational and Graphical Statistics 5(3), section 2). Here
the mean over that random point takes its place, for the residual and for its size: the generalised residual of
Gourieroux, Monfort, Renault & Trognon (1987), J. Econometrics 34(1-2), which no random number blurs.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from mapsto.data.statistics import Matrix, Vector


def step_residuals(y: Vector, replicated: Matrix) -> tuple[Matrix, Matrix]:
    """Mean and mean size of the Normal quantile residuals of y and of each replicated data set.

    Each stands among all of them together, so under the model they are exchangeable.

    Args:
        y: whole numbers of steps, shape (n,).
        replicated: likewise, drawn from the model, shape (made, n).

    Returns:
        Two of shape (made + 1, n), y's own first.
    """
    from scipy.stats import rankdata  # imported late: it takes half a second

    every = np.vstack([y, replicated])
    below = (rankdata(every, "min", axis=0) - 1) / len(every)
    upto = rankdata(every, "max", axis=0) / len(every)
    low, high = ndtri(below), ndtri(upto)
    at_low, at_high = _density(low), _density(high)
    wide = upto - below
    # the integral of |z| over an interval around zero is that of its two halves
    across = np.where((low < 0) & (high > 0), 2 * _density(0.0) - at_low - at_high, np.abs(at_low - at_high))
    return (at_low - at_high) / wide, across / wide


def spread_over_steps(below: Vector, upto: Vector, rng: np.random.Generator) -> Vector:
    """A random point of each interval, shape (n,), uniform for a right model.

    Source: Czado, Gneiting & Held (2009), Biometrics 65(4), section 2.
    """
    return np.asarray(below + rng.random(len(below)) * (upto - below))


def _density(z: Vector | float) -> Vector:
    return np.asarray(np.exp(-np.square(z) / 2) / np.sqrt(2 * np.pi))
