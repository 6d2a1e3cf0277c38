"""What a prior's facts have to say of each other: the density, the penalty, its slope and its curvature are one thing.

Each function yields comparisons. What is allowed is gamma, the rounding error of the operations at hand, times the
size of what was added up, and the truncation of a difference where one is taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from mapsto.certificate.facts.places import points, raw_points, shown, wider, widths
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.data.statistics import Vector
from mapsto.priors.base import Prior
from mapsto.rounding import UNIT_ROUNDOFF, gamma

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
    pull = abs(prior.penalty(prior.centre(p)))
    yield Seen(pull, gamma(OPERATIONS * p) * p, "the penalty at the centre, where it has to be zero")
    for w in raw_points(prior, p):
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
        theirs = prior.expression(w, np, p)
        if theirs is None:
            return
        yield holds(np.ndim(theirs) == 0, "the expression is for each slope and not the sum over all")
        if np.ndim(theirs) == 0:
            size = abs(ours) + abs(float(theirs)) + abs(prior.penalty(w)) + p
            yield Seen(
                abs(ours - float(theirs)),
                gamma(OPERATIONS * p) * size,
                f"the expression is {float(theirs):.6g} and log_density {ours:.6g} at {shown(w)}",
            )


def expression_is_the_density(prior: Prior, p: int = 3) -> Comparisons:
    """The expression over an array namespace, where there is one, is log_density: a scalar, constant included."""
    if prior.expression(prior.centre(p), np, p) is None:
        yield holds(prior.family(p) is not None, "it has neither a family nor an expression")
    yield from expression_at(prior, points(prior, p), p)


def gaussian_is_the_density(prior: Prior, p: int = 3) -> Comparisons:
    """Mean and root of the covariance, where they are stated, give the density."""
    from scipy.linalg import solve_triangular

    normal = prior.gaussian(p)
    if normal is None:
        return
    root = normal.matrix
    yield holds(normal.mean.shape == (p,), "the shape of the mean")
    yield holds(np.array_equal(root, np.tril(root)), "the root of the covariance has to be lower triangular")
    yield holds(bool((np.diag(root) > 0).all()), "the root of the covariance is singular")
    for w in points(prior, p):
        u = solve_triangular(root, w - normal.mean, lower=True)
        theirs = float(-0.5 * (u @ u) - np.log(np.diag(root)).sum() - 0.5 * p * np.log(2 * np.pi))
        size = (abs(theirs) + p) * float(np.linalg.cond(root))
        yield Seen(
            abs(prior.log_density(w) - theirs),
            gamma(OPERATIONS * p) * size,
            f"mean and root give the log density {theirs:.6g} at {shown(w)}, log_density {prior.log_density(w):.6g}",
        )


def curvature_is_the_slopes(prior: Prior, p: int = 3) -> Comparisons:
    """The stated curvature is symmetric and that of the slope, by differences over a longer step."""
    if prior.no_mode:
        return
    for w in points(prior, p)[1:]:
        H = prior.curvature(w)
        yield holds(H.shape == (p, p), f"the curvature has shape {H.shape}, and has to have {(p, p)}")
        if H.shape != (p, p):
            return
        across = np.sqrt(np.abs(np.outer(np.diag(H), np.diag(H))))
        yield Seen(
            float((np.abs(H - H.T) - gamma(OPERATIONS) * across).max()), 0.0, f"it is not symmetric at {shown(w)}"
        )
        size = np.abs(prior.slope(w)).max() / np.abs(w - prior.centre(p)).min() + np.abs(H).max()
        for j in range(p):
            step = np.where(np.arange(p) == j, 1e-4 * np.abs(w[j]), 0.0)
            once = (prior.slope(w + step) - prior.slope(w - step)) / (2 * step[j])
            twice = (prior.slope(w + 2 * step) - prior.slope(w - 2 * step)) / (4 * step[j])
            # truncation is the square of the step; rounding of two slopes over it
            off = np.abs(H[:, j] - once) - np.abs(twice - once)
            yield Seen(float(off.max()), 1e-6 * float(size), f"its column {j} against differences at {shown(w)}")


def lengths_are_lengths(prior: Prior, p: int = 3) -> Comparisons:
    """With every length doubled, slopes twice as long have the same penalty."""
    if prior.no_mode:
        return
    double = wider(prior, 2.0)
    stated = ", ".join(prior.lengths) or "none"
    for w in points(prior, p):
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


def stationarity_holds_kinks(prior: Prior, p: int = 3) -> Comparisons:
    """At zero, stationarity is the distance of minus the gradient to what lies between the slopes on either side.

    Looked at with the other slopes off zero, and with all at zero.
    """
    if prior.no_mode:
        return
    for w in _at_zero(prior, p):
        for j in range(p):
            at = np.where(np.arange(p) == j, 0.0, w)
            if not math.isfinite(prior.penalty(at)):
                continue
            low, high, error = one_sided(prior, at, j)
            sharp = high - low if math.isfinite(high - low) else _finite(high, low) + 1 / widths(prior, p)[j]
            pulls = []
            if math.isfinite(high):
                pulls += [high, high - 0.1 * sharp, high - 0.5 * sharp, high + 0.5 * sharp + 1]
            if math.isfinite(low):
                pulls += [low, low + 0.1 * sharp, low - 0.5 * sharp - 1]
            for pull in pulls:
                expected = max(low - pull, pull - high, 0.0)
                gradient = np.where(np.arange(p) == j, -pull, 0.0)
                found = prior.stationarity(at, gradient)[j]
                yield Seen(
                    abs(float(found) - expected),
                    error + gamma(OPERATIONS) * abs(pull),
                    f"at {shown(at)} the slopes of the penalty over w_{j} are {low:.4g} and {high:.4g}; pulled by "
                    f"{pull:.4g} it is {expected:.4g} from stationary, and stationarity says {float(found):.4g}",
                )
    yield from _holds_no_more_than_it_may(prior, p)


def _holds_no_more_than_it_may(prior: Prior, p: int) -> Comparisons:
    """Where all slopes are held at zero, no direction is downhill: v . d <= phi'(0; d) for each v that is held."""
    if not (prior.kinked and prior.convex) or p < 2 or not math.isfinite(prior.penalty(np.zeros(p))):
        return
    rng = np.random.default_rng(5)
    step = 1e-6 * widths(prior, p)
    directions = rng.choice([-1.0, 1.0], (12, p)) * rng.uniform(0.2, 1.0, (12, p))
    here = prior.penalty(np.zeros(p))
    rises = [(prior.penalty(step * d) - here, prior.penalty(2 * step * d) - here) for d in directions]
    for v in directions / widths(prior, p):
        held, free = 0.0, 1e3 * p
        for _ in range(40):
            middle = (held + free) / 2
            if (prior.stationarity(np.zeros(p), -middle * v) == 0).all():
                held = middle
            else:
                free = middle
        for d, (once, twice) in zip(directions, rises, strict=True):
            if not math.isfinite(twice):
                continue
            pull = held * float(v @ (step * d))
            allowed = abs(twice - 2 * once) + gamma(OPERATIONS * p) * (abs(here) + abs(once)) + 1e-9 * abs(pull)
            yield Seen(
                max(pull - once, 0.0), allowed, f"at w = 0 it holds a pull along {shown(held * v)} that leads downhill"
            )


def _finite(*values: float) -> float:
    return max((abs(one) for one in values if math.isfinite(one)), default=0.0)


def _at_zero(prior: Prior, p: int) -> list[Vector]:
    return [points(prior, p)[1], np.zeros(p)]


def one_sided(prior: Prior, w: Vector, j: int) -> tuple[float, float, float]:
    """Slopes of the penalty to the left and right of w_j, with the error of the worse; infinite past an edge.

    Difference quotients over h, 2 h and 4 h are extrapolated to h = 0 by Aitken's formula, which is exact where they
    approach their limit as a power of h, as they do for |w|^q with any q > 1, where the curvature is infinite.
    """
    p = len(w)
    h = 1e-6 * float(widths(prior, p)[j])
    here = prior.penalty(w)
    slopes, error = [], 0.0
    for sign in (-1, 1):
        ahead = [prior.penalty(w + sign * times * np.where(np.arange(p) == j, h, 0.0)) for times in (1, 2, 4)]
        if math.isinf(ahead[0]):
            slopes.append(sign * math.inf)
            continue
        one, two, four = ((value - here) / (sign * times * h) for value, times in zip(ahead, (1, 2, 4), strict=True))
        rounding = gamma(OPERATIONS * p) * (abs(here) + 1) / h
        first, second = two - one, four - two
        if not math.isfinite(four) or abs(first) <= 4 * rounding or abs(second - first) <= 4 * rounding:
            limit, off = one, 2 * abs(first) + rounding if math.isfinite(first) else math.inf
        else:
            limit = one - first**2 / (second - first)
            off = 0.1 * abs(limit - one) + rounding * (1 + abs(first / (second - first))) ** 2
            if not abs(limit - one) <= 100 * abs(one) + 100 * abs(first):  # it approaches no limit as a power does
                limit, off = one, 2 * abs(first) + rounding
        slopes.append(limit)
        error = max(error, off)
    return slopes[0], slopes[1], error


def is_labelled_right(prior: Prior, p: int = 3) -> Comparisons:
    """Whether it is convex, has kinks, and couples its slopes is as its penalty says."""
    if prior.no_mode:
        return
    sharp = False
    for w in _at_zero(prior, p):
        for j in range(p):
            at = np.where(np.arange(p) == j, 0.0, w)
            if math.isfinite(prior.penalty(at)):
                low, high, error = one_sided(prior, at, j)
                sharp |= bool(high - low > 2 * error)
    yield holds(prior.kinked == sharp, f"kinked is {prior.kinked}, and at zero the penalty says {sharp}")
    bulges = _bulges(prior, p)
    yield holds(prior.convex == (not bulges), f"convex is {prior.convex}, and the penalty says {not bulges}")
    alone = is_separable(prior, max(p, 2))
    yield holds(prior.separable == alone, f"separable is {prior.separable}, and the density says {alone}")


def _bulges(prior: Prior, p: int) -> bool:
    ends = [w for w in points(prior, p) if math.isfinite(prior.penalty(w))]
    pairs = [(a, b) for a in ends for b in ends]
    c, u = prior.centre(p), widths(prior, p)
    for j in range(p):
        for sign in (-1.0, 1.0):
            along = np.where(np.arange(p) == j, sign * u, 0.0)
            line = [c + along * 10.0**power for power in np.linspace(-2.5, 2.5, 61)]
            pairs += [(a, b) for gap in (1, 4) for a, b in zip(line, line[gap:], strict=False)]
    return any(_bulge(prior, a, b, p) for a, b in pairs)


def _bulge(prior: Prior, a: Vector, b: Vector, p: int) -> bool:
    chord = (prior.penalty(a) + prior.penalty(b)) / 2
    middle = (a + b) / 2
    inside = prior.penalty(middle)
    if not (math.isfinite(chord) and math.isfinite(inside)):
        return math.isfinite(chord)
    # the middle itself is rounded, which moves the penalty by its slope times that
    steep = prior.stationarity(a, 0 * a)
    slack = gamma(OPERATIONS * p) * (
        abs(chord) + abs(inside) + np.abs(a) @ np.where(np.isfinite(steep), steep, 0.0) + p
    )
    return bool(inside > chord + slack)


def is_separable(prior: Prior, p: int) -> bool:
    """Whether the penalty of all slopes is the sum of those of each with the others at the centre."""
    c = prior.centre(p)
    least = prior.penalty(c)
    for w in points(prior, p)[1:4]:
        each = [prior.penalty(np.where(np.arange(p) == j, w, c)) - least for j in range(p)]
        together = prior.penalty(w) - least
        size = float(np.abs(each).sum()) + abs(together) + p
        if abs(together - sum(each)) > gamma(OPERATIONS * p) * size:
            return False
    return True
