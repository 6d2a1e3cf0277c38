"""An audit of a fit that is there already: the prior it assumed, whether it is that posterior's mode, and the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mapsto.certificate import Check, Conditioning, backward_error, gradient_parts
from mapsto.conventions import ImpliedPrior, NotAPrior, prior_of
from mapsto.conventions.stopping import solver_condition, stops_within, weights_of
from mapsto.data.numbers import real_numbers
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.noise_priors.half_normal import HalfNormalNoise
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.sigma import Known, PluggedIn
from mapsto.outcome import Estimate
from mapsto.posteriors.exact import gaussian
from mapsto.priors.base import Prior
from mapsto.runs.audit.specification import Asked
from mapsto.runs.audit.table import QUESTION, kebab
from mapsto.runs.audit.words import lesson_of
from mapsto.runs.lessons.experiment import Experiment

MOST_SENTENCES = 8
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
        facts: what ``prior_of`` needs beside, such as statsmodels' alpha.

    Raises:
        BadInput: what ``prior_of`` refuses; a penalty that is no prior; a likelihood other than Gaussian; a penalised
            intercept; a column without a prior beside others that have one.
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
        rule = f"it works with X X', which costs its condition number, {costs:.2g}"
        tolerance = min(tolerance * costs, TOO_LOOSE)
    return Check(
        "fit-is-the-mode",
        backward_error(problem, prior, estimate, conditioning.unit),
        tolerance,
        "Gradient of the log posterior at the fit's own coefficients, in raw units, relative to the size of its parts: "
        + (f"{rule}." if rule else "a direct solver leaves rounding error."),
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
    return steepest / float((gradient_parts(problem, prior, w) / unit).max())


def _noise(asked: Asked, y: Any) -> NoisePrior | None:
    if isinstance(asked.noise_sd, NoisePrior):
        return asked.noise_sd
    return HalfNormalNoise(scale=float(np.std(np.asarray(y, dtype=np.float64)))) if asked.learns else None


def _answer(implied: ImpliedPrior, prior: Prior, check: Check) -> str:
    """What the fit assumed, in words, with the verdict on its own coefficients."""
    verdict = (
        "Its own coefficients are the mode of that posterior, within where its solver stops."
        if check.passed
        else f"Its own coefficients are NOT the mode of that posterior: they miss it by {check.observed:.2g}, where "
        f"its solver's rule allows {check.tolerance:.2g}; it stopped early or did something else than it says."
    )
    sentences = [implied.sentence(j) for j in range(len(implied.features))]
    more = len(sentences) - MOST_SENTENCES
    said = "; ".join(sentences[:MOST_SENTENCES]) + (f"; and so on for {more} more" if more > 0 else "")
    parts = [
        f"{implied.source} assumes {prior.named}, {implied.scale_formula}, with sigma = "
        f"{implied.noise_sd:.4g} ({implied.noise_from}): {said}.",
        verdict,
        *([f"Not strictly a prior: {implied.data_dependent}."] if implied.data_dependent else []),
        *(f"{remark[:1].upper()}{remark[1:]}." for remark in implied.remarks),
    ]
    return " ".join(parts)
