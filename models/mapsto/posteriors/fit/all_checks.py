"""All checks of the fit of one run: which of them have a meaning here, and how many comparisons they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.base_counts import Counts
from mapsto.likelihoods.bernoulli import Bernoulli
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.fit.judged import FitCheck, Seldom
from mapsto.posteriors.fit.leave_one_out import leave_one_out
from mapsto.posteriors.fit.power_scaling import prior_against_data
from mapsto.posteriors.fit.predictive_checks import predictive_checks, residual_checks, step_residual_checks
from mapsto.posteriors.fit.prior_predictive import prior_predictive
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture

MOST_ROWS_IN_STEPS = 2000  # whose residuals are ranked among the replicated ones: a second
MOST_DRAWS, MOST_ROWS = 1000, 500  # enough for a probability of 0.002, and for a page that is made in a second
WITHOUT_ROWS = "It needs draws, the rows, and eight rows at least."
CODES = {
    "FIT-01": "centre",
    "FIT-02": "spread",
    "FIT-03": "tails",
    "FIT-04": "skew",
    "FIT-05": "zero share",
    "FIT-06": "residuals along the fitted values",
    "FIT-07": "size of the residuals along the fitted values",
    "FIT-08": "LOO-PIT",
    "FIT-09": "influential rows",
    "FIT-10": "prior against data",
    "FIT-11": "prior predictive",
}


@dataclass(frozen=True)
class Fit:
    """The checks in the order of their codes, and how many of them are comparisons that chance alone may fail."""

    checks: tuple[FitCheck, ...]
    asked: int


def fit_checks(problem: Problem, prior: Prior, tree: Any, seed: int) -> Fit:
    """Judge the fit by its draws.

    Args:
        problem: data and likelihood.
        prior: of w itself.
        tree: a DataTree with ``posterior``, ``posterior_predictive``, ``log_likelihood`` and ``observed_data``.
        seed: of the run; a sample of the rows and the draws of the prior follow from it.
    """
    found: list[Seldom | FitCheck] = []
    if "posterior_predictive" in tree.children and len(tree["observed_data"]["y"]) >= 8:
        found += _by_row(problem, tree, seed)
        found.append(_prior_and_data(problem, prior, tree))
    found.append(prior_predictive(problem, prior, seed))
    asked = sum(isinstance(one, Seldom) for one in found)
    judged = {one.code: one.judged(asked) if isinstance(one, Seldom) else one for one in found}
    checks = [judged.get(code) or FitCheck(code, name, "not asked", WITHOUT_ROWS) for code, name in CODES.items()]
    return Fit(tuple(checks), asked)


def _by_row(problem: Problem, tree: Any, seed: int) -> list[Seldom | FitCheck]:
    y = tree["observed_data"]["y"].to_numpy()
    numbers = tree["posterior_predictive"]["row"].to_numpy()
    replicated, log_likelihood = (
        _thinned(tree[group]["y"].to_numpy()) for group in ("posterior_predictive", "log_likelihood")
    )
    if isinstance(problem.likelihood, Counts | Bernoulli):
        step = _steps(problem, numbers)
        binary = isinstance(problem.likelihood, Bernoulli) and bool(np.all(step == 1))
        checks = predictive_checks(y, replicated, binary=binary)
        fitted = replicated.mean(axis=0)
        y, replicated = np.rint(y * step), np.rint(replicated * step)
        few = _some(len(y), MOST_ROWS_IN_STEPS, seed)
        checks += step_residual_checks(y[few], replicated[:, few], fitted[few], binary=binary)
        steps = np.random.default_rng([seed, 14])
    else:
        checks = [*predictive_checks(y, replicated), *residual_checks(y, replicated)]
        steps = None
    some = _some(len(y), MOST_ROWS, seed)
    return [*checks, *leave_one_out(y[some], replicated[:, some], log_likelihood[:, some], numbers[some], steps)]


def _some(n: int, most: int, seed: int) -> Any:
    """The numbers of at most ``most`` of n rows, at random, in their order."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng([seed, 12]).choice(n, most, replace=False))


def _steps(problem: Problem, numbers: Any) -> Vector | float:
    """How many steps a response of 1 is, for the rows with these numbers: its trials or its exposure."""
    some = problem.table.at_hand
    if some is None or some.weights is None:
        return 1.0
    order = np.argsort(some.rows)
    return np.asarray(some.weights[order[np.searchsorted(some.rows[order], numbers)]])


def _prior_and_data(problem: Problem, prior: Prior, tree: Any) -> FitCheck:
    code, name = "FIT-10", CODES["FIT-10"]
    if isinstance(prior, ScaleMixture):
        return FitCheck(code, name, "not asked", "The scales of this prior are learned from the data.")
    if "sigma" in tree["posterior"].data_vars and prior.in_units_of_sigma:
        return FitCheck(code, name, "not asked", "This prior is in units of $\\sigma$, which is learned.")
    if not prior.proper:
        return FitCheck(code, name, "not asked", "A flat prior to any power is the same prior.")
    w = _thinned(tree["posterior"]["w"].to_numpy())
    log_prior = np.array([prior.log_density(one) for one in w])
    log_likelihood = _thinned(tree["log_likelihood"]["y"].to_numpy()).sum(axis=1)
    if tree["log_likelihood"]["y"].shape[-1] < problem.n:
        log_likelihood = log_likelihood * (problem.n / tree["log_likelihood"]["y"].shape[-1])
    return prior_against_data(w, log_prior, log_likelihood, _names(problem.features))


def _names(features: Sequence[object]) -> list[str]:
    return [str(name) for name in features]


def _thinned(draws: Matrix) -> Matrix:
    """At most :data:`MOST_DRAWS` of the draws of all chains, evenly, shape (draws, ...)."""
    flat = draws.reshape(-1, *draws.shape[2:])
    return flat[:: -(-len(flat) // MOST_DRAWS)]
