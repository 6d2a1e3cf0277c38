"""What draws are judged against: the exact posterior, or one long run where no formula gives it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import gammaincinv

from mapsto.data.statistics import Vector
from mapsto.engines.question import Question
from mapsto.posteriors.exact import ExactPosterior
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.joint.point import learned_scales
from mapsto.posteriors.normal_inverse_gamma import NormalInverseGammaPosterior

ENDS = (0.05, 0.95)
STATISTICS = ("mean", "sd", "q05", "q95")


@dataclass(frozen=True, eq=False)
class Reference:
    """Numbers of each parameter, by the name of the statistic, each of shape (k,); NaN where it has none.

    Attributes:
        kind: where they are from.
        words: the same in a sentence.
        values: by the names in ``STATISTICS``.
        errors: their Monte Carlo standard errors, 0 where exact.
    """

    kind: Literal["exact", "long run"]
    words: str
    values: Mapping[str, Vector]
    errors: Mapping[str, Vector]


def exact_reference(question: Question, exact: ExactPosterior) -> Reference:
    """The exact posterior's numbers: slopes, then the intercept, then the learned scales."""
    intercept = question.problem.intercept
    mean = [*exact.mean, *([exact.intercept_mean] if intercept else [])]
    sd = [*exact.sd, *([exact.intercept_sd] if intercept else [])]
    prob = ENDS[1] - ENDS[0]
    ends = [*exact.eti(prob).tolist(), *([list(exact.intercept_eti(prob))] if intercept else [])]
    for name in learned_scales(question.problem, question.prior):
        assert not isinstance(exact, GaussianPosterior)
        mean.append(exact.scale_mean(name))
        sd.append(exact.scale_sd(name))
        ends.append([scale_quantile(exact, name, q) for q in ENDS])
    low, high = np.array(ends, dtype=np.float64).T
    values = {"mean": np.array(mean), "sd": np.array(sd), "q05": low, "q95": high}
    return Reference(
        "exact",
        "The exact posterior, by formula: no Monte Carlo error of its own."
        if isinstance(exact, GaussianPosterior | NormalInverseGammaPosterior)
        else "The exact posterior, by quadrature over the learned scales: no Monte Carlo error of its own.",
        values,
        {name: np.zeros_like(one) for name, one in values.items()},
    )


def scale_quantile(exact: ExactPosterior, name: str, q: float) -> float:
    """The quantile of a learned scale; NaN where two are learned together, whose nodes lie in a plane.

    By the inverse gamma distribution of sigma^2, or by a spline through the density at the nodes of the integral.
    """
    if isinstance(exact, NormalInverseGammaPosterior):
        return math.sqrt(exact.scale / float(gammaincinv(exact.shape, 1 - q)))
    if isinstance(exact, GaussianPosterior) or len(exact.scales) != 1:
        return math.nan
    t = np.log(exact.scales[name])
    below = CubicSpline(t, exact.weights / (t[1] - t[0])).antiderivative()
    whole = float(below(t[-1]))
    return math.exp(float(brentq(lambda at: float(below(at)) - q * whole, t[0], t[-1], xtol=1e-12)))


def long_reference(label: str, draws: int, chains: int, values: Sequence[Mapping[str, Vector]]) -> Reference:
    """The numbers of one long run and their Monte Carlo errors, which enter every comparison with it."""
    estimates, errors = values
    return Reference(
        "long run",
        f"No formula gives this posterior. The reference is one long run of {label}, {chains} chains of {draws} draws "
        "from a seed of its own; its Monte Carlo errors are counted in every comparison.",
        estimates,
        errors,
    )
