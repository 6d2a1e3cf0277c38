"""A likelihood together with data: its terms sum to its density, and engines find its mode."""

from __future__ import annotations

import numpy as np

from mapsto.certificate.facts.likelihood import counts
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
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
    problem = problem_of(one)
    dropped = []
    for share in (1.0, 0.5, 0.0):
        w = share * SLOPES
        terms = one.ledger_terms(problem.table, w, 0.5)
        total, stated = sum(term.value for term in terms), problem.log_likelihood(w, 0.5)
        size = sum(abs(term.value) for term in terms) + abs(stated) + problem.n
        yield Seen(abs(total - stated), gamma(64 + problem.n) * size, f"the terms sum to {total:.6g}, not {stated:.6g}")
        dropped.append(sum(term.value for term in terms if not term.kept))
    yield Seen(
        float(np.ptp(dropped)), gamma(64 + problem.n) * (abs(dropped[0]) + problem.n), "a dropped term depends on w"
    )


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
        theirs = engines()["pymc"](Question(problem.with_noise_prior(None), prior)).log_density(at)
    if theirs is None:
        return
    ours = problem.log_likelihood(SLOPES, 0.5) + prior.log_density(SLOPES)
    parts = float(np.abs(one.log_density(problem.table.rows[1], problem.table.predictor(SLOPES, 0.5), 1.0)).sum())
    yield Seen(
        abs(theirs - ours),
        gamma(64 + 4 * problem.n) * (abs(ours) + parts + problem.n),
        f"PyMC has {theirs:.6g}, not {ours:.6g}",
    )


CHECKS = (terms_sum_to_the_density, mode_is_found, density_is_pymcs)
