"""Posterior predictive checks: a statistic of the responses, next to that of data sets drawn from the fitted model.

The probabilities are posterior predictive p-values (Gelman, Meng & Stern 1996, Statistica Sinica 6(4)). The data have
been used twice, so they lean towards one half: what is called seldom is at least as seldom as stated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.marks import number
from mapsto.posteriors.fit.judged import FitCheck, Seldom, two_sided
from mapsto.posteriors.fit.steps import step_residuals

Statistic = Callable[[Matrix], Vector]


def centre(y: Matrix) -> Vector:
    """The median of each row of y, shape (made, n)."""
    return np.asarray(np.median(y, axis=-1))


def spread(y: Matrix) -> Vector:
    """The standard deviation of each row."""
    return np.asarray(y.std(axis=-1))


def tails(y: Matrix) -> Vector:
    """How far the farthest response lies from the median, in interquartile ranges."""
    low, middle, high = np.quantile(y, [0.25, 0.5, 0.75], axis=-1)
    farthest = np.abs(y - middle[..., np.newaxis]).max(axis=-1)
    return np.asarray(farthest / np.where(high > low, high - low, 1.0))


def skew(y: Matrix) -> Vector:
    """The third standardised moment."""
    away = y - y.mean(axis=-1, keepdims=True)
    sd = away.std(axis=-1)
    return np.asarray((away * away * away).mean(axis=-1) / np.where(sd > 0, sd, 1.0) ** 3)


def zeros(y: Matrix) -> Vector:
    """The share of responses that are zero."""
    return np.asarray((y == 0).mean(axis=-1))


INTERCEPT = "A free intercept, a missing column, or another link."
ASKED: tuple[tuple[str, str, str, Statistic, str, str], ...] = (
    ("FIT-01", "centre", "median", centre, INTERCEPT, INTERCEPT),
    (
        "FIT-02",
        "spread",
        "standard deviation",
        spread,
        "Learn $\\sigma$, for the stated one is too large, or a weaker prior.",
        "Learn $\\sigma$, for the stated one is too small, or another likelihood.",
    ),
    (
        "FIT-03",
        "tails",
        "farthest response, in interquartile ranges from the median,",
        tails,
        "The response may be bounded, which Gaussian noise does not know: model it on another scale.",
        "A likelihood with heavier tails (student_t); look at the farthest rows.",
    ),
    (
        "FIT-04",
        "skew",
        "skew",
        skew,
        "A response that leans to the left: its distance from its largest possible value, or another link.",
        "The logarithm of the response, or a skewed likelihood such as gamma.",
    ),
    (
        "FIT-05",
        "zero share",
        "share of zeros",
        zeros,
        "A likelihood with fewer zeros, or none.",
        "A likelihood of counts with more of them (negative_binomial), or a model of the zeros by themselves.",
    ),
)
"""Code, name, words, statistic, and what to try where the data have less of it than the model, or more."""


def predictive_checks(y: Vector, replicated: Matrix, *, binary: bool = False) -> list[Seldom | FitCheck]:
    """The five statistics of y, shape (n,), among those of ``replicated``, shape (made, n).

    Of zeros and ones all five follow from the share of zeros, which alone is asked.
    """
    checks: list[Seldom | FitCheck] = []
    for code, name, told, statistic, if_less, if_more in ASKED:
        if binary and name != "zero share":
            checks.append(FitCheck(code, name, "not asked", "Of zeros and ones it follows from the share of zeros."))
            continue
        if name == "zero share" and not ((y == 0).any() or (replicated == 0).any()):
            checks.append(FitCheck(code, name, "not asked", "No response is zero, and none of the model's is."))
            continue
        observed, under = float(statistic(y[np.newaxis])[0]), statistic(replicated)
        chance = two_sided(float((under <= observed).mean()), float((under >= observed).mean()), len(under))
        low, high = np.quantile(under, [0.025, 0.975])
        seen = (
            f"The {told} is {number(observed)}; in {len(under)} data sets drawn from the model 95 % are between "
            f"{number(low)} and {number(high)}."
        )
        then = INTERCEPT if binary else if_less if observed < np.median(under) else if_more
        checks.append(Seldom(code, name, chance, seen, then))
    return checks


def residual_checks(y: Vector, replicated: Matrix) -> list[Seldom | FitCheck]:
    """Is what is left over level along the fitted values, and as wide everywhere?

    Residuals are in predictive standard deviations of their row. Each correlation stands among those of the replicated
    data sets with the same fitted values.
    """
    fitted, sd = replicated.mean(axis=0), replicated.std(axis=0)
    sd = np.where(sd > 0, sd, 1.0)
    left = (np.vstack([y, replicated]) - fitted) / sd
    return [_along(CURVE, left, _bowl(fitted)), _along(FAN, np.abs(left), fitted)]


def step_residual_checks(y: Vector, replicated: Matrix, fitted: Vector, *, binary: bool) -> list[Seldom | FitCheck]:
    """The same of a response in whole steps, by its quantile residuals (:mod:`mapsto.posteriors.fit.steps`).

    Args:
        y: numbers of steps, shape (n,).
        replicated: likewise, drawn from the model, shape (made, n).
        fitted: the mean of the response itself, shape (n,).
        binary: whether the response is a 0 or a 1.
    """
    left, size = step_residuals(y, replicated)
    curve = _along(CURVE_OF_STEPS, left, _bowl(fitted))
    if binary:
        return [
            curve,
            FitCheck(FAN.code, FAN.name, "not asked", "The spread of zeros and ones follows from their mean."),
        ]
    return [curve, _along(FAN_OF_STEPS, size, fitted)]


@dataclass(frozen=True)
class Along:
    """A check of residuals along the fitted values: its code and name, what correlates, and what to try."""

    code: str
    name: str
    what: str
    then: str


LEVEL = "residuals along the fitted values"
CURVE = Along(
    "FIT-06",
    LEVEL,
    "Residuals correlate with the squared distance of the fitted value from its mean",
    "A curve: the square of a column, a product of two, or a link.",
)
CURVE_OF_STEPS = replace(CURVE, what=f"Quantile {CURVE.what[0].lower()}{CURVE.what[1:]}")
FAN = Along(
    "FIT-07",
    f"size of the {LEVEL}",
    "Residuals correlate in size, with the fitted value",
    "Noise that grows with the mean: weights, the logarithm of the response, or gamma.",
)
FAN_OF_STEPS = replace(
    FAN,
    what=f"Quantile {FAN.what[0].lower()}{FAN.what[1:]}",
    then="Scatter that grows with the mean otherwise than this likelihood's: negative_binomial for counts.",
)


def _bowl(fitted: Vector) -> Vector:
    return np.asarray((fitted - fitted.mean()) ** 2)


def _along(check: Along, left: Matrix, along: Vector) -> Seldom:
    """The correlation of the first row among those of the others."""
    observed, *rest = _correlations(left, along)
    under = np.asarray(rest)
    chance = two_sided(float((under <= observed).mean()), float((under >= observed).mean()), len(under))
    low, high = np.quantile(under, [0.025, 0.975])
    seen = (
        f"{check.what} by {number(observed, 2)}; under the model 95 % are between {number(low, 2)} and "
        f"{number(high, 2)}."
    )
    return Seldom(check.code, check.name, chance, seen, check.then)


def _correlations(rows: Matrix, with_this: Vector) -> Vector:
    """Of each row with one vector; zero where either does not vary."""
    a, b = rows - rows.mean(axis=1, keepdims=True), with_this - with_this.mean()
    size = np.linalg.norm(a, axis=1) * np.linalg.norm(b)
    return np.asarray(a @ b / np.where(size > 0, size, 1.0))
