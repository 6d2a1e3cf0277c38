"""The package's own conformance checks, each as a function that raises AssertionError with its name.

They are handed a prior, so that a wrong one can be handed to them too (test_wrong_priors.py), and one that nobody has
seen before (test_skeleton.py).
"""

from dataclasses import dataclass
from functools import wraps

import numpy as np

from conformance.places import widths
from mapsto.certificate.facts import families, integrals, kinks, labels, mixtures, shapes
from mapsto.certificate.facts import prior as facts
from mapsto.certificate.facts.labels import is_separable  # noqa: F401
from mapsto.certificate.facts.prior import OPERATIONS  # noqa: F401
from mapsto.likelihoods.problem import Problem
from mapsto.priors.registry import shipped
from mapsto.runs.conformance import by_pymc, prior_and_data
from mapsto.runs.conformance.answers import slack  # noqa: F401


@dataclass(frozen=True)
class Example:
    """The k-th example of a prior, for as many slopes as are asked for."""

    kind: type
    k: int

    def __call__(self, p):
        return self.kind.examples(p)[self.k]

    def __repr__(self):
        return f"{self.kind.name}-{self.k}"


def every_example():
    """The examples of every prior there is a file for."""
    return [Example(kind, k) for kind in shipped().values() for k in range(len(kind.examples(3)))]


def asserting(check):
    """The check as a function that raises with its name at the first comparison that fails."""

    @wraps(check)
    def asserted(*arguments, **options):
        for seen in check(*arguments, **options):
            assert seen.fine, f"{check.__name__}: {seen.where}: {seen.observed:.3g} > {seen.allowed:.3g}"

    return asserted


penalty_is_minus_log_density = asserting(facts.penalty_is_minus_log_density)
density_integrates_to_one = asserting(integrals.density_integrates_to_one)
density_is_pymcs = asserting(by_pymc.density_is_pymcs)
family_is_the_density = asserting(families.family_is_the_density)
shape_is_the_penalty = asserting(shapes.shape_is_the_penalty)
marginals_are_the_density = asserting(shapes.marginals_are_the_density)
expression_is_the_density = asserting(facts.expression_is_the_density)
gaussian_is_the_density = asserting(facts.gaussian_is_the_density)
curvature_is_the_slopes = asserting(facts.curvature_is_the_slopes)
lengths_are_lengths = asserting(facts.lengths_are_lengths)
stationarity_is_the_slope = asserting(facts.stationarity_is_the_slope)
stationarity_holds_kinks = asserting(kinks.stationarity_holds_kinks)
is_labelled_right = asserting(labels.is_labelled_right)
alpha_is_the_penalty = asserting(prior_and_data.alpha_is_the_penalty)
closed_form_is_stationary = asserting(prior_and_data.closed_form_is_stationary)
direct_is_stationary = asserting(prior_and_data.direct_is_stationary)
sklearn_agrees = asserting(prior_and_data.sklearn_agrees)
posterior_is_normalised = asserting(prior_and_data.posterior_is_normalised)
is_stationary = asserting(prior_and_data.is_stationary)
is_same_mode = asserting(prior_and_data.is_same_mode)
has_no_mode_and_says_so = asserting(prior_and_data.has_no_mode_and_says_so)
scales_are_pymcs = asserting(by_pymc.scales_are_pymcs)
density_is_the_average = asserting(mixtures.density_is_the_average)

# Every check by its name; those that take a prior alone, and those that need data beside it.
ALONE = {
    check.__name__: check
    for check in (
        penalty_is_minus_log_density,
        density_integrates_to_one,
        density_is_pymcs,
        expression_is_the_density,
        family_is_the_density,
        shape_is_the_penalty,
        marginals_are_the_density,
        gaussian_is_the_density,
        curvature_is_the_slopes,
        lengths_are_lengths,
        stationarity_is_the_slope,
        stationarity_holds_kinks,
        is_labelled_right,
    )
}
BESIDE_DATA = {
    check.__name__: check
    for check in (
        alpha_is_the_penalty,
        closed_form_is_stationary,
        direct_is_stationary,
        sklearn_agrees,
        posterior_is_normalised,
    )
}
OF_MIXTURES = {check.__name__: check for check in (density_integrates_to_one, scales_are_pymcs, density_is_the_average)}


def rows(table, noise_sd=1.0, **options):
    """The problem of a table (X, y)."""
    return Problem.from_rows(*table, noise_sd=noise_sd, **options)


def nudged(problem, w):
    """w with its weightiest coefficient moved by one part in a million."""
    j = int(np.argmax(problem.statistics.column_norms * np.abs(w)))
    return np.where(np.arange(len(w)) == j, w * (1 + 1e-6), w)


def wrong_answers(problem, prior, w, solve):
    """What must fail wherever w passes: alpha doubled, a sign flipped, all zero, w nudged, a zero let go.

    Those that are no other answer are left out: without a penalty there is no alpha, and zero has no sign.
    """
    louder = problem.with_noise_sd(problem.noise_sd * np.sqrt(2))
    freed = np.where((w == 0) & (np.cumsum(w == 0) == 1), widths(prior, len(w)), w)
    wrong = {
        "alpha doubled": solve(louder, prior).coef,
        "sign flipped": -w,
        "zero vector": np.zeros(len(w)),
        "nudged": nudged(problem, w),
        "zero let go": freed if prior.kinked else w,
    }
    without_pull = not prior.stationarity(w, np.zeros(len(w))).any()
    return {
        name: value
        for name, value in wrong.items()
        if not (np.array_equal(value, w) or (name == "alpha doubled" and without_pull))
    }
