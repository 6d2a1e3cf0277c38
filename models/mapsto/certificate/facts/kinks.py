"""What a penalty does at zero: where it has a kink or an edge, and whether the stationarity there says so."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mapsto.certificate.facts.places import points, shown, widths
from mapsto.certificate.facts.prior import OPERATIONS
from mapsto.certificate.facts.seen import Comparisons, Seen
from mapsto.data.statistics import Vector
from mapsto.priors.base import Prior
from mapsto.rounding import gamma

STEEPER = 1.02  # by which a slope grows, as half the step is taken, where it has no limit


def stationarity_holds_kinks(prior: Prior, p: int = 3, columns: Sequence[int] | None = None) -> Comparisons:
    """At zero, stationarity is the distance of minus the gradient to what lies between the slopes on either side.

    Looked at with the other slopes off zero, and with all at zero; over the slopes ``columns``, by default all.
    """
    if prior.no_mode:
        return
    for w in at_zero(prior, p):
        for j in range(p) if columns is None else columns:
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
    if columns is None:
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


def at_zero(prior: Prior, p: int) -> list[Vector]:
    """Slopes off zero, and all at zero: where one of them at a time is put at zero."""
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
        if two * four > 0 and one / two > STEEPER and abs(one / two * four / two - 1) < STEEPER - 1:
            slopes.append(sign * math.inf if sign * one > 0 else -sign * math.inf)  # as a power of h below 0
            continue
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
