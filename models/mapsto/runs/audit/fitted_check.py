"""Whether a fit's own coefficients are the mode of the posterior read off it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mapsto.certificate import Check, Conditioning, backward_error, gradient_parts
from mapsto.certificate.conditioning import over
from mapsto.conventions import ImpliedPrior
from mapsto.conventions.registry import convention_of
from mapsto.conventions.stopping import solver_condition, stops_within, stops_within_rows
from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.marks import number
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.exact import gaussian
from mapsto.priors.base import Prior
from mapsto.rounding import gamma

NO_FORMULA = Unsupported("no formula gives the posterior without statistics")
TOO_LOOSE = 0.01  # no rule of stopping excuses a slope of more than a hundredth of what it is the sum of


def fit_is_the_mode(fitted: Any, X: Any, problem: Problem, prior: Prior, implied: ImpliedPrior) -> Check:
    """Whether the fit's own coefficients, in raw units, are a stationary point of the posterior read off it."""
    estimate = own_estimate(implied)
    last, seen = seen_by_last(fitted, X)
    if problem.likelihood.has_statistics:
        conditioning = Conditioning.of(problem, prior, gaussian(problem, prior))
        tolerance, rule = _of_least_squares(last, seen, problem, prior, estimate, conditioning)
    else:
        if problem.likelihood.kinked:  # which rows it means to fit exactly is known to its search's tolerance
            estimate = replace(estimate, backward=_of_a_vertex(last))
        conditioning = Conditioning.of(problem, prior, NO_FORMULA, [estimate])
        backward, rule = _by_rows(last, seen, problem, prior, estimate, conditioning.unit)
        tolerance = conditioning.within(replace(estimate, backward=min(backward, TOO_LOOSE)))
    return Check(
        "fit-is-the-mode",
        backward_error(problem, prior, estimate, conditioning.unit),
        tolerance,
        "The gradient of the log posterior at the fit's own coefficients, in raw units, relative to the size of its "
        "parts. What explains this much: " + (f"{rule}." if rule else "the rounding error of a direct solver."),
    )


def own_estimate(implied: ImpliedPrior) -> Estimate:
    """The fit's own coefficients, in raw units."""
    return Estimate(np.asarray(implied.mode), float(implied.mode_intercept or 0.0))


def seen_by_last(fitted: Any, X: Any) -> tuple[Any, Matrix]:
    """The estimator at the end, and the columns that it saw."""
    if not hasattr(fitted, "steps"):
        return fitted, np.asarray(X, dtype=np.float64)
    return fitted.steps[-1][1], np.asarray(fitted[:-1].transform(X) if len(fitted.steps) > 1 else X, dtype=np.float64)


def _of_least_squares(
    last: Any, seen: Matrix, problem: Problem, prior: Prior, estimate: Estimate, conditioning: Conditioning
) -> tuple[float, str]:
    """What the solver's rule allows, and the rule."""
    assert problem.y is not None
    left, rule = stops_within(last, seen, problem.y, problem.weights)
    backward = _relative(left, last, seen, problem, prior, estimate, conditioning.unit)
    tolerance = conditioning.within(replace(estimate, backward=min(backward, TOO_LOOSE)))
    costs = solver_condition(last, seen if problem.weights is None else seen * np.sqrt(problem.weights)[:, np.newaxis])
    if costs > 1:
        rule = (
            rf"its solver works with $XX^\top$, which multiplies the error by the condition number, {number(costs, 2)}"
        )
        tolerance = min(tolerance * costs, TOO_LOOSE)
    return tolerance, rule


def _relative(
    left: Vector, last: Any, seen: Matrix, problem: Problem, prior: Prior, estimate: Estimate, unit: Vector
) -> float:
    """A bound on the slope of J / 2 over the columns that were seen, as a backward error of the raw ones.

    A backward error is taken in the columns' own units, so a column's scale cancels from it.
    """
    if not left.any():
        return 0.0
    w = estimate.coef
    q = np.ones(problem.n) if problem.weights is None else problem.weights
    centred = seen - np.average(seen, axis=0, weights=q) if getattr(last, "fit_intercept", True) else seen
    lengths = np.sqrt(q @ centred**2)
    steepest = float((left / np.where(lengths > 0, lengths, 1.0)).max()) / problem.noise_sd  # in units of |x_j| / sigma
    return over(steepest, float((gradient_parts(problem, prior, w) / unit).max()))


def _of_a_vertex(last: Any) -> float:
    """The relative error that a linear program's solver leaves at a vertex."""
    convention = convention_of(last)
    return 0.0 if convention is None else convention.backward or 0.0


def _by_rows(
    last: Any, seen: Matrix, problem: Problem, prior: Prior, estimate: Estimate, unit: Vector
) -> tuple[float, str]:
    """The same under a likelihood without statistics, and the rule.

    With c the second derivatives at the rows, the slope by w at the best intercept is that at the fit's own intercept
    less the c-weighted mean of the column times the slope by the intercept; both are within the rule.
    """
    (X, y), q, w, b = problem.table.rows, problem.table.q, estimate.coef, estimate.intercept
    if problem.likelihood.kinked:
        return estimate.backward, f"its linear program's rows and prices are met to {number(estimate.backward, 2)}"
    likelihood, D = problem.likelihood, problem.likelihood.dispersion
    c = np.maximum(likelihood.majoriser(y, X @ w + b, q), np.finfo(float).tiny)
    half_j = D * (prior.penalty(w) + likelihood.total_loss(problem.table, w, b) / likelihood.factor)
    left, rule = stops_within_rows(last, seen, D * c, half_j, problem.weights)
    if not left.any():
        return 0.0, rule
    mean = np.average(seen, axis=0, weights=c) if problem.intercept else np.zeros(seen.shape[1])
    lengths = np.sqrt(c @ (seen - mean) ** 2)
    constant = lengths <= gamma(problem.n) * np.sqrt(c @ seen**2)  # such as statsmodels' own, the intercept
    steepest = (left + np.abs(mean) * left.max()) / np.where(constant, np.inf, lengths) / D
    slopes = over(float(steepest.max()), float((gradient_parts(problem, prior, w, b) / unit).max()))
    if not problem.intercept:
        return slopes, rule
    off = float(left.max()) / D / float(c.sum())
    return max(slopes, over(off, likelihood.intercept_size(problem.table, w, b))), rule
