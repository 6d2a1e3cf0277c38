"""A prior together with data: every engine's answer is stationary, and they are one mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mapsto.certificate.facts.places import points, widths
from mapsto.certificate.facts.prior import OPERATIONS
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.data.statistics import Vector
from mapsto.engines import sklearn as via_sklearn
from mapsto.engines.sklearn import ridge_alpha
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.closed_form import Solution, closed_form
from mapsto.priors.base import Prior
from mapsto.rounding import gamma
from mapsto.runs.conformance.answers import curvature, is_unique, sizes, slack

FEW = 8  # searches where there are several modes: a check wants a stationary point, not the highest

Solve = Callable[[Problem, Prior], Solution | Unsupported]


def alpha_is_the_penalty(problem: Problem, prior: Prior, alpha_of: Callable[..., Any] = ridge_alpha) -> Comparisons:
    """alpha ||w - centre||^2 = 2 sigma^2 phi(w): the convention, wherever one number says the penalty."""
    alpha = alpha_of(problem, prior)
    if alpha is None:
        return
    for w in points(prior, problem.p)[1:]:
        away = w - prior.centre(problem.p)
        penalty = 2 * problem.noise_sd**2 * prior.penalty(w)
        off = abs(alpha * float(away @ away) - penalty)
        yield Seen(
            off, gamma(OPERATIONS * len(w)) * penalty, f"alpha = {alpha:.6g} against 2 sigma^2 times the penalty"
        )


def is_stationary(problem: Problem, prior: Prior, w: Vector, backward: float = 0.0) -> Comparisons:
    """The gradient of the data's half lies in minus the subdifferential of the penalty.

    Up to rounding, or to ``backward`` of its size, where the search that brought w stops by design.
    """
    off = prior.stationarity(w, problem.data_gradient(w))
    allowed = max(slack(problem), backward) * sizes(problem, prior, w)
    for j in range(len(w)):
        yield Seen(float(off[j]), float(allowed[j]), f"w_{j} = {w[j]:.6g} is not stationary")


def is_same_mode(problem: Problem, prior: Prior, ours: Estimate, theirs: Estimate) -> Comparisons:
    """Two answers agree in slopes and intercept, to the rounding of their gradients over the curvature.

    Where many slopes are equally good they agree in the objective; where a coefficient is exactly zero, on both.
    """
    s, apart = problem.statistics, ours.coef - theirs.coef
    error = max(slack(problem), ours.backward) + max(slack(problem), theirs.backward)
    rest = gamma(problem.n * problem.p) * (abs(s.y_mean) + np.abs(s.x_mean) @ np.abs(ours.coef))
    gap = abs(ours.intercept - theirs.intercept)
    parts = np.maximum(sizes(problem, prior, ours.coef), sizes(problem, prior, theirs.coef))
    if not is_unique(problem, prior, ours.coef):
        spread = np.linalg.norm(s.R) * max(np.linalg.norm(e.coef) for e in (ours, theirs)) + np.linalg.norm(s.z)
        penalties = [prior.penalty(e.coef) for e in (ours, theirs)]
        losses = [
            problem.objective(e.coef, e.intercept, penalty)
            for e, penalty in zip((ours, theirs), penalties, strict=True)
        ]
        size = spread**2 + s.residual_sum_of_squares + 2 * problem.noise_sd**2 * max(map(abs, penalties))
        allowed = 2 * problem.noise_sd**2 * error * (parts @ np.abs(apart)) + slack(problem) * size
        yield Seen(abs(losses[0] - losses[1]), float(allowed), "the objectives differ")
        return
    unit, least = curvature(problem, prior, ours.coef)
    if prior.kinked:
        yield holds(bool(((ours.coef == 0) == (theirs.coef == 0)).all()), "the exact zeros differ")
    within = float(error * np.linalg.norm(parts / unit) / least) if least < np.inf else 0.0
    yield Seen(float(np.linalg.norm(apart * unit)), within, "the slopes differ")
    yield Seen(gap, float(np.linalg.norm(s.x_mean / unit) * within + rest), "the intercepts differ")


def closed_form_is_stationary(problem: Problem, prior: Prior, solve: Solve = closed_form) -> Comparisons:
    """The formula's answer is a stationary point, where there is a formula; else it says why there is none."""
    solution = solve(problem, prior)
    if isinstance(solution, Unsupported):
        yield holds(bool(solution.reason.strip()), "no reason")
        return
    yield from is_stationary(problem, prior, solution.mode.coef)


def direct_is_stationary(problem: Problem, prior: Prior) -> Comparisons:
    """What the prior says of its own shape leads the direct engine to a stationary point."""
    from mapsto.engines.direct import solve as via_direct

    formula = not isinstance(closed_form(problem, prior), Unsupported)
    if prior.no_mode or (prior.piecewise_quadratic(problem.p) is None and formula):
        return
    yield from _answer(problem, prior, via_direct.solve(problem, prior, FEW))


def _answer(problem: Problem, prior: Prior, outcome: Outcome) -> Comparisons:
    if isinstance(outcome, Estimate):
        yield from is_stationary(problem, prior, outcome.coef, outcome.backward)
    elif isinstance(outcome, Failed):
        yield holds(False, f"it failed: {outcome.reason}")
    else:
        yield holds(bool(outcome.reason.strip()), "no reason")


def sklearn_agrees(
    problem: Problem, prior: Prior, fit: Callable[..., Outcome] = via_sklearn.fit, solve: Solve = closed_form
) -> Comparisons:
    """scikit-learn's estimator stops where the posterior peaks, or it is said why there is none."""
    theirs = fit(problem, prior)
    yield from _answer(problem, prior, theirs)
    ours = solve(problem, prior)
    if isinstance(theirs, Estimate) and not isinstance(ours, Unsupported):
        yield from is_same_mode(problem, prior, ours.mode, theirs)


def posterior_is_normalised(problem: Problem, prior: Prior, solve: Solve = closed_form) -> Comparisons:
    """log likelihood + log prior = log evidence + log posterior density, at the mode, where the posterior is known."""
    solution = solve(problem, prior)
    if isinstance(solution, Unsupported) or isinstance(solution.posterior, Unsupported):
        return
    posterior, mode, s = solution.posterior, solution.mode, problem.statistics
    terms = [
        problem.log_likelihood(mode.coef, mode.intercept),
        prior.log_density(mode.coef),
        -posterior.log_evidence,
        -posterior.log_density_at_mode(),
    ]
    # the evidence is solved in the space of the data, with the condition number of the spread of y
    spread = np.linalg.norm(s.R, 2) ** 2 * (np.max(widths(prior, problem.p)) ** 2) / problem.noise_sd**2
    spread = max(spread, np.linalg.cond(s.R) ** 2) if not prior.proper else spread
    parts = np.linalg.norm(s.R) * np.linalg.norm(mode.coef) + np.sqrt(s.z @ s.z + s.residual_sum_of_squares)
    size = np.abs(terms).sum() + problem.n + problem.p + (parts / problem.noise_sd) ** 2
    yield Seen(
        abs(sum(terms)), float(slack(problem) * (1 + spread) * size), "likelihood x prior = evidence x posterior"
    )


def has_no_mode_and_says_so(problem: Problem, prior: Prior) -> Comparisons:
    """A prior without a mode refuses every engine with the reason, and calls no point stationary."""
    refusals = [closed_form(problem, prior), via_sklearn.recipe(problem, prior)]
    for refusal in refusals:
        yield holds(isinstance(refusal, Unsupported), "an engine answered")
        if isinstance(refusal, Unsupported):
            yield holds(refusal.reason == prior.no_mode.strip() != "", "no reason")
    for w in points(prior, problem.p):
        off = prior.stationarity(w, problem.data_gradient(w))
        yield holds(bool(np.isposinf(off).all()), "it calls a point stationary")
