"""A likelihood together with data: its terms sum to its density, and engines find its mode."""

from __future__ import annotations

import numpy as np

from mapsto.certificate.facts import families
from mapsto.certificate.facts.formulas_of_rows import formulas_are_the_likelihood
from mapsto.certificate.facts.likelihood import counts, rows
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.certificate.rows import terms_at
from mapsto.engines.question import Question
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate
from mapsto.priors.normal import Normal
from mapsto.rounding import gamma
from mapsto.runs.conformance.tables import tables
from mapsto.runs.run import run

SLOPES = np.array([0.4, -0.3, 0.2, 0.1])


def problem_of(one: Likelihood) -> Problem:
    """Responses that the likelihood itself has drawn, forty rows of four columns."""
    X = tables()["tall"][0]
    rng = np.random.default_rng(19)
    q = None if counts(one) else rng.uniform(0.5, 2.0, len(X))
    y = one.simulate(0.5 + X @ SLOPES, rng, 1.0 if q is None else q)
    return Problem.from_rows(X, y, weights=q, likelihood=one)


def terms_sum_to_the_density(one: Likelihood) -> Comparisons:
    """The ledger's terms of log p(y | w, b) sum to it, and those that are dropped do not move with w."""
    yield from terms_at(problem_of(one), Estimate(SLOPES, 0.5))


def family_is_the_density(one: Likelihood) -> Comparisons:
    """The family, where it is a standard one, has the log density of each row."""
    yield from families.family_of_rows_is_the_density(one, *rows(one))


def mode_is_found(one: Likelihood) -> Comparisons:
    """The direct engine's mode under a Normal prior passes every check of a run."""
    result = run(problem_of(one), Normal(scale=1.0), engines=["closed_form", "direct"])
    yield holds(any(isinstance(outcome, Estimate) for outcome in result.modes.values()), "no engine found a mode")
    for check in result.certificate.checks:
        yield Seen(check.observed, check.tolerance, check.name)


def density_is_pymcs(one: Likelihood) -> Comparisons:
    """PyMC's log density of the whole model is the log likelihood and the log prior."""
    import pytensor

    from mapsto.engines.registry import engines

    problem, prior = problem_of(one), Normal(scale=1.0)
    at = Estimate(SLOPES, 0.5)
    with pytensor.config.change_flags(cxx=""):  # plain Python: compiling takes longer than one call
        theirs = engines()["pymc"](Question(problem.at_point, prior)).log_density(at)
    if theirs is None:
        return
    ours = problem.log_likelihood(SLOPES, 0.5) + prior.log_density(SLOPES)
    parts = float(np.abs(one.log_density(problem.table.rows[1], problem.table.predictor(SLOPES, 0.5), 1.0)).sum())
    yield Seen(
        abs(theirs - ours),
        gamma(64 + 4 * problem.n) * (abs(ours) + parts + problem.n),
        f"PyMC has {theirs:.6g}, not {ours:.6g}",
    )


CHECKS = (formulas_are_the_likelihood, terms_sum_to_the_density, family_is_the_density, mode_is_found, density_is_pymcs)
