"""An audit of a fit that is there already: the prior it assumed, whether it is that posterior's mode, and the rest."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.conventions import ImpliedPrior, prior_of
from mapsto.conventions.stopping import weights_of
from mapsto.data.numbers import real_numbers
from mapsto.data.statistics import Matrix
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.noise_priors.half_normal import HalfNormalNoise
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.sigma import Known, PluggedIn
from mapsto.runs.audit.fitted_check import fit_is_the_mode, own_estimate
from mapsto.runs.audit.fitted_convention import convention_checks
from mapsto.runs.audit.fitted_digits import digits_kept
from mapsto.runs.audit.fitted_model import likelihood_of, readable, with_dispersion
from mapsto.runs.audit.fitted_response import Response, response_of
from mapsto.runs.audit.fitted_words import answer
from mapsto.runs.audit.specification import Asked
from mapsto.runs.audit.table import QUESTION, kebab
from mapsto.runs.audit.words import lesson_of
from mapsto.runs.lessons.experiment import Experiment


def fitted_experiment(
    fitted: Any, X: Any, y: Any, *, noise_sd: Any = "auto", name: str | None = None, **facts: Any
) -> Experiment:
    """The experiment that audits a fitted estimator or pipeline in the raw units of X.

    Args:
        fitted: after ``fit(X, y)``.
        X: the table it was fitted to, shape (n, p).
        y: the response, shape (n,): numbers, or the labels of two classes.
        noise_sd: sigma in units of y; "auto" for that of the fit's own residuals; "learn", or a prior on sigma. Of a
            gamma likelihood it is the root of the dispersion, of quantiles the scale of the asymmetric Laplace noise.
        name: names the files; by default the class of the estimator.
        facts: what else ``prior_of`` needs, such as statsmodels' alpha.

    Raises:
        BadInput: what ``prior_of`` refuses; a penalty that is no prior; a likelihood that is not there; a penalised
            intercept; a column without a prior where others have one; weights that no likelihood has.
    """
    sigma = Asked(noise_sd=noise_sd)
    passed = facts.get("sample_weight")
    passed = weights_of(fitted) if passed is None else passed
    _same_columns(fitted, X)
    numbers, response = real_numbers(X, "X"), response_of(fitted, y, passed)
    read = prior_of(fitted, X=X, y=response.y, noise_sd=sigma.sigma, **facts)
    implied = readable(read)
    rows = numbers[:, implied.columns]
    if implied.likelihood == "gaussian":
        problem = _gaussian(implied, rows, response, sigma, y)
    else:
        if sigma.learns:
            raise BadInput(f"an audit of {implied.source} learns no dispersion; leave out noise_sd=, or give a number")
        implied = with_dispersion(implied, fitted, rows, response)
        problem = _by_rows(implied, fitted, rows, response, y)
    prior = implied.prior(implied.noise_sd)
    of_convention = convention_checks(fitted)
    check = fit_is_the_mode(fitted, X, problem, prior, implied)
    said = response.said
    if implied.likelihood != "gaussian":
        shared = digits_kept(fitted, X, y, passed, problem, prior, own_estimate(implied).coef)
        said = (*said, *(() if shared is None else (shared.words,)))
    words = answer(implied, prior, check, read, said)
    return Experiment(
        name=kebab(type(fitted).__name__) if name is None else name,
        title=f"An audit of {implied.source}",
        question=QUESTION,
        answer=words,
        data=lambda: problem,
        prior=prior,
        lesson=lambda result: lesson_of(result, words, claims=(check, *of_convention)),
    )


def _gaussian(implied: ImpliedPrior, rows: Matrix, response: Response, sigma: Asked, y: Any) -> Problem:
    if implied.noise_sd is None:
        raise BadInput(f"{implied.source} does not keep its slopes or its sigma; pass noise_sd=")
    return Problem.from_rows(
        rows,
        response.y,
        noise_sd=Known(implied.noise_sd)
        if sigma.sigma is not None
        else PluggedIn(implied.noise_sd, f"It is {implied.noise_from}."),
        noise_prior=_noise(sigma, y),
        features=implied.features,
        target=_target(y),
        intercept=implied.intercept == "free",
        weights=response.weights,
    )


def _by_rows(implied: ImpliedPrior, fitted: Any, rows: Matrix, response: Response, y: Any) -> Problem:
    q = response.weights
    there = np.ones(len(rows), dtype=bool) if q is None else q > 0  # a row of weight 0 is not in the loss
    weights = None if q is None or np.all(q[there] == 1) else q[there]
    likelihood = likelihood_of(implied, fitted, weights)
    return Problem.from_rows(
        rows[there],
        response.y[there],
        features=implied.features,
        target=_target(y),
        intercept=implied.intercept == "free",
        weights=weights if likelihood.name != "huber" else None,
        likelihood=likelihood,
    )


def _target(y: Any) -> str:
    return str(getattr(y, "name", None) or "y")


def _same_columns(fitted: Any, X: Any) -> None:
    """Refuse a table whose columns are named or ordered otherwise than those of the fit."""
    seen, given = getattr(fitted, "feature_names_in_", None), getattr(X, "columns", None)
    if seen is not None and given is not None and list(map(str, seen)) != list(map(str, given)):
        raise BadInput(
            f"X has the columns {', '.join(map(repr, map(str, given)))} and the fit saw "
            f"{', '.join(map(repr, map(str, seen)))}; pass the X that went into fit, in its order"
        )


def _noise(asked: Asked, y: Any) -> NoisePrior | None:
    if isinstance(asked.noise_sd, NoisePrior):
        return asked.noise_sd
    return HalfNormalNoise(scale=float(np.std(np.asarray(y, dtype=np.float64)))) if asked.learns else None
