"""What a likelihood's facts have to say of each other: density, loss, gradient, curvature and simulation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.data.statistics import Vector
from mapsto.likelihoods.base import Likelihood
from mapsto.rounding import UNIT_ROUNDOFF, gamma

OPERATIONS = 64
NODES = 4_001
NEXT = (-(2.0**-27), -(2.0**-31), -(2.0**-45), 2.0**-45, 2.0**-33, 2.0**-29)
"""How far from a predictor those next to it are, relative to it: what is no rounding hardly moves over that."""
NOISY = 10.0
"""How much further apart two sums may be than seven neighbours: few, which may happen to round alike."""


def rows(one: Likelihood, n: int = 30, seed: int = 5) -> tuple[Vector, Vector, Vector]:
    """Responses that the likelihood can give, linear predictors and weights, each of shape (n,)."""
    rng = np.random.default_rng(seed)
    eta, q = rng.standard_normal(n) * 3, rng.uniform(0.3, 4.0, n)
    if counts(one):
        q = np.ceil(q)  # numbers of trials are whole
    return one.simulate(rng.standard_normal(n) * 3, rng, q), eta, q


def counts(one: Likelihood) -> bool:
    """Whether responses are whole numbers: a weight then counts trials or rows, and a row of it has no density."""
    drawn = one.simulate(np.full(200, 0.3), np.random.default_rng(1), 1.0)
    return bool(np.array_equal(drawn, np.round(drawn)))


def _worst(off: Vector, allowed: Vector, what: str) -> Seen:
    i = int(np.argmax(off / np.maximum(allowed, np.finfo(float).tiny)))
    if np.isnan(off).any():
        i = int(np.argmax(np.isnan(off)))
    return Seen(float(off[i]), float(allowed[i]), f"{what}, in row {i}")


def _constant(one: Likelihood, y: Vector, etas: tuple[Vector, ...], q: Vector) -> Comparisons:
    """loss / factor + log density of each row is one number, whatever eta is.

    Parts of it may cancel, whose rounding no size of the sum tells. It is seen in how the sum jumps between predictors
    that are all but the same: Moré & Wild (2011), "Estimating computational noise", SIAM J. Sci. Comput. 33(3).
    """

    def constant(eta: Vector) -> Vector:
        return np.asarray(one.loss(y, eta, q) / one.factor + one.log_density(y, eta, q))

    kept = [constant(eta) for eta in etas]
    # what parts that cancel lose shows next to each predictor, where the constant would else be the same
    near = [[constant(eta * (1 + step)) for step in NEXT] for eta in etas]
    noise = [np.max([np.abs(k - o) for o in others], axis=0) for k, others in zip(kept, near, strict=True)]
    sizes = [np.abs(k) + np.abs(one.log_density(y, eta, q)) for k, eta in zip(kept, etas, strict=True)]
    for k, size, own in zip(kept[1:], sizes[1:], noise[1:], strict=True):
        yield _worst(
            np.abs(k - kept[0]),
            gamma(OPERATIONS) * (1 + size + sizes[0]) + NOISY * (own + noise[0]),
            "loss / factor + log density is not the same for two linear predictors",
        )


def loss_is_what_moves_of_the_density(one: Likelihood) -> Comparisons:
    """loss / factor + log density is one constant a row, whatever eta is."""
    y, eta, q = rows(one)
    yield from _constant(one, y, (eta, eta + 1.0, 0.3 * eta, -eta), q)


def _derivatives(one: Likelihood, y: Vector, eta: Vector, q: Vector) -> Comparisons:
    h = UNIT_ROUNDOFF ** (1 / 3) * (1 + np.abs(eta))
    ahead, behind = eta + h, eta - h
    far, back = eta + 2 * h, eta - 2 * h
    smooth = np.abs(y - eta) > 3 * h if one.kinked else np.ones(len(y), dtype=bool)

    facts: tuple[tuple[str, Vector, Callable[[Vector], Vector]], ...] = (
        ("gradient", one.gradient(y, eta, q), lambda e: -one.log_density(y, e, q)),
        ("curvature", one.curvature(y, eta, q), lambda e: one.gradient(y, e, q)),
    )
    for what, stated, of in facts:
        found = (of(ahead) - of(behind)) / (ahead - behind)
        twice = (of(far) - of(back)) / (far - back)
        # the longer step truncates four times as much; the rest is the rounding of two values over the step
        size = np.abs(of(eta)) + np.abs(of(far)) + np.abs(of(back)) + np.abs(found) * np.abs(eta) + 1
        allowed = 2 * np.abs(twice - found) + gamma(OPERATIONS) * size / h + gamma(OPERATIONS) * np.abs(found)
        yield _worst(np.where(smooth, np.abs(stated - found), 0.0), allowed, f"the {what} against differences")


def derivatives_are_the_slopes(one: Likelihood) -> Comparisons:
    """Gradient and curvature against central differences, where truncation and rounding are balanced."""
    y, eta, q = rows(one)
    yield from _derivatives(one, y, eta, q)


def majoriser_lies_above(one: Likelihood) -> Comparisons:
    """The parabola through (eta, -log p) with the gradient's slope and the majoriser's curvature is never below.

    Not asked where the majoriser is the curvature itself, as for a loss that no parabola lies above.
    """
    y, eta, q = rows(one)
    yield from majoriser_at(one, y, eta, q)


def majoriser_at(one: Likelihood, y: Vector, eta: Vector, q: Vector) -> Comparisons:
    """The same at these predictors."""
    if type(one).majoriser is Likelihood.majoriser:
        return
    base, slope, above = -one.log_density(y, eta, q), one.gradient(y, eta, q), one.majoriser(y, eta, q)
    for step in (-20.0, -1.0, -1e-2, 1e-2, 0.5, 7.0):
        parabola = base + slope * step + 0.5 * above * step**2
        size = 1 + np.abs(base) + np.abs(slope * step) + np.abs(above) * step**2  # terms of size 1 may cancel in base
        over = np.maximum(-one.log_density(y, eta + step, q) - parabola, 0.0)
        yield _worst(over, gamma(OPERATIONS) * size, f"the majoriser's parabola lies below at a step of {step:g}")


def density_of_a_row_is_normalised(one: Likelihood) -> Comparisons:
    """The density of a response integrates to one, or its probabilities sum to one where it is a count."""
    rng = np.random.default_rng(3)
    for eta, q in ((0.3, 1.0), (-1.2, 1.0 if counts(one) else 2.5)):
        drawn = one.simulate(np.full(4_000, eta), rng, q)
        if np.array_equal(drawn, np.round(drawn)):
            values = np.arange(min(0, int(drawn.min()) - 50), int(drawn.max()) * 3 + 200, dtype=float)
            known = values[values >= 0] if drawn.min() >= 0 else values
            if drawn.max() <= 1 and drawn.min() >= 0:
                known = np.array([0.0, 1.0])
            total, allowed = float(np.exp(one.log_density(known, np.full(len(known), eta), q)).sum()), 1e-9
        else:
            total, allowed = _integral(one, drawn, eta, q)
        yield Seen(abs(total - 1), allowed, f"the density of one response integrates to {total:.9g} at eta = {eta:g}")


def _integral(one: Likelihood, drawn: Vector, eta: float, q: float) -> tuple[float, float]:
    """Over x = middle +- width exp(pi/2 sinh t), as for priors: x is y, or log y where every response is positive.

    On the scale of log y a density that is infinite at zero has no edge.
    """
    positive = drawn.min() > 0
    on_scale = np.log(drawn) if positive else drawn
    middle = eta if one.kinked else float(np.median(on_scale))
    width = float(np.subtract(*np.quantile(on_scale, [0.75, 0.25])))
    t = np.arange(-4.0, 4.0 + 1 / 64, 1 / 64)
    away = width * np.exp(np.pi / 2 * np.sinh(t))
    weights = away * np.pi / 2 * np.cosh(t) / 64
    total = size = missed = 0.0
    for sign in (1.0, -1.0):
        x = middle + sign * away
        logs = np.full(len(t), -np.inf)
        with np.errstate(all="ignore"):
            y = np.exp(x) if positive else x
            inside = np.isfinite(y) & ((y > 0) | (not positive))
            logs[inside] = one.log_density(y[inside], np.full(int(inside.sum()), eta), q)
        if positive:
            logs[inside] += x[inside]  # dy = y dx
        logs = np.where(np.isfinite(logs), logs, -np.inf)
        terms = weights * np.exp(logs)
        total += float(terms.sum())
        missed += float(abs(terms.sum() - 2 * terms[::2].sum()))
        finite = np.isfinite(logs)
        size += float((terms[finite] * (2 + np.abs(logs[finite]) + np.abs(np.sinh(t[finite])))).sum())
    return total, gamma(32 * len(t)) * size + missed


def simulation_has_the_density(one: Likelihood) -> Comparisons:
    """Draws have the distribution that the density says, by the DKW inequality, or the probability of each count.

    A right simulation is refused once in a million times (Massart 1990, Annals of Probability 18(3), corollary 1).
    """
    n, eta, q = 200_000, 0.5, 1.0 if counts(one) else 2.0
    drawn = np.sort(one.simulate(np.full(n, eta), np.random.default_rng(3), q))
    bound = float(np.sqrt(np.log(2 / 1e-6) / (2 * n)))
    if np.array_equal(drawn, np.round(drawn)):
        values, times = np.unique(drawn, return_counts=True)
        found = np.cumsum(times) / n
        steps = np.arange(values.min(), values.max() + 1)
        heights = np.exp(one.log_density(steps, np.full(len(steps), eta), q))
        stated = np.cumsum(heights)[np.isin(steps, values)]
        yield Seen(float(np.abs(found - stated).max()), bound + 1e-3, "the simulated counts against their probability")
        return
    # the distribution function between the quantiles of the draws, by the trapezoidal rule on a fine grid
    low, high = np.quantile(drawn, [0.001, 0.999])
    grid = np.linspace(low, high, NODES)
    heights = np.exp(one.log_density(grid, np.full(NODES, eta), q))
    cdf = np.append(0.0, np.cumsum((heights[1:] + heights[:-1]) / 2 * np.diff(grid)))
    inside = (drawn >= low) & (drawn <= high)
    share = np.searchsorted(drawn, grid, side="right") / n
    gap = (share - share[0]) - cdf
    yield Seen(
        float(np.abs(gap).max()), 2 * bound, f"the simulation of {int(inside.sum())} responses against the density"
    )


def loss_at(one: Likelihood, y: Vector, eta: Vector, q: Vector) -> Comparisons:
    """loss / factor + log density is one constant a row, at these predictors, at their mean and next to them."""
    middle = np.full(len(y), float(np.mean(eta)))
    yield from _constant(one, y, (eta, middle, eta + 0.1 * (1 + np.abs(eta))), q)


def derivatives_at(one: Likelihood, y: Vector, eta: Vector, q: Vector) -> Comparisons:
    """Gradient and curvature against central differences, at these predictors."""
    yield from _derivatives(one, y, eta, q)


def is_labelled_right(one: Likelihood) -> Comparisons:
    """Whether minus the log density is convex in the predictor is as the likelihood says."""
    y, eta, q = rows(one, n=60)
    width = np.abs(one.link(y, q) - eta).max() if one.location else 1.0
    least = min(float((one.curvature(y, eta + step * width, q)).min()) for step in (-8.0, -1.0, 0.0, 1.0, 8.0))
    yield holds(
        one.convex == (least >= 0),
        "minus the log density is not convex in eta: say `convex = False`"
        if least < 0
        else "no place was found where minus the log density is not convex: leave out `convex = False`",
    )


def facts_are_shaped(one: Likelihood) -> Comparisons:
    """Each fact gives a number for each row."""
    y, eta, q = rows(one)
    for name in ("log_density", "loss", "gradient", "curvature", "majoriser"):
        found = getattr(one, name)(y, eta, q)
        yield holds(np.shape(found) == (len(y),), f"{name} has shape {np.shape(found)}, not one number for each row")
    yield holds(one.factor > 0, "the factor is not positive")


CHECKS = (
    facts_are_shaped,
    density_of_a_row_is_normalised,
    loss_is_what_moves_of_the_density,
    derivatives_are_the_slopes,
    majoriser_lies_above,
    simulation_has_the_density,
    is_labelled_right,
)
