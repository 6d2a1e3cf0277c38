"""A prior on sigma by itself: its density integrates to one, and its expression is its density."""

from __future__ import annotations

import math

import numpy as np

from mapsto.certificate.facts.arrays import ARRAYS
from mapsto.certificate.facts.families import log_density, size_of_constant
from mapsto.certificate.facts.formulas_of_rows import formula_is_the_density
from mapsto.certificate.facts.integrals import along
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.rounding import gamma

PLACES = (0.02, 0.3, 1.0, 2.5, 40.0)


def density_integrates_to_one(one: NoisePrior) -> Comparisons:
    """Over sigma > 0; an improper density has no integral, towards zero or far out."""
    if not one.proper:
        far = one.log_density(1e12) + math.log(1e12) >= one.log_density(1e6) + math.log(1e6) - 1e-9
        near = one.log_density(1e-12) - math.log(1e12) >= one.log_density(1e-6) - math.log(1e6) - 1e-9
        yield holds(far or near, "it is called improper, and its density has an integral")
        return
    grid = 10.0 ** np.linspace(-6, 6, 121)
    middle = float(grid[int(np.argmax([one.log_density(float(s)) + math.log(s) for s in grid]))])
    total, size, missed = along(lambda r: one.log_density(middle * float(r)), 1 / 64, 0)
    yield Seen(
        abs(middle * total - 1), middle * (gamma(32 * 513) * size + missed), f"it integrates to {middle * total:.9g}"
    )


def expression_is_the_density(one: NoisePrior) -> Comparisons:
    """The expression over NumPy, where there is one, is log_density, which is a float."""
    for sigma in PLACES:
        ours, theirs = one.log_density(sigma), one.expression(sigma, ARRAYS)
        yield holds(isinstance(ours, float), f"log_density gives a {type(ours).__name__}, not a float")
        if theirs is not None:
            size = abs(ours) + abs(float(theirs)) + 1
            yield Seen(abs(ours - float(theirs)), gamma(32) * size, f"it is {float(theirs):.6g}, not {ours:.6g}")


def family_is_the_density(one: NoisePrior) -> Comparisons:
    """The family, where it is a standard one, has the log density of the prior on sigma."""
    family = one.family()
    if family is None:
        return
    for sigma in PLACES:
        ours, theirs = one.log_density(sigma), log_density(family, np.array([sigma]))
        if theirs is None:
            return
        size = abs(ours) + abs(float(theirs[0])) + 1 + size_of_constant(family)
        yield Seen(
            abs(ours - float(theirs[0])),
            gamma(64) * size,
            f"the family {family.name} gives {float(theirs[0]):.6g} at sigma = {sigma:g}, and log_density {ours:.6g}",
        )


CHECKS = (density_integrates_to_one, expression_is_the_density, family_is_the_density, formula_is_the_density)
