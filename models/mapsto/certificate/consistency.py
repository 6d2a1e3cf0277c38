"""Are a prior and a likelihood one thing each: density and penalty, density and loss, slope and gradient?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from mapsto.certificate.checks import Check
from mapsto.certificate.facts import likelihood as of_likelihood
from mapsto.certificate.facts import prior as of_prior
from mapsto.certificate.facts.places import points
from mapsto.certificate.facts.seen import Seen, as_check
from mapsto.data.statistics import Matrix
from mapsto.errors import told
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate
from mapsto.priors.base import Prior

PLACES = 5  # in the prior's own widths, besides its centre and the mode
COLUMNS = 8  # along which the slope is looked at
DRAWS = 40
ROWS = 4_000  # at which a likelihood's facts are looked at, spread evenly over the table


def prior_checks(prior: Prior, mode: Estimate) -> list[Check]:
    """At the centre, around it and at the mode: penalty, log density, expression and slope are those of one prior."""
    p = len(mode.coef)
    places = [*points(prior, p)[: PLACES + 1], mode.coef]
    columns = [int(j) for j in np.unique(np.linspace(0, p - 1, min(p, COLUMNS)).astype(int))]
    return [
        _asked(
            "penalty-is-minus-log-density",
            "Penalty and log density of the prior sum to one constant: at its centre, around it and at the mode.",
            lambda: of_prior.constant_at(prior, places, p),
        ),
        _asked(
            "expression-is-log-density",
            "The expression that engines evaluate is the prior's log density, with its constant.",
            lambda: of_prior.expression_at(prior, places, p),
        ),
        _asked(
            "slope-is-that-of-the-penalty",
            "What the prior states as the slope of its penalty is what differences of the penalty give.",
            lambda: of_prior.slope_at(prior, places[1:-1], p, columns),
        ),
    ]


def prior_check_at_draws(prior: Prior, slopes: Matrix, engine: str) -> Check:
    """Penalty + log density at draws, slopes of shape (chains, draws, p), is what it is at the centre."""
    flat = slopes.reshape(-1, slopes.shape[-1])
    some = flat[:: max(1, len(flat) // DRAWS)]
    return _asked(
        f"penalty-is-minus-log-density-at-draws-of-{engine}",
        "Penalty and log density of the prior sum to one constant: at draws of the posterior what it is at its centre.",
        lambda: of_prior.constant_at(prior, some, flat.shape[1]),
    )


def likelihood_checks(problem: Problem, mode: Estimate) -> list[Check]:
    """At the mode, where the rows are at hand: loss, density and gradient are those of one likelihood."""
    if problem.table.X is None:
        return []
    constant, slope = of_likelihood.at_the_mode(problem, mode.coef, mode.intercept, ROWS)
    return [
        _asked(
            "loss-is-minus-log-likelihood",
            "The loss over its factor and the log density of each row sum to one constant, whatever the predictor.",
            lambda: constant,
        ),
        _asked(
            "gradient-is-that-of-the-log-likelihood",
            "What the likelihood states as its derivatives is what differences of its log density give.",
            lambda: slope,
        ),
    ]


def _asked(name: str, reason: str, comparisons: Callable[[], Iterable[Seen]]) -> Check:
    """One check; what a plug-in raises when it is asked is its own failure, told under the name of the check."""
    try:
        check = as_check(name, [("", seen) for seen in comparisons()])
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plug-in may raise anything; it is told, never swallowed
        return Check(name, 1.0, 0.0, f"{reason} It raised {_plain(told(error))}.")
    words = reason if check.passed else f"{reason} Not so: {_plain(check.reason)}."
    return Check(name, check.observed, check.tolerance, words)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("$", "\\$").replace("-", "\N{MINUS SIGN}")
