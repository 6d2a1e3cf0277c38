"""Estimates and draws become a certificate: a tuple of named checks. The verdict is derived, never stored.

Every tolerance comes from the numbers: rounding error and conditioning for the deterministic routes (the backward
error first), Monte Carlo standard errors for the draws, after a gate on the effective sample size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtri

from mapsto.conjugate import GaussianPosterior
from mapsto.estimate import Estimate, Failed, Outcome, Unsupported
from mapsto.ledger import Term
from mapsto.priors.base import Prior
from mapsto.problem import Problem
from mapsto.rounding import digits, gamma
from mapsto.sufficient import Vector
from mapsto.summary import DrawsSummary

MIN_ESS = 400  # below it R-hat and MCSE are not to be trusted: Vehtari et al. (2021), Bayesian Analysis 16(2), s. 4
MAX_R_HAT = 1.01  # ibid., section 4
MIN_E_BFMI = 0.3  # Betancourt (2016), arXiv:1604.00695, section 4
FALSE_ALARM = 1e-6  # probability that correct draws fail one of the Monte Carlo checks


@dataclass(frozen=True)
class Check:
    """One named comparison: it passes when ``observed`` is at most ``tolerance``.

    A quantity that has to be large (an effective sample size) is observed as bound / quantity against 1.
    """

    name: str
    observed: float
    tolerance: float
    reason: str

    @property
    def passed(self) -> bool:
        """Whether the observed value is within its tolerance; NaN never is."""
        return self.observed <= self.tolerance


@dataclass(frozen=True)
class Certificate:
    """All checks of a run, and the digits on which the routes agree.

    Attributes:
        checks: every comparison made.
        digits: significant digits, relative to the largest coefficient, shared by every two routes; None with fewer
            than two.
    """

    checks: tuple[Check, ...]
    digits: float | None

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, eq=False)
class Conditioning:
    """How far rounding can move an answer.

    Attributes:
        unit: size of each column in the stacked problem, shape (p,): errors are measured in these units.
        condition: condition number of the scaled normal equations.
        backward: the backward error that rounding explains.
    """

    unit: Vector
    condition: float
    backward: float

    @classmethod
    def of(cls, problem: Problem, posterior: GaussianPosterior | Unsupported) -> Conditioning:
        """Take the conditioning from the posterior's own root, or from the data alone where there is none.

        The backward error is that of a Cholesky solve of the normal equations, gamma(n + 3p + 1) an entry (Higham
        2002, "Accuracy and Stability of Numerical Algorithms", theorem 10.4 and section 20.4), times the digits
        that centring a column far from zero costs.
        """
        s = problem.statistics
        A = s.R / problem.noise_sd if isinstance(posterior, Unsupported) else posterior.root
        norms = np.linalg.norm(A, axis=0)
        unit = np.where(norms > 0, norms, 1.0)
        raw = np.hypot(s.column_norms, math.sqrt(s.n) * np.abs(s.x_mean)) / problem.noise_sd
        centring = max(1.0, float((raw / unit).max()))
        spread = math.sqrt(s.left_over + float(s.z @ s.z))
        centring = max(centring, math.sqrt(s.n) * abs(s.y_mean) / spread) if spread else centring
        backward = s.p * gamma(s.n + 3 * s.p + 1) * centring
        return cls(unit, float(np.linalg.cond(A / unit)) ** 2, backward)


def backward_error(problem: Problem, prior: Prior, estimate: Estimate, unit: Vector) -> float:
    """Distance from stationarity, relative to the parts whose sum should vanish (dimensionless).

    Source: the normwise backward error of Rigal & Gaches (Higham 2002, theorem 7.1), in the columns' own units.
    """
    s, w = problem.statistics, estimate.coef
    left = prior.stationarity(w, problem.data_gradient(w)) / unit
    R = np.abs(s.R)
    parts = R.T @ (R @ np.abs(w) + np.abs(s.z)) / problem.noise_sd**2 + prior.stationarity(w, np.zeros_like(w))
    slopes = float(left.max() / (parts / unit).max())
    if not problem.intercept:
        return slopes
    size = abs(s.y_mean) + abs(estimate.intercept) + float(np.abs(s.x_mean) @ np.abs(w))
    off = abs(s.best_intercept(w) - estimate.intercept)
    return float(np.max([slopes, off / size if size else off]))  # unlike max(), this does not lose a NaN


def mode_checks(
    problem: Problem, prior: Prior, outcomes: Mapping[str, Outcome], conditioning: Conditioning
) -> list[Check]:
    """Is each route's answer a stationary point, and do the routes give the same one?"""
    checks = [
        Check(f"route-{name}", 1.0, 0.0, f"The route should have answered and did not: {outcome.reason}")
        for name, outcome in outcomes.items()
        if isinstance(outcome, Failed)
    ]
    estimates = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Estimate)}
    checks += [
        Check(
            f"stationarity-{name}",
            backward_error(problem, prior, estimate, conditioning.unit),
            conditioning.backward,
            "The gradient of the log posterior at the answer, relative to the size of its parts; rounding error "
            f"of n = {problem.n} rows and p = {problem.p} columns explains this much.",
        )
        for name, estimate in estimates.items()
    ]
    checks += [
        Check(
            f"same-mode-{first}-{second}",
            _distance(estimates[first].coef, estimates[second].coef, conditioning.unit),
            2 * conditioning.backward * conditioning.condition,
            "Relative distance of the two answers; two backward errors times the condition number "
            f"{conditioning.condition:.3g} of the problem explain this much.",
        )
        for first, second in combinations(estimates, 2)
    ]
    objectives = [problem.objective(e.coef, e.intercept, prior.penalty(e.coef)) for e in estimates.values()]
    checks.append(
        Check(
            "same-objective",
            float(np.ptp(objectives)) / float(np.max(objectives)),  # Python's division: inf / inf is NaN, and fails
            gamma(problem.n + problem.p) + conditioning.backward**2 * conditioning.condition,
            "Relative spread of the loss over the routes: the loss is flat at its floor, so errors enter squared.",
        )
    )
    return checks


def agreed_digits(outcomes: Iterable[Outcome]) -> float | None:
    """Significant digits shared by every two estimates, relative to the largest coefficient."""
    estimates = [outcome for outcome in outcomes if isinstance(outcome, Estimate)]
    apart = [_distance(a.coef, b.coef, np.ones_like(a.coef)) for a, b in combinations(estimates, 2)]
    return digits(float(np.max(apart))) if apart else None


def _distance(first: Vector, second: Vector, unit: Vector) -> float:
    size = float(np.abs(second * unit).max())
    apart = float(np.abs((first - second) * unit).max())
    return apart / size if size else apart


def ledger_checks(
    terms: Sequence[Term],
    logp: float,
    logp_of_rows: float | None,
    posterior: GaussianPosterior | Unsupported,
    conditioning: Conditioning,
) -> list[Check]:
    """Do the terms sum to PyMC's log density, and with the evidence to the posterior's own?"""
    size = sum(abs(term.value) for term in terms)
    evidence = sum(term.value for term in terms if term.term == "evidence")
    joint = sum(term.value for term in terms) - evidence
    # A logarithm of a determinant moves by at most p times the relative error of the factor's diagonal.
    rounding = conditioning.backward * max(1.0, math.sqrt(conditioning.condition))
    checks = [
        Check(
            "ledger-sums-to-pymc-logp",
            abs(joint - logp) / size,
            conditioning.backward,
            "Kept and dropped terms against PyMC's log density of the sufficient statistics, relative to their size.",
        )
    ]
    if logp_of_rows is not None:
        checks.append(
            Check(
                "rows-equal-statistics",
                abs(logp_of_rows - logp) / size,
                conditioning.backward,
                "PyMC's log density of all rows against that of the sufficient statistics, relative to their size.",
            )
        )
    if isinstance(posterior, GaussianPosterior):
        checks.append(
            Check(
                "ledger-sums-to-posterior-density",
                abs(joint + evidence - posterior.log_density_at_mode()) / size,
                rounding,
                "With the evidence, found apart from the posterior, the terms are log Normal(mode | mode, "
                "covariance): likelihood x prior = evidence x posterior.",
            )
        )
    return checks


def draws_checks(summary: DrawsSummary, posterior: GaussianPosterior | Unsupported) -> list[Check]:
    """Are the draws to be trusted, and do they agree with the exact posterior?"""
    checks = [
        Check(
            "nuts-effective-sample-size",
            MIN_ESS / summary.smallest_ess,
            1.0,
            f"{MIN_ESS} / smallest effective sample size (bulk or tail), which is {summary.smallest_ess:.0f}; "
            "the Monte Carlo errors below rest on it.",
        ),
        Check(
            "nuts-r-hat",
            summary.largest_r_hat,
            MAX_R_HAT,
            "Largest R-hat: the chains have forgotten their starts.",
        ),
        Check("nuts-divergences", float(summary.divergences), 0.0, "Divergent transitions among the kept draws."),
        Check(
            "nuts-e-bfmi",
            MIN_E_BFMI / summary.smallest_e_bfmi,
            1.0,
            f"{MIN_E_BFMI} / smallest E-BFMI, which is {summary.smallest_e_bfmi:.2f}: every energy is reached.",
        ),
    ]
    if isinstance(posterior, Unsupported):
        return checks
    exact_mean = np.append(posterior.mean, [posterior.intercept_mean] * posterior.problem.intercept)
    exact_sd = np.append(posterior.sd, [posterior.intercept_sd] * posterior.problem.intercept)
    tolerance = -float(ndtri(FALSE_ALARM / (2 * len(exact_mean))))
    why = (
        f"correct draws exceed this once in {1 / FALSE_ALARM:,.0f} runs (Bonferroni over {len(exact_mean)} parameters)."
    )
    return [
        *checks,
        Check(
            "nuts-mean-is-exact-mean",
            float((np.abs(summary.mean - exact_mean) / summary.mcse_mean).max()),
            tolerance,
            f"Largest gap between means, in Monte Carlo standard errors; {why}",
        ),
        Check(
            "nuts-sd-is-exact-sd",
            float((np.abs(summary.sd - exact_sd) / summary.mcse_sd).max()),
            tolerance,
            f"Largest gap between standard deviations, in Monte Carlo standard errors; {why}",
        ),
    ]


def mode_is_highest(logp_at_mode: float, best_draw: float) -> Check:
    """No draw of the posterior may stand higher than its mode."""
    return Check(
        "no-draw-beats-the-mode",
        float(np.maximum(0.0, best_draw - logp_at_mode)) / abs(logp_at_mode),
        gamma(1_000),
        "How far PyMC's log density of the best draw rises above that of the mode, relative to it.",
    )
