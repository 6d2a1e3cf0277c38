"""An audit of a fit that is there already: the prior it assumed, whether it is that posterior's mode, and the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mapsto.certificate import Check, Conditioning, backward_error, gradient_parts
from mapsto.certificate.conditioning import over
from mapsto.conventions import ImpliedPrior, NotAPrior, prior_of
from mapsto.conventions.stopping import solver_condition, stops_within, weights_of
from mapsto.data.numbers import real_numbers
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.noise_priors.half_normal import HalfNormalNoise
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.sigma import Known, PluggedIn
from mapsto.marks import equals, literal, number
from mapsto.outcome import Estimate
from mapsto.posteriors.exact import gaussian
from mapsto.priors.base import Prior
from mapsto.runs.audit.specification import Asked
from mapsto.runs.audit.table import QUESTION, kebab
from mapsto.runs.audit.words import lesson_of
from mapsto.runs.lessons.experiment import Experiment

MOST_SENTENCES = 8
SCALES = {
    "flat": "no scale: every value is as likely as any other",
    "normal": r"$\text{sd}_j = \sigma/\sqrt{R_j}$",
    "laplace": r"$b_j = 2\sigma^2/L_j$",
    "elastic-net": r"density $\exp(-(L_j\lvert w\rvert + R_j w^2)/(2\sigma^2))$",
}
"""The scale of slope j by the family of its prior, under Gaussian noise."""
TOO_LOOSE = 0.01  # no rule of stopping excuses a slope of more than a hundredth of what it is the sum of


def fitted_experiment(
    fitted: Any, X: Any, y: Any, *, noise_sd: Any = "auto", name: str | None = None, **facts: Any
) -> Experiment:
    """The experiment that audits a fitted estimator or pipeline in the raw units of X.

    Args:
        fitted: after ``fit(X, y)``.
        X: the table it was fitted to, shape (n, p).
        y: the response, shape (n,).
        noise_sd: sigma in units of y; "auto" for that of the fit's own residuals; "learn", or a prior on sigma.
        name: names the files; by default the class of the estimator.
        facts: what else ``prior_of`` needs, such as statsmodels' alpha.

    Raises:
        BadInput: what ``prior_of`` refuses; a penalty that is no prior; a likelihood other than Gaussian; a penalised
            intercept; a column without a prior where others have one.
    """
    sigma = Asked(noise_sd=noise_sd)
    weights = facts.get("sample_weight")
    weights = weights_of(fitted) if weights is None else weights
    _same_columns(fitted, X)
    numbers, response = real_numbers(X, "X"), np.ravel(real_numbers(y, "y"))
    implied = prior_of(fitted, X=X, y=y, noise_sd=sigma.sigma, **facts)
    if isinstance(implied, NotAPrior):
        raise BadInput(f"there is no posterior to audit: {implied}")
    if implied.likelihood != "gaussian":
        raise BadInput(
            f"audit runs linear models with Gaussian noise, and the likelihood of {implied.source} is "
            f"{implied.likelihood}; prior_of(...) reads its prior all the same"
        )
    if implied.intercept == "penalised":
        raise BadInput(
            f"{implied.source} penalises its intercept, which has no place in mapsto's model; fit it with a free "
            "intercept, or with none on centred data"
        )
    if implied.noise_sd is None or implied.mode is None:
        raise BadInput(f"{implied.source} does not keep its slopes or its sigma; pass noise_sd=")
    rows = numbers[:, implied.columns]
    problem = Problem.from_rows(
        rows,
        response,
        noise_sd=Known(implied.noise_sd)
        if sigma.sigma is not None
        else PluggedIn(implied.noise_sd, f"It is {implied.noise_from}."),
        noise_prior=_noise(sigma, y),
        features=implied.features,
        target=str(getattr(y, "name", None) or "y"),
        intercept=implied.intercept == "free",
        weights=weights,
    )
    prior = implied.prior(implied.noise_sd)
    check = fit_is_the_mode(fitted, X, problem, prior, implied)
    return Experiment(
        name=kebab(type(fitted).__name__) if name is None else name,
        title=f"An audit of {implied.source}",
        question=QUESTION,
        answer=_answer(implied, prior, check),
        data=lambda: problem,
        prior=prior,
        lesson=lambda result: lesson_of(result, _answer(implied, prior, check), claims=(check,)),
    )


def fit_is_the_mode(fitted: Any, X: Any, problem: Problem, prior: Prior, implied: ImpliedPrior) -> Check:
    """Whether the fit's own coefficients, in raw units, are a stationary point of the posterior read off it."""
    conditioning = Conditioning.of(problem, prior, gaussian(problem, prior))
    estimate = Estimate(np.asarray(implied.mode), float(implied.mode_intercept or 0.0))
    last, seen = _last_step(fitted, X)
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
    return Check(
        "fit-is-the-mode",
        backward_error(problem, prior, estimate, conditioning.unit),
        tolerance,
        "The gradient of the log posterior at the fit's own coefficients, in raw units, relative to the size of its "
        "parts. What explains this much: " + (f"{rule}." if rule else "the rounding error of a direct solver."),
    )


def _same_columns(fitted: Any, X: Any) -> None:
    """Refuse a table whose columns are named or ordered otherwise than those of the fit."""
    seen, given = getattr(fitted, "feature_names_in_", None), getattr(X, "columns", None)
    if seen is not None and given is not None and list(map(str, seen)) != list(map(str, given)):
        raise BadInput(
            f"X has the columns {', '.join(map(repr, map(str, given)))} and the fit saw "
            f"{', '.join(map(repr, map(str, seen)))}; pass the X that went into fit, in its order"
        )


def _last_step(fitted: Any, X: Any) -> tuple[Any, Matrix]:
    """The estimator at the end, and the columns that it saw."""
    if not hasattr(fitted, "steps"):
        return fitted, np.asarray(X, dtype=np.float64)
    return fitted.steps[-1][1], np.asarray(fitted[:-1].transform(X) if len(fitted.steps) > 1 else X, dtype=np.float64)


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


def _noise(asked: Asked, y: Any) -> NoisePrior | None:
    if isinstance(asked.noise_sd, NoisePrior):
        return asked.noise_sd
    return HalfNormalNoise(scale=float(np.std(np.asarray(y, dtype=np.float64)))) if asked.learns else None


def _answer(implied: ImpliedPrior, prior: Prior, check: Check) -> str:
    """What the fit assumed, in words, with the verdict on its own coefficients."""
    verdict = (
        "Its own coefficients are the mode of that posterior, to within the tolerance at which its solver stops."
        if check.passed
        else f"Its own coefficients are NOT the mode of that posterior: they miss it by {number(check.observed, 2)}, "
        f"and its solver's stopping rule allows {number(check.tolerance, 2)}. It stopped early, or it minimises "
        "something else than it says."
    )
    sentences = [implied.marked_sentence(j) for j in range(len(implied.features))]
    more = len(sentences) - MOST_SENTENCES
    said = "; ".join(sentences[:MOST_SENTENCES]) + (f"; and so on for {more} more" if more > 0 else "")
    parts = [
        f"{implied.source} assumes {prior.named}, {SCALES[implied.family]}, with "
        f"{equals(r'\sigma', float(implied.noise_sd or 0.0), 4)} ({implied.noise_from}): {said}.",
        verdict,
        *([f"Not strictly a prior: {implied.data_dependent}."] if implied.data_dependent else []),
        *(literal(f"{remark[:1].upper()}{remark[1:]}.") for remark in implied.remarks),
    ]
    return " ".join(parts)
