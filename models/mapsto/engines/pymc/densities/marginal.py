"""The data's density given the scales of the slopes, with the slopes integrated out; alone, and in a PyTensor graph.

With S = diag(s) the rotated response is z | s, sigma ~ Normal(0, M), M = sigma^2 I + R S^2 R' (Bishop 2006, "Pattern
Recognition and Machine Learning", equation 2.115).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.ops import wrap_py
from scipy.linalg.lapack import dpotrf, dtrtrs

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.scales import LOG_2PI


class Marginal(NamedTuple):
    """Log marginal density of the data given the scales, in nats, and its derivatives by each s_j and by sigma."""

    value: float
    by_scale: Vector
    by_sigma: float


def marginal_graph(problem: Problem, scale: Any, sigma: Any) -> list[Any]:
    """:func:`marginal` as PyTensor variables, so that one compiled call does for prior and data.

    What it returns has no gradient of its own in PyTensor: the derivatives are there for the chain rule by hand.
    """
    outputs: list[Any] = _OP(scale, sigma, *map(pt.constant, data_of(problem)))
    return outputs


def data_of(problem: Problem) -> tuple[Matrix, Vector]:
    """The columns of R and z, and what else enters: free rows, what no column reaches, a constant."""
    s = problem.statistics
    return np.column_stack([s.R, s.z]), np.array(
        [s.n - s.centred - len(s.z), s.residual_sum_of_squares, s.log_volume], dtype=float
    )


def marginal(scale: Vector, sigma: float, columns: Matrix, others: Vector) -> Marginal:
    """log p(y | s, sigma) with slopes and intercept integrated out.

    Args:
        scale: s, shape (p,).
        sigma: the noise's sd, in units of y.
        columns: as :func:`data_of` has them, shape (k, p + 1).
        others: likewise, shape (3,).

    Returns:
        The density and its derivatives; a value of -inf where M is beyond what doubles can hold.
    """
    k = len(columns)
    free, residual_sum_of_squares, log_volume = others.tolist()
    wide = columns[:, :-1] * scale
    M = wide @ wide.T
    M.flat[:: k + 1] += sigma**2
    # LAPACK itself: for ten columns the checks of its wrappers take ten times as long as the work
    root, failed = dpotrf(M, lower=1)
    if failed:
        return Marginal(-math.inf, np.zeros(len(scale)), 0.0)
    B, _ = dtrtrs(root, columns, lower=1)
    along = B[:, -1] @ B  # of each column of R with z, and of z with itself, by the inverse of M
    value = -0.5 * (along[-1] + k * LOG_2PI) - np.log(root.diagonal()).sum()
    value += log_volume - free * (math.log(sigma) + 0.5 * LOG_2PI) - residual_sum_of_squares / (2 * sigma**2)
    by_scale = scale * (along[:-1] ** 2 - (B * B).sum(axis=0)[:-1])
    # M is homogeneous of degree two in s and sigma, so Euler's theorem gives the last derivative from the others
    by_sigma = (along[-1] - k - scale @ by_scale - free + residual_sum_of_squares / sigma**2) / sigma
    return Marginal(float(value), by_scale, float(by_sigma))


def _arrays(scale: Vector, sigma: Vector, columns: Matrix, others: Vector) -> list[Any]:
    return [np.asarray(part) for part in marginal(scale, float(sigma), columns, others)]


_OP = wrap_py([pt.dvector, pt.dscalar, pt.dmatrix, pt.dvector], [pt.dscalar, pt.dvector, pt.dscalar])(_arrays)
