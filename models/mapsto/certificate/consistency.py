"""Is a prior one thing: density, penalty, family, slope, and what it says of itself? Asked by every run."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from mapsto.certificate.checks import Check
from mapsto.certificate.facts import (
    families,
    formulas,
    formulas_of_rows,
    integrals,
    kinks,
    labels,
    mixtures,
    noise_prior,
    shapes,
)
from mapsto.certificate.facts import prior as of_prior
from mapsto.certificate.facts.places import points, raw_points
from mapsto.certificate.facts.seen import Comparisons, Seen, as_check
from mapsto.data.statistics import Matrix
from mapsto.errors import told
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.outcome import Estimate
from mapsto.priors.base import Prior

PLACES = 5  # in the prior's own widths, besides its centre and the mode
COLUMNS = 8  # along which the slope is looked at
FEW = 3  # along which what takes many numbers is looked at: the first ones, which neighbours couple
MANY = 24  # coupled slopes, of which fewer are looked at
DRAWS = 40

Facts = tuple[tuple[str, str, Callable[[], Iterable[Seen]]], ...]


def prior_checks(prior: Prior, p: int, mode: Estimate | None) -> list[Check]:
    """At the centre, around it and at the mode: what the prior states are facts of one density of p slopes."""
    if prior.no_mode:
        facts: Facts = (
            (
                "prior-is-the-average-over-its-scales",
                "The prior's log density is that of Normal slopes averaged over fresh draws of its scales.",
                lambda: mixtures.density_is_the_average(prior, min(p, 2), 4_000),
            ),
        )
        return asked(facts)
    costly = p > MANY and not prior.separable  # each number is then of all slopes with all
    around = points(prior, p)[: 3 if costly else PLACES + 1]
    places = around if mode is None else [*around, mode.coef]
    few = list(range(min(p, 2 if costly else FEW)))
    columns = [int(j) for j in np.unique(np.linspace(0, p - 1, min(p, 2 if costly else COLUMNS)).astype(int))]
    facts = (
        (
            "penalty-is-minus-log-density",
            "Penalty and log density of the prior sum to one constant: at its centre, around it and at the mode; the "
            "penalty is zero at the centre, and both end where the prior does.",
            lambda: _density(prior, p, places),
        ),
        (
            "prior-integrates-to-one",
            "The prior's density has the integral that a density has, by quadrature; that of an improper one has none.",
            lambda: integrals.own_density_integrates_to_one(prior, p),
        ),
        (
            "family-is-log-density",
            "The family by which engines know the prior has the prior's log density, by the formula of that family.",
            lambda: families.family_at(prior, places, p),
        ),
        (
            "expression-is-log-density",
            "The expression that engines evaluate is the prior's log density, with its constant.",
            lambda: of_prior.expression_at(prior, places, p),
        ),
        (
            "mean-and-root-are-log-density",
            "The mean and the root of the covariance that the exact posterior is made with give the log density.",
            lambda: of_prior.gaussian_is_the_density(prior, p, places),
        ),
        (
            "marginals-are-log-density",
            "The densities of each slope alone multiply to the density of all.",
            lambda: shapes.marginals_at(prior, places[:2], p),
        ),
        (
            "shape-is-the-penalty",
            "The absolute values, squares and lengths that solvers are told the penalty is made of give the penalty.",
            lambda: [
                *shapes.shape_at(prior, [*places, *raw_points(prior, p)[:PLACES]], p),
                *shapes.shape_is_stated(prior, p, few),
            ],
        ),
        (
            "slope-is-that-of-the-penalty",
            "What the prior states as the slope of its penalty is what differences of the penalty give.",
            lambda: of_prior.slope_at(prior, around[1:], p, columns),
        ),
        (
            "stationarity-holds-kinks",
            "At zero the stationarity is the distance to what lies between the slopes of the penalty on either side.",
            lambda: kinks.stationarity_holds_kinks(prior, p, few),
        ),
        (
            "curvature-is-that-of-the-slope",
            "What the prior states as the curvature of its penalty is what differences of its slope give.",
            lambda: of_prior.curvature_is_the_slopes(prior, p, around[1:2], few),
        ),
        (
            "lengths-are-lengths",
            "With all lengths of the prior doubled, slopes twice as long have the same penalty.",
            lambda: of_prior.lengths_are_lengths(prior, p, around),
        ),
        (
            "prior-is-its-formula",
            "The formulas of the prior, evaluated as they are written, give its density, its penalty and the constant.",
            lambda: _formulas(prior, p),
        ),
        (
            "prior-is-what-it-says",
            "Whether the penalty is convex, has kinks, couples the slopes and minds their order is as the prior says.",
            lambda: labels.is_labelled_right(prior, p, few),
        ),
    )
    return asked(facts)


def _formulas(prior: Prior, p: int) -> Comparisons:
    """Of the first slope alone, or of two coupled ones, where all slopes would be many."""
    one = prior.marginal(0, p) if prior.separable and p > FEW else prior
    few = p if one is prior else 1
    if not prior.separable and p > FEW:
        one, few = integrals.alike_for_two(prior), 2
    if one is not None:
        yield from formulas.formulas_are_the_density(one, few)


def _density(prior: Prior, p: int, places: list[np.ndarray]) -> Comparisons:
    yield from of_prior.constant_at(prior, places, p)
    yield from of_prior.zero_at_centre(prior, p)
    yield from of_prior.ends_at(prior, raw_points(prior, p))


def prior_check_at_draws(prior: Prior, slopes: Matrix, engine: str) -> list[Check]:
    """Penalty + log density at draws, slopes of shape (chains, draws, p), is what it is at the centre."""
    flat = slopes.reshape(-1, slopes.shape[-1])
    some = flat[:: max(1, len(flat) // DRAWS)]
    return asked(
        (
            (
                f"penalty-is-minus-log-density-at-draws-of-{engine}",
                "Penalty and log density of the prior sum to one constant: at draws of the posterior what it is at its "
                "centre.",
                lambda: of_prior.constant_at(prior, some, flat.shape[1]),
            ),
        )
    )


def noise_prior_checks(one: NoisePrior | None) -> list[Check]:
    """A prior on sigma integrates to one, and its family or expression is its density."""
    if one is None:
        return []
    return asked(
        (
            (
                "prior-on-sigma-integrates-to-one",
                "The density of the prior on sigma integrates to one; that of an improper one has no integral.",
                lambda: noise_prior.density_integrates_to_one(one),
            ),
            (
                "prior-on-sigma-is-its-formula",
                "The formula of the prior on sigma, evaluated as it is written, gives its density.",
                lambda: formulas_of_rows.formula_is_the_density(one),
            ),
            (
                "prior-on-sigma-is-what-engines-have",
                "The family or the expression by which engines know the prior on sigma has its log density.",
                lambda: [*noise_prior.expression_is_the_density(one), *noise_prior.family_is_the_density(one)],
            ),
        )
    )


def asked(facts: Facts) -> list[Check]:
    """A check for each fact that applies; what a plug-in raises when it is asked is told under the check's name."""
    return [check for one in facts if (check := _asked(*one)) is not None]


def _asked(name: str, reason: str, comparisons: Callable[[], Iterable[Seen]]) -> Check | None:
    try:
        seen = list(comparisons())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plug-in may raise anything; it is told, never swallowed
        return Check(name, 1.0, 0.0, f"{reason} It raised {_plain(told(error))}.")
    if not seen:
        return None
    check = as_check(name, [("", one) for one in seen])
    words = reason if check.passed else f"{reason} Not so: {_plain(check.reason)}."
    if check.passed and (left_out := [one.left_out for one in seen if one.left_out]):
        words += f" Not compared: {_plain('; '.join(dict.fromkeys(left_out)))}."
    return Check(name, check.observed, check.tolerance, words)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("$", "\\$").replace("-", "\N{MINUS SIGN}")
