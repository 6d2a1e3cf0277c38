"""Is each route's answer a mode, and do the routes give the same one?

The tolerances come from rounding error and conditioning, the backward error first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np

from mapsto.certificate.checks import Check
from mapsto.certificate.conditioning import Conditioning, backward_error, constant_columns, gradient_parts, over
from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.marks import number
from mapsto.outcome import Estimate, Failed, Outcome
from mapsto.priors.base import Prior
from mapsto.rounding import UNIT_ROUNDOFF, digits, gamma

MOST_LOSSES = 5_000_000  # draws times rows, where each row of each draw costs a logarithm or an exponential


def mode_checks(
    problem: Problem, prior: Prior, outcomes: Mapping[str, Outcome], conditioning: Conditioning
) -> list[Check]:
    """Is each route's answer a stationary point, and do the routes give the same one?"""
    checks = [
        Check(f"engine-{name}", 1.0, 0.0, f"This engine should have found a mode and did not: {outcome.reason}")
        for name, outcome in outcomes.items()
        if isinstance(outcome, Failed)
    ]
    estimates = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Estimate)}
    checks += [
        Check(
            f"stationarity-{name}",
            backward_error(problem, prior, estimate, conditioning.unit),
            conditioning.within(estimate),
            "How far the gradient of the loss at this answer is from the subdifferential of the penalty, relative to "
            f"the size of the gradient's parts. {_why(problem, estimate, conditioning)}",
        )
        for name, estimate in estimates.items()
    ]
    if not estimates:
        return checks
    unique = conditioning.is_unique(*estimates.values())
    objectives = [problem.objective(e.coef, e.intercept, prior.penalty(e.coef)) for e in estimates.values()]
    loosest = max(conditioning.within(e) for e in estimates.values())
    kinked = problem.likelihood.kinked
    flat = loosest if kinked else min(loosest**2 * conditioning.condition, loosest)
    # where a loss of large parts is small, as of large counts, their rounding is what it is sure to
    parts = [problem.likelihood.loss_size(problem.table, e.coef, e.intercept) for e in estimates.values()]
    largest_part = 1.0 + max((p / o for p, o in zip(parts, objectives, strict=True) if o > 0), default=0.0)
    flat_reason = (
        "The loss has a kink at its minimum, so errors in the mode enter in proportion."
        if kinked
        else "The loss is flat at its minimum, so errors in the mode enter squared."
    )
    same_loss = Check(
        "same-objective",
        # inf / inf is NaN, and fails
        over(
            max(float(np.ptp(objectives)) - _floor(problem, estimates.values(), loosest), 0.0),
            float(np.max(objectives)),
        ),
        gamma(problem.n + problem.p) * largest_part + flat,
        f"The relative spread of the loss over the routes, beyond the rounding of a perfect fit. {flat_reason}",
    )
    least = 0.0  # the size of slopes, in their units, below which they are rounding error
    if constant_columns(problem).all():
        w = next(iter(estimates.values())).coef
        least = float((gradient_parts(problem, prior, w) / conditioning.unit).max())
    for first, second in combinations(estimates, 2):
        a, b = estimates[first], estimates[second]
        if unique:
            checks.append(
                Check(
                    f"same-mode-{first}-{second}",
                    _distance(a.coef, b.coef, conditioning.unit, least),
                    conditioning.within(a, b) * conditioning.condition,
                    "The relative distance between the two answers. The two backward errors times the problem's "
                    f"condition number, {number(conditioning.condition)}, explain this much.",
                )
            )
        elif prior.convex and not kinked:  # along a piecewise linear loss equally good modes fit differently
            checks.append(
                Check(
                    f"same-fit-{first}-{second}",
                    _fit_distance(problem, a, b),
                    2 * math.sqrt(2 * same_loss.tolerance),
                    "The relative distance between the fitted values. Many slopes are equally good here, because the "
                    "columns do not tell them apart, but all of them fit alike. The bound is twice the square root of "
                    "twice the tolerance of the loss.",
                )
            )
    if prior.kinked and unique:
        patterns = np.array([e.coef == 0 for e in estimates.values()], dtype=float)
        checks.append(
            Check(
                "same-exact-zeros",
                float(np.ptp(patterns, axis=0).sum()),
                0.0,
                "The number of coefficients that are exactly zero on one route and not on another.",
            )
        )
    return [*checks, same_loss]


def _floor(problem: Problem, estimates: Iterable[Estimate], backward: float) -> float:
    """What rounding leaves of a misfit that should be zero, in squared units of y; 0.0 with a link."""
    if not problem.likelihood.location:
        return 0.0
    s = problem.statistics
    parts = [np.linalg.norm(np.abs(s.R) @ np.abs(e.coef) + np.abs(s.z)) for e in estimates]
    return float(backward * max(parts)) ** 2


def _why(problem: Problem, estimate: Estimate, conditioning: Conditioning) -> str:
    if estimate.backward > conditioning.backward:
        return f"This route's own search stops within {number(estimate.backward, 6)} of it."
    return f"Rounding error with $n = {problem.n}$ rows and $p = {problem.p}$ columns explains this much."


def _fit_distance(problem: Problem, a: Estimate, b: Estimate) -> float:
    s = problem.statistics
    size = math.sqrt(s.residual_sum_of_squares + float(s.z @ s.z))
    apart = float(np.linalg.norm(s.R @ (a.coef - b.coef)))
    return apart / size if size else apart


def is_local_maximum(problem: Problem, prior: Prior, mode: Estimate) -> Check:
    """Where penalty or loss is not convex: the curvature at the mode is positive in every direction it can move in."""
    H = problem.hessian(mode.coef, mode.intercept) + prior.curvature(mode.coef)
    if prior.kinked:  # a coefficient at a kink is held there, however the loss bends
        H = H[np.ix_(mode.coef != 0, mode.coef != 0)]
    unit = np.sqrt(np.abs(np.diag(H)))
    least = float(np.linalg.eigvalsh(H / np.outer(unit, unit))[0]) if len(H) else 1.0
    # the second derivative of the penalty is a difference quotient, good to about the square root of rounding
    rounding = problem.p * math.sqrt(UNIT_ROUNDOFF)
    found = f"{mode.starts} searches from different starts ended in {mode.modes} mode{'s' * (mode.modes != 1)}"
    return Check(
        "mode-is-a-local-maximum",
        -least,
        -rounding,
        "Minus the smallest curvature of the loss at the mode, in each column's own units. Below zero, the log "
        "posterior falls in every direction. The penalty is not convex, so this shows a local maximum only. "
        f"{found[:1].upper()}{found[1:]}, and this is the highest.",
    )


def mode_is_highest(
    problem: Problem, prior: Prior, mode: Estimate, slopes: Matrix, intercepts: Matrix | None = None
) -> Check:
    """No draw of the posterior may have a lower loss than the mode.

    Args:
        problem: data and noise.
        prior: the prior of w.
        mode: the mode.
        slopes: draws of w, shape (chains, draws, p).
        intercepts: draws of b, shape (chains, draws); where a formula gives the best one it is taken instead.
    """
    best = problem.best_intercept(mode.coef, mode.intercept)
    floor = problem.objective(mode.coef, best, prior.penalty(mode.coef))
    draws = slopes.reshape(-1, problem.p)
    b = np.zeros(len(draws)) if intercepts is None else intercepts.ravel()
    step = 1 if problem.likelihood.has_statistics else max(1, len(draws) * problem.n // MOST_LOSSES)
    draws, b, of = draws[::step], b[::step], len(draws)
    losses = problem.likelihood.losses(problem.table, draws, b)  # of all draws at once
    losses = losses + problem.likelihood.factor * np.array([prior.penalty(w) for w in draws])
    lowest = float(losses.min())  # unlike min(), this does not lose a NaN
    return Check(
        "no-draw-beats-the-mode",
        float(np.maximum(0.0, floor - lowest)) / abs(floor),
        gamma(1_000),
        "How far the loss of the best draw is below that of the mode, relative to the loss of the mode."
        + (f" {len(draws):,} of the {of:,} draws were asked, evenly spaced." if step > 1 else ""),
    )


def agreed_digits(outcomes: Iterable[Outcome], conditioning: Conditioning | None = None) -> float | None:
    """Significant digits shared by every two estimates, relative to the largest coefficient.

    None with fewer than two estimates, or where the conditioning says that many slopes are equally good.
    """
    estimates = [outcome for outcome in outcomes if isinstance(outcome, Estimate)]
    if conditioning is not None and not conditioning.is_unique(*estimates):
        return None
    apart = [_distance(a.coef, b.coef, np.ones_like(a.coef)) for a, b in combinations(estimates, 2)]
    return digits(float(np.max(apart))) if apart else None


def _distance(first: Vector, second: Vector, unit: Vector, least: float = 0.0) -> float:
    size = max(float(np.abs(second * unit).max()), least)
    apart = float(np.abs((first - second) * unit).max())
    return apart / size if size else apart
