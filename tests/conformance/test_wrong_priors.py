"""A wrong prior is caught by the checks that are meant to catch it; those that look elsewhere stay silent."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from conformance import checks
from mapsto.priors import Normal, Recipe
from mapsto.priors.base import Solution


@dataclass(frozen=True)
class PenaltyDoubled(Normal):
    def penalty(self, w):
        return 2 * super().penalty(w)


@dataclass(frozen=True)
class PenaltyHasAConstant(Normal):
    def penalty(self, w):
        return super().penalty(w) + 0.25


@dataclass(frozen=True)
class NotNormalised(Normal):
    def log_density(self, w):
        return super().log_density(w) + len(w) * 1e-9


@dataclass(frozen=True)
class OtherTails(Normal):
    def log_density(self, w):
        u = np.abs(w / self.scale)
        return super().log_density(w) + 1e-3 * float(np.maximum(u - 4, 0).sum())


@dataclass(frozen=True)
class VarianceForScale(Normal):
    def to_pymc(self, name, dims):
        import pymc as pm

        return pm.Normal(name, mu=0, sigma=self.scale**2, dims=dims)


@dataclass(frozen=True)
class WrongSlope(Normal):
    def stationarity(self, w, gradient):
        return np.abs(gradient + w / (2 * self.scale**2))


@dataclass(frozen=True)
class WrongSign(Normal):
    def stationarity(self, w, gradient):
        return np.abs(gradient - w / self.scale**2)


@dataclass(frozen=True)
class AlphaHalved(Normal):
    def alpha(self, problem):
        return super().alpha(problem) / 2


@dataclass(frozen=True)
class LassosHalf(Normal):
    def to_sklearn(self, problem):
        return Recipe("Ridge", {"alpha": self.alpha(problem) / (2 * problem.n)})


@dataclass(frozen=True)
class WrongFormula(Normal):
    def closed_form(self, problem):
        return super().closed_form(replace(problem, noise_sd=problem.noise_sd * (1 + 1e-7)))


@dataclass(frozen=True)
class WrongEvidence(Normal):
    def closed_form(self, problem):
        right = super().closed_form(problem)
        off = replace(right.posterior, log_evidence=right.posterior.log_evidence + 0.5 * np.log(2 * np.pi))
        return Solution(right.mode, off)


def closed_form(problem, prior):
    checks.is_stationary(problem, prior, prior.closed_form(problem).mode.coef)


def evidence(problem, prior):
    checks.posterior_is_normalised(problem, prior, prior.closed_form(problem))


CHECKS = {
    "penalty_is_minus_log_density": lambda problem, prior: checks.penalty_is_minus_log_density(prior),
    "density_integrates_to_one": lambda problem, prior: checks.density_integrates_to_one(prior),
    "density_is_pymcs": lambda problem, prior: checks.density_is_pymcs(prior),
    "stationarity_is_the_slope": lambda problem, prior: checks.stationarity_is_the_slope(prior),
    "alpha_is_the_penalty": lambda problem, prior: checks.alpha_is_the_penalty(prior, problem),
    "closed_form": closed_form,
    "posterior_is_normalised": evidence,
    "sklearn_agrees": checks.sklearn_agrees,
}

# Which checks a fault fails. All others have to pass it: a check that fails everything proves nothing.
FAULTS = {
    Normal: set(),
    PenaltyDoubled: {"penalty_is_minus_log_density", "stationarity_is_the_slope", "alpha_is_the_penalty"},
    PenaltyHasAConstant: {"penalty_is_minus_log_density", "alpha_is_the_penalty"},
    NotNormalised: {"density_integrates_to_one", "density_is_pymcs", "posterior_is_normalised"},
    OtherTails: {"penalty_is_minus_log_density", "density_integrates_to_one", "density_is_pymcs"},
    VarianceForScale: {"density_is_pymcs"},
    WrongSlope: {"stationarity_is_the_slope", "closed_form", "sklearn_agrees"},
    WrongSign: {"stationarity_is_the_slope", "closed_form", "sklearn_agrees"},
    AlphaHalved: {"alpha_is_the_penalty", "sklearn_agrees"},
    LassosHalf: {"sklearn_agrees"},
    WrongFormula: {"closed_form", "sklearn_agrees", "posterior_is_normalised"},
    WrongEvidence: {"posterior_is_normalised"},
}


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_each_fault_fails_the_checks_meant_for_it_and_no_other(kind, tables):
    prior, problem = kind(0.5), checks.rows(tables["tall"])
    failed = set()
    for name, check in CHECKS.items():
        try:
            check(problem, prior)
        except AssertionError:
            failed.add(name)
    assert failed == FAULTS[kind]


def test_every_check_has_a_fault_that_fails_it():
    assert set.union(*FAULTS.values()) == set(CHECKS)
