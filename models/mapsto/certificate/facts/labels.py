"""The words that a prior says of itself: kinked, convex, separable, ordered. Each is contradicted by numbers alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from mapsto.certificate.facts.kinks import at_zero, one_sided
from mapsto.certificate.facts.places import points, widths
from mapsto.certificate.facts.prior import OPERATIONS
from mapsto.certificate.facts.seen import Comparisons, holds
from mapsto.data.statistics import Vector
from mapsto.priors.base import Prior
from mapsto.rounding import gamma

EXAMPLE = 4  # slopes of an example that is looked at
LINE = np.linspace(-2.5, 2.5, 61)  # powers of ten of a width, along a slope


def is_labelled_right(prior: Prior, p: int = 3, columns: Sequence[int] | None = None) -> Comparisons:
    """Whether it is convex, has kinks, couples its slopes and minds their order is as its penalty says.

    Looked at along the slopes ``columns``, by default all.
    """
    if prior.no_mode:
        return
    asked = list(range(p) if columns is None else columns)
    alike = not any(isinstance(value, tuple) for value in prior.params.values())
    whole = alike or len(asked) == p  # else what is not seen along some slopes may be along others
    sharp = _is_sharp(prior, p, asked)
    yield holds(
        prior.kinked == sharp or (prior.kinked and (not whole or _any_example(prior, p, _is_sharp))),
        "the penalty has a kink or an edge at zero: say `kinked = True`, and its shape by `piecewise_quadratic` or "
        "`group_norms` if it is made of absolute values, squares and signs"
        if sharp
        else "the penalty has no kink and no edge at zero: leave out `kinked = True`",
    )
    bulges = prior.gaussian(p) is None and _bulges(prior, p, asked)  # minus the log of a Normal density has none
    yield holds(
        prior.convex == (not bulges) or not (prior.convex or (whole and not _any_example(prior, p, _bulges))),
        "the penalty is not convex: say `convex = False`"
        if bulges
        else "no place was found where the penalty is not convex: leave out `convex = False`",
    )
    if p > 1:
        alone = is_separable(prior, p, asked)
        yield holds(
            prior.separable == alone or not (prior.separable or (whole and not _any_example(prior, p, _couples))),
            "the penalty is a sum over slopes: leave out `separable = False`"
            if alone
            else "the penalty is no sum over slopes: say `separable = False`",
        )
        moves = _minds_order(prior, p)
        if alike:
            yield holds(
                not moves or prior.ordered, "the penalty changes with the order of the slopes: say `ordered = True`"
            )
        yield holds(
            moves or not prior.ordered or _any_example(prior, p, _minds_order),
            "the penalty is the same in any order of the slopes: leave out `ordered = True`",
        )


def _any_example(prior: Prior, p: int, is_so: Callable[[Prior, int, Sequence[int]], bool]) -> bool:
    """Whether an example of its class is so: what a class says is then right, although this instance is tamer."""
    few = min(p, EXAMPLE)
    alike = [one for one in type(prior).examples(few) if not any(isinstance(v, tuple) for v in one.params.values())]
    return any(is_so(one, few, range(few)) for one in alike)


def _is_sharp(prior: Prior, p: int, asked: Sequence[int]) -> bool:
    """Whether the penalty has a kink or an edge at zero along one of these slopes."""
    for w in at_zero(prior, p):
        for j in asked:
            at = np.where(np.arange(p) == j, 0.0, w)
            if math.isfinite(prior.penalty(at)):
                low, high, error = one_sided(prior, at, j)
                if high - low > 2 * error:
                    return True
    return False


def _couples(prior: Prior, p: int, asked: Sequence[int]) -> bool:
    return not is_separable(prior, p, asked)


def _minds_order(prior: Prior, p: int, asked: Sequence[int] = ()) -> bool:
    """Whether another order of the slopes has another penalty."""
    del asked
    for w in points(prior, p)[1:4]:
        ours = prior.penalty(w)
        for other in (w[::-1], np.roll(w, 1), np.concatenate([w[1::-1], w[2:]])):
            theirs = prior.penalty(other)
            if abs(theirs - ours) > gamma(OPERATIONS * p) * (abs(ours) + abs(theirs) + p):
                return True
    return False


def _bulges(prior: Prior, p: int, asked: Sequence[int]) -> bool:
    whole = len(asked) == p
    ends = [w for w in points(prior, p)[: None if whole else 4] if math.isfinite(prior.penalty(w))]
    pairs = list(combinations(ends, 2))
    c, u = prior.centre(p), widths(prior, p)
    for j in asked:
        for sign in (-1.0, 1.0):
            along = np.where(np.arange(p) == j, sign * u, 0.0)
            line = [c + along * 10.0**power for power in (LINE if whole else LINE[::4])]
            pairs += [(a, b) for gap in ((1, 4) if whole else (1,)) for a, b in zip(line, line[gap:], strict=False)]
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


def is_separable(prior: Prior, p: int, columns: Sequence[int] | None = None) -> bool:
    """Whether the penalty of all slopes is the sum of those of each with the others at the centre.

    With ``columns`` the other slopes stay at the centre.
    """
    c = prior.centre(p)
    least = prior.penalty(c)
    held = np.zeros(p, dtype=bool) if columns is None else ~np.isin(np.arange(p), columns)
    for w in (np.where(held, c, place) for place in points(prior, p)[1:4]):
        moved = np.flatnonzero(w != c)
        each = [prior.penalty(np.where(np.arange(p) == j, w, c)) - least for j in moved]
        together = prior.penalty(w) - least
        size = float(np.abs(each).sum()) + abs(together) + p
        if abs(together - sum(each)) > gamma(OPERATIONS * p) * size:
            return False
    return True
