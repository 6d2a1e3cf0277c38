"""Is a likelihood one thing: density, loss, derivatives, family, simulation and ledger? Asked by every run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mapsto.certificate.checks import Check
from mapsto.certificate.consistency import Facts, asked
from mapsto.certificate.facts import families, formulas_of_rows
from mapsto.certificate.facts import likelihood as of_likelihood
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate
from mapsto.rounding import gamma

MOST_ROWS = 4_000  # at which a likelihood's facts are looked at, spread evenly over the table


def likelihood_checks(problem: Problem, mode: Estimate | None) -> list[Check]:
    """By itself, and where the rows are at hand at the mode."""
    one = problem.likelihood
    of_rows: Facts = ()
    if problem.table.X is not None and mode is not None:
        y, eta, q = _rows(problem, mode)
        of_rows = (
            (
                "loss-is-minus-log-likelihood",
                "The loss over its factor and the log density of each row sum to one constant, whatever the predictor.",
                lambda: of_likelihood.loss_at(one, y, eta, q),
            ),
            (
                "gradient-is-that-of-the-log-likelihood",
                "What the likelihood states as its derivatives is what differences of its log density give.",
                lambda: of_likelihood.derivatives_at(one, y, eta, q),
            ),
            (
                "majoriser-lies-above",
                "The parabola that touches minus the log density at the mode lies nowhere below it.",
                lambda: of_likelihood.majoriser_at(one, y, eta, q),
            ),
            (
                "family-is-log-likelihood",
                "The family by which engines know the likelihood has its log density, by the formula of that family.",
                lambda: families.family_of_rows_is_the_density(one, y, eta, q),
            ),
            (
                "ledger-sums-to-log-likelihood",
                "The terms that the likelihood states sum to its log density of all rows, and those that the loss "
                "drops are the same for other slopes.",
                lambda: terms_at(problem, mode),
            ),
        )
    alone: Facts = (
        (
            "likelihood-integrates-to-one",
            "The density of one response integrates to one, or its probabilities sum to one.",
            lambda: of_likelihood.density_of_a_row_is_normalised(one),
        ),
        (
            "likelihood-is-simulated",
            "Responses that the likelihood simulates have the distribution that its density says.",
            lambda: of_likelihood.simulation_has_the_density(one),
        ),
        (
            "likelihood-is-its-formula",
            "The formulas of the likelihood, evaluated as they are written, give its density, loss and constants.",
            lambda: formulas_of_rows.formulas_are_the_likelihood(one),
        ),
        (
            "likelihood-is-what-it-says",
            "Whether the loss is convex in the linear predictor is as the likelihood says.",
            lambda: of_likelihood.is_labelled_right(one),
        ),
    )
    return asked((*of_rows, *alone))


def _rows(problem: Problem, mode: Estimate) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Responses, linear predictors at the mode and weights, of at most MOST_ROWS rows spread over all."""
    table = problem.table
    some = slice(None, None, -(-table.n // MOST_ROWS))
    X, y = (part[some] for part in table.rows)
    return y, mode.intercept + X @ mode.coef, np.broadcast_to(table.q, (table.n,))[some]


def terms_at(problem: Problem, mode: Estimate) -> Comparisons:
    """The ledger's terms of log p(y | w, b) sum to it at the mode and at other slopes; what is dropped stays."""
    n, dropped, size = problem.n, [], 0.0
    for one in (mode, replace(mode, coef=0.5 * mode.coef), replace(mode, coef=0 * mode.coef)):
        terms = problem.likelihood.ledger_terms(problem.table, one.coef, one.intercept)
        total, stated = (
            float(sum(term.value for term in terms)),
            problem.log_likelihood(one.coef, one.intercept),
        )
        size = max(size, sum(abs(term.value) for term in terms) + abs(stated) + n)
        parts = size + problem.likelihood.loss_size(problem.table, one.coef, one.intercept)
        yield Seen(
            abs(total - stated), gamma(64 + n) * parts, f"the terms sum to {total:.6g}, and log_density to {stated:.6g}"
        )
        dropped.append(float(sum(term.value for term in terms if not term.kept)))
    yield Seen(float(np.ptp(dropped)), gamma(64 + n) * size, "a dropped term changes with w")
    yield holds(any(term.kept for term in terms), "no term is kept")
