"""What a prior states of its shape: absolute values and squares, lengths of groups, densities of single slopes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from mapsto.certificate.facts.integrals import marginal_of_two
from mapsto.certificate.facts.places import points, raw_points, shown, widths
from mapsto.certificate.facts.prior import OPERATIONS
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.data.statistics import Vector
from mapsto.priors.base import Prior
from mapsto.rounding import gamma


def shape_at(prior: Prior, places: Iterable[Vector], p: int) -> Comparisons:
    """What ``piecewise_quadratic`` and ``group_norms`` state, where they state something, is the penalty."""
    shape, norms = prior.piecewise_quadratic(p), prior.group_norms(p)
    for w in places:
        ours = prior.penalty(w)
        parts = []
        if shape is not None:
            rise = np.where(w >= 0, shape.l1, shape.down) @ np.abs(w) + 0.5 * float(shape.l2 @ w**2)
            past = shape.nonnegative and bool((w < 0).any())
            parts.append(("piecewise_quadratic", math.inf if past else float(rise)))
        if norms is not None:
            lengths = [float(np.linalg.norm(w[list(block)])) for block in norms.groups]
            parts.append(("group_norms", float(norms.rates @ lengths)))
        for name, theirs in parts:
            off = 0.0 if ours == theirs else abs(ours - theirs)
            size = abs(ours) + abs(theirs) if math.isfinite(ours) and math.isfinite(theirs) else 0.0
            yield Seen(
                off,
                gamma(2 * OPERATIONS * p) * size,
                f"{name} gives the penalty {theirs:.6g} at {shown(w)}, and penalty {ours:.6g}",
            )


def shape_is_the_penalty(prior: Prior, p: int = 3) -> Comparisons:
    """The stated shape is the penalty's; and a penalty of absolute values and squares states that it is one."""
    yield from shape_at(prior, [*points(prior, p), *raw_points(prior, p)], p)
    yield from shape_is_stated(prior, p)


def shape_is_stated(prior: Prior, p: int, columns: Sequence[int] | None = None) -> Comparisons:
    """A kinked penalty that is made of absolute values and squares along the slopes ``columns`` says so."""
    if prior.no_mode or not prior.kinked or prior.piecewise_quadratic(p) is not None or prior.group_norms(p):
        return
    found = _quadratic(prior, p, range(p) if columns is None else columns)
    yield holds(
        found is None,
        f"the penalty is made of absolute values and squares ({found}): state `piecewise_quadratic`, so that modes "
        "with exact zeros are found",
    )


def _quadratic(prior: Prior, p: int, columns: Sequence[int]) -> str | None:
    """The slope at zero and the curvature of the first slope, where all slopes are pieces of parabolas; else None."""
    if not prior.separable or prior.centre(p).any():
        return None
    said = None
    for j in columns:
        u = float(widths(prior, p)[j])
        for sign in (1.0, -1.0):
            at = np.where(np.arange(p) == j, sign * u, 0.0)
            here = prior.penalty(0 * at)
            if not math.isfinite(prior.penalty(at)):
                continue
            rises = np.array([prior.penalty(k * at) - here for k in (0.5, 1.0, 2.0, 40.0)])
            l2 = (rises[2] - 2 * rises[1]) / u**2
            l1 = rises[1] / u - 0.5 * l2 * u
            expected = np.array([l1 * k * u + 0.5 * l2 * (k * u) ** 2 for k in (0.5, 1.0, 2.0, 40.0)])
            if not (np.abs(rises - expected) <= 1e-9 * (np.abs(rises) + abs(l1) * u)).all() or l2 < -1e-9 * abs(l1) / u:
                return None
            said = said or f"slope {l1:.6g} and curvature {max(l2, 0.0):.6g} for w_{j}"
    return said


def marginals_at(prior: Prior, places: Iterable[Vector], p: int) -> Comparisons:
    """Where slopes are independent the densities of each alone multiply to that of all."""
    if not prior.separable or prior.no_mode:
        return
    ones = [prior.marginal(j, p) for j in range(p)]
    if any(one is None for one in ones):
        yield holds(False, "it is separable, and `marginal` gives None for a slope")
        return
    for w in places:
        ours = prior.log_density(w)
        each = [one.log_density(w[j : j + 1]) for j, one in enumerate(ones) if one is not None]
        theirs = float(np.sum(each))
        yield Seen(
            0.0 if ours == theirs else abs(ours - theirs),
            gamma(2 * OPERATIONS * p) * (float(np.abs(each).sum()) + p) if math.isfinite(ours + theirs) else 0.0,
            f"the marginals multiply to a log density of {theirs:.6g} at {shown(w)}, and log_density is {ours:.6g}",
        )


def marginals_are_the_density(prior: Prior, p: int = 3) -> Comparisons:
    """Densities of one slope multiply to that of all; where slopes are coupled, each is the integral over the other."""
    if prior.separable or prior.no_mode:
        yield from marginals_at(prior, points(prior, p), p)
    elif prior.proper:
        yield from marginal_of_two(prior)
