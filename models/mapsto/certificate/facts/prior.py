"""What a prior's facts have to say of each other: the density, the penalty, its slope and its curvature are one thing.

Each function yields comparisons. What is allowed is gamma, the rounding error of the operations at hand, times the
size of what was added up, and the truncation of a difference where one is taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from mapsto.certificate.facts.arrays import ARRAYS
from mapsto.certificate.facts.places import points, raw_points, shown, wider
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.data.statistics import Vector
from mapsto.priors.base import Prior
from mapsto.rounding import UNIT_ROUNDOFF, gamma

NOTHING = -745.0  # the logarithm of the least double: a density below it is zero
OPERATIONS = 16
"""Elementary functions and constants in the density of one slope: logarithms, powers, a quotient, their sums."""


def constant_at(prior: Prior, places: Iterable[Vector], p: int) -> Comparisons:
    """Penalty + log density at each place is what it is at the centre."""
    c = prior.centre(p)
    constant = prior.penalty(c) + prior.log_density(c)
    for w in places:
        penalty, density = prior.penalty(w), prior.log_density(w)
        allowed = gamma(OPERATIONS * p) * (abs(penalty) + abs(density) + abs(constant) + p)
        yield Seen(
            abs(penalty + density - constant),
            allowed,
            f"penalty + log density is {penalty + density:.6g} at {shown(w)} and {constant:.6g} at the centre",
        )


def penalty_is_minus_log_density(prior: Prior, p: int = 3) -> Comparisons:
    """The theorem: penalty + log density does not move with w, and both end where the prior does."""
    yield from constant_at(prior, points(prior, p), p)
    yield from zero_at_centre(prior, p)
    yield from ends_at(prior, raw_points(prior, p))


def zero_at_centre(prior: Prior, p: int) -> Comparisons:
    """The penalty is zero where the prior pulls nowhere."""
    pull = prior.penalty(prior.centre(p))
    yield Seen(
        abs(pull),
        gamma(OPERATIONS * p) * p,
        f"the penalty at the centre is {pull:.6g} and has to be zero there: mind a constant, or state `centre`",
    )


def ends_at(prior: Prior, places: Iterable[Vector]) -> Comparisons:
    """Penalty, log density and stationarity are infinite in the same places."""
    for w in places:
        ends = math.isinf(prior.penalty(w)), math.isinf(prior.log_density(w))
        stops = bool(np.isinf(prior.stationarity(w, 0 * w)).any())
        yield holds(
            ends[0] == ends[1] == stops,
            f"penalty, log density and stationarity have to be infinite in the same places, and are not at {shown(w)}",
        )


def expression_at(prior: Prior, places: Iterable[Vector], p: int) -> Comparisons:
    """The expression over NumPy, where there is one, is the log density, its constant included."""
    for w in places:
        ours = prior.log_density(w)
        if not math.isfinite(ours):
            continue
        with np.errstate(all="ignore"):  # what it comes to is compared
            theirs = prior.expression(w, ARRAYS, p)
        if theirs is None:
            return
        yield holds(np.ndim(theirs) == 0, "the expression is for each slope and not the sum over all")
        if np.ndim(theirs) == 0 and float(theirs) == -math.inf and ours < NOTHING:
            continue
        if np.ndim(theirs) == 0 and math.isinf(float(theirs)):
            yield holds(False, f"the expression is {float(theirs):g} and log_density {ours:.6g} at {shown(w)}")
        elif np.ndim(theirs) == 0:
            size = abs(ours) + abs(float(theirs)) + abs(prior.penalty(w)) + p
            yield Seen(
                abs(ours - float(theirs)),
                gamma(OPERATIONS * p) * size,
                f"the expression is {float(theirs):.6g} and log_density {ours:.6g} at {shown(w)}",
            )


def expression_is_the_density(prior: Prior, p: int = 3) -> Comparisons:
    """The expression over an array namespace, where there is one, is log_density: a scalar, constant included."""
    if prior.expression(prior.centre(p), ARRAYS, p) is None:
        yield holds(prior.family(p) is not None, "it has neither a family nor an expression")
    yield from expression_at(prior, points(prior, p), p)


def gaussian_is_the_density(prior: Prior, p: int = 3, places: Iterable[Vector] | None = None) -> Comparisons:
    """Mean and root of the covariance, where they are stated, give the density."""
    from scipy.linalg import solve_triangular
    from scipy.linalg.lapack import dtrcon

    normal = prior.gaussian(p)
    if normal is None:
        return
    root = normal.matrix
    yield holds(normal.mean.shape == (p,), "the shape of the mean")
    yield holds(np.array_equal(root, np.tril(root)), "the root of the covariance has to be lower triangular")
    yield holds(bool((np.diag(root) > 0).all()), "the root of the covariance is singular")
    condition = 1 / max(float(dtrcon(root, uplo="L")[0]), np.finfo(float).tiny)
    for w in points(prior, p) if places is None else places:
        u = solve_triangular(root, w - normal.mean, lower=True)
        theirs = float(-0.5 * (u @ u) - np.log(np.diag(root)).sum() - 0.5 * p * np.log(2 * np.pi))
        size = (abs(theirs) + p) * condition
        yield Seen(
            abs(prior.log_density(w) - theirs) if prior.log_density(w) != theirs else 0.0,
            gamma(OPERATIONS * p) * size,
            f"mean and root give the log density {theirs:.6g} at {shown(w)}, log_density {prior.log_density(w):.6g}",
        )


def curvature_is_the_slopes(
    prior: Prior, p: int = 3, places: Iterable[Vector] | None = None, columns: Sequence[int] | None = None
) -> Comparisons:
    """The stated curvature is symmetric and that of the slope, by differences over a longer step.

    Not asked where none is stated: it is then made of such differences.
    """
    stated = type(prior).curvature is not Prior.curvature or prior.gaussian(p) or prior.piecewise_quadratic(p)
    if prior.no_mode or not stated:
        return
    for w in points(prior, p)[1:] if places is None else places:
        H = prior.curvature(w)
        yield holds(H.shape == (p, p), f"the curvature has shape {H.shape}, and has to have {(p, p)}")
        if H.shape != (p, p):
            return
        across = np.sqrt(np.abs(np.outer(np.diag(H), np.diag(H))))
        yield Seen(
            float((np.abs(H - H.T) - gamma(OPERATIONS) * across).max()), 0.0, f"it is not symmetric at {shown(w)}"
        )
        size = np.abs(prior.slope(w)).max() / np.abs(w - prior.centre(p)).min() + np.abs(H).max()
        for j in range(p) if columns is None else columns:
            step = np.where(np.arange(p) == j, 1e-4 * np.abs(w[j]), 0.0)
            once = (prior.slope(w + step) - prior.slope(w - step)) / (2 * step[j])
            twice = (prior.slope(w + 2 * step) - prior.slope(w - 2 * step)) / (4 * step[j])
            # truncation is the square of the step; rounding of two slopes over it
            off = np.abs(H[:, j] - once) - np.abs(twice - once)
            yield Seen(float(off.max()), 1e-6 * float(size), f"its column {j} against differences at {shown(w)}")


def lengths_are_lengths(prior: Prior, p: int = 3, places: Iterable[Vector] | None = None) -> Comparisons:
    """With every length doubled, slopes twice as long have the same penalty."""
    if prior.no_mode:
        return
    double = wider(prior, 2.0)
    stated = ", ".join(prior.lengths) or "none"
    for w in points(prior, p) if places is None else places:
        ours, theirs = prior.penalty(w), double.penalty(2 * w)
        yield Seen(
            abs(ours - theirs),
            gamma(OPERATIONS * p) * (abs(ours) + abs(theirs) + p),
            f"with all lengths doubled ({stated}: see `lengths`) the penalty of 2w is {theirs:.6g}, not {ours:.6g}",
        )


def stationarity_is_the_slope(prior: Prior, p: int = 3) -> Comparisons:
    """Off the kinks stationarity is |gradient + penalty'|, with penalty' from central differences."""
    yield from slope_at(prior, points(prior, p)[1:], p)


def slope_at(prior: Prior, places: Iterable[Vector], p: int, columns: Sequence[int] | None = None) -> Comparisons:
    """The same at any places off the kinks, over the slopes ``columns`` alone where they are named."""
    asked = list(range(p) if columns is None else columns)
    for w in places:
        slope, error = np.zeros(p), np.zeros(p)
        for j in asked:
            along = np.zeros(p)
            along[j] = abs(w[j]) * UNIT_ROUNDOFF ** (1 / 3)  # where truncation and rounding are balanced
            h = (w[j] + along[j]) - w[j]
            along[j] = h
            once = (prior.penalty(w + along) - prior.penalty(w - along)) / (2 * h)
            twice = (prior.penalty(w + 2 * along) - prior.penalty(w - 2 * along)) / (4 * h)
            slope[j] = once
            # the longer step truncates four times as much as the shorter, so their difference is three times
            # what is left in the shorter; the rounding is that of two penalties of a rounded argument
            size = max(abs(prior.penalty(w)), abs(prior.penalty(w + 2 * np.abs(w))))
            error[j] = abs(twice - once) + gamma(OPERATIONS * p) * (size + _parts(prior, p)) / h
        if not np.isfinite(slope).all():
            continue  # an edge between the two ends of a difference
        for push in (np.zeros(p), slope, -slope, -3 * slope):
            off = np.abs(prior.stationarity(w, push) - np.abs(push + slope))
            allowed = error + gamma(OPERATIONS) * np.abs(slope)
            j = max(asked, key=lambda j: off[j] - allowed[j] if off[j] == off[j] else math.inf)
            yield Seen(
                float(off[j]), float(allowed[j]), f"at {shown(w)} the slope of the penalty over w_{j} is {slope[j]:.6g}"
            )


def _parts(prior: Prior, p: int) -> float:
    """What a penalty may be made of that cancels where it is small: the constant of a density that is no power."""
    return 0.0 if prior.convex else float(p)
