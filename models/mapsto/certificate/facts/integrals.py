"""A density integrates to one: slope by slope, or where these are coupled over two of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mapsto.certificate.facts.places import widths
from mapsto.certificate.facts.prior import OPERATIONS
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.data.statistics import Matrix, Vector
from mapsto.priors.base import Prior
from mapsto.rounding import gamma

QUADRANT = 40  # directions within a quarter turn
FEW = 4  # of them, where a run asks
SLOW = 1e-3  # what every fourth node of the finer rule misses, where the rule does not converge fast


def density_integrates_to_one(prior: Prior, p: int = 3) -> Comparisons:
    """The integral of an improper density is not finite; that of any other is one."""
    if not prior.proper:
        yield _does_not_fall(prior, p)
    elif prior.no_mode:
        yield _of_one_slope(prior)
    elif prior.separable:
        for j in range(p):
            one = prior.marginal(j, p)
            if one is None:
                yield holds(False, f"it is separable, and slope {j} has no marginal")
            else:
                yield _of_one_slope(one)
    else:
        yield of_two(prior)


def own_density_integrates_to_one(prior: Prior, p: int) -> Comparisons:
    """The same at the cost of a run: the first and the last slope alone, or over two slopes in few directions.

    A Normal density has its integral by its mean and root, with which it is compared elsewhere. Coupled slopes with
    parameters of their own are looked at in the prior's first example of two.
    """
    if not prior.proper:
        yield _does_not_fall(prior, p)
    elif prior.separable:
        ones = {one for j in (0, p - 1) if (one := prior.marginal(j, p)) is not None}
        for one in ones:
            yield _of_one_slope(one)
    elif prior.gaussian(p) is None and not prior.no_mode:
        yield of_two(alike_for_two(prior), FEW)


def alike_for_two(prior: Prior) -> Prior:
    """The prior itself where no parameter has a number for each slope, else the first example of two slopes."""
    own = not any(isinstance(value, tuple) for value in prior.params.values())
    return prior if own else type(prior).examples(2)[0]


def _does_not_fall(prior: Prior, p: int) -> Seen:
    """Along a ray r^p times an improper density does not vanish; that of a proper one has to, or it has no integral."""
    far = widths(prior, p)
    near, beyond = (prior.log_density(prior.centre(p) + scale * far) + p * np.log(scale) for scale in (1e6, 1e12))
    up = prior.log_density(prior.centre(p) + 1e-12 * far) - p * np.log(1e12)
    down = prior.log_density(prior.centre(p) + 1e-6 * far) - p * np.log(1e6)
    return holds(
        bool(beyond >= near - 1e-9 or up >= down - 1e-9), "it is called improper, and its density has an integral"
    )


def _rays(step: float) -> tuple[Vector, Vector, Vector]:
    """Distances exp(pi/2 sinh t), the rule's weights, and t."""
    t = np.arange(-4.0, 4.0 + step, step)
    away = np.exp(np.pi / 2 * np.sinh(t))
    return away, step * away * np.pi / 2 * np.cosh(t), t


def along(log_density: Callable[[float], float], step: float, power: int) -> tuple[float, float, float]:
    """The integral of r^power exp(log_density(r)) over r > 0, its size for rounding, and what twice the step misses.

    The double-exponential rule converges far below rounding even where the density has a kink or a pole at r = 0 or
    tails like 1 / r^2 (Takahasi & Mori 1974, section 4). Where it is less smooth elsewhere, twice the step tells.
    """
    away, weights, t = _rays(step)
    logs = np.array([log_density(r) for r in away]) + power * np.log(away)
    inside = np.isfinite(logs)
    terms = np.zeros(len(t))
    terms[inside] = weights[inside] * np.exp(logs[inside])
    # the exponential turns an absolute error of the log into a relative one, and so it does at the node
    size = (terms[inside] * (2 + np.abs(logs[inside]) + np.abs(np.sinh(t[inside])))).sum()
    total = float(terms.sum())
    every_second = abs(total - 2 * float(terms[::2].sum()))
    every_fourth = max(abs(total - 4 * float(terms[k::4].sum())) for k in range(4))
    # where the density has a kink or an edge off zero both converge slowly, and the first may be small by chance
    return total, float(size), every_fourth if every_fourth > SLOW * total else every_second


def _of_one_slope(prior: Prior) -> Seen:
    c, width = float(prior.centre(1)[0]), float(widths(prior, 1)[0])
    sides = [along(_ray(prior, np.array([c]), np.array([sign * width])), 1 / 64, 0) for sign in (1, -1)]
    total, size, missed = (width * sum(parts) for parts in zip(*sides, strict=True))
    return Seen(
        abs(total - 1),
        gamma(2 * OPERATIONS * 513) * size + missed,
        f"the density of one slope integrates to {total:.9g}",
    )


def _ray(prior: Prior, c: Vector, d: Vector) -> Callable[[float], float]:
    return lambda r: prior.log_density(c + r * d)


def of_two(prior: Prior, directions: int = QUADRANT) -> Seen:
    """In polar coordinates about the centre: along each ray as for one slope, over the directions by Gauss-Legendre.

    A kink or a pole at the centre, or kinks along the axes, are then ends of what is integrated.
    """
    p = 2
    normal, c = prior.gaussian(p), prior.centre(p)
    L = _round(prior, c) if normal is None else normal.matrix
    volume = float(np.abs(np.linalg.det(L)))
    totals, size, missed = [], 0.0, 0.0
    for nodes in (directions * 3 // 4, directions):
        x, weights = np.polynomial.legendre.leggauss(nodes)
        total = 0.0
        for quarter in range(4):
            for angle, weight in zip((quarter + (x + 1) / 2) * np.pi / 2, weights * np.pi / 4, strict=True):
                d = L @ np.array([np.cos(angle), np.sin(angle)])
                one, parts, left = along(_ray(prior, c, d), 1 / 16, 1)
                total += weight * volume * one
                if nodes == directions:
                    size, missed = size + weight * volume * parts, missed + weight * volume * left
        totals.append(total)
    allowed = gamma(2 * OPERATIONS * 129 * 4 * directions) * size + missed + abs(totals[1] - totals[0])
    return Seen(abs(totals[1] - 1), allowed, f"the density of two slopes integrates to {totals[1]:.9g}")


def _round(prior: Prior, c: Vector) -> Matrix:
    """Coordinates in which the density is about as wide in all directions: from its curvature, else from its widths."""
    if not prior.kinked and prior.is_parabola_at_centre(len(c)):
        with np.errstate(all="ignore"):
            H = prior.curvature(c)
        if np.isfinite(H).all() and (np.linalg.eigvalsh(H) > 0).all():
            root: Matrix = np.linalg.cholesky(np.linalg.inv(H))
            return root
    return np.diag(widths(prior, len(c)))


def marginal_of_two(prior: Prior) -> Comparisons:
    """The density of one of two coupled slopes, where it is stated, is the integral of the joint one over the other."""
    c, width = prior.centre(2), widths(prior, 2)
    for j in (0, 1):
        alone = prior.marginal(j, 2)
        if alone is None:
            continue
        for share in (0.4, -1.3, 2.5):
            at = c + np.where(np.arange(2) == j, share * width, 0.0)
            stated = alone.log_density(at[j : j + 1])
            if not np.isfinite(stated):
                continue
            sides = [
                along(_ray(prior, at, np.where(np.arange(2) == j, 0.0, sign * width)), 1 / 32, 0) for sign in (1, -1)
            ]
            other = float(width[1 - j])
            total, size, missed = (other * sum(parts) for parts in zip(*sides, strict=True))
            height = float(np.exp(stated))
            yield Seen(
                abs(total - height),
                gamma(2 * OPERATIONS * 513) * (size + height) + missed,
                f"marginal gives slope {j} the density {height:.9g} at {at[j]:.4g}, and over the other slope the "
                f"density integrates to {total:.9g}",
            )
