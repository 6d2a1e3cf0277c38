"""Exponentials of slopes: odds ratios, rate ratios and ratios of means, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.intervals import TAILS

FARTHEST = 700.0  # the largest exponent whose exponential is a double


@dataclass(frozen=True, eq=False)
class Ratios:
    """By what the odds, the rate or the mean is multiplied.

    Attributes:
        median: per unit of each column, shape (p,).
        eti89: its 89 % equal-tailed interval, shape (p, 2).
        step: one sd of each column, shape (p,), in its units.
        per_step: the median per such a step, shape (p,).
        per_step_eti89: its interval, shape (p, 2).
        above: the share of the draws in which the ratio is above 1, shape (p,).
    """

    median: Vector
    eti89: Matrix
    step: Vector
    per_step: Vector
    per_step_eti89: Matrix
    above: Vector


def ratios(problem: Problem, tree: Any) -> Ratios:
    """The quantiles of exp(w) are the exponentials of those of w: what is shown does not depend on the scale."""
    w = tree["posterior"]["w"].to_numpy().reshape(-1, problem.p)
    low, middle, high = np.quantile(w, [TAILS[0], 0.5, TAILS[1]], axis=0)
    s = problem.statistics
    step = s.column_norms / np.sqrt(s.weight)
    ends = np.column_stack([low, high])
    return Ratios(
        _exp(middle),
        _exp(ends),
        step,
        _exp(middle * step),
        _exp(ends * step[:, np.newaxis]),
        np.asarray((w > 0).mean(axis=0)),
    )


def _exp(values: Vector) -> Vector:
    return np.exp(np.clip(values, -FARTHEST, FARTHEST))
