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
from mapsto.exact import ExactPosterior
from mapsto.ledger import Term
from mapsto.priors.base import Prior
from mapsto.problem import Problem
from mapsto.rounding import UNIT_ROUNDOFF, digits, gamma
from mapsto.routes.majorise import bend
from mapsto.sufficient import Matrix, Vector
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
    def of(
        cls,
        problem: Problem,
        prior: Prior,
        posterior: GaussianPosterior | Unsupported,
        estimates: Sequence[Estimate] = (),
    ) -> Conditioning:
        """Take the conditioning from the posterior's own root, or from the curvature at the answers.

        The backward error is that of a Cholesky solve of the normal equations, gamma(n + 3p + 1) an entry (Higham
        2002, "Accuracy and Stability of Numerical Algorithms", theorem 10.4 and section 20.4), times the digits
        that centring a column far from zero costs.
        """
        s = problem.statistics
        if isinstance(posterior, GaussianPosterior):
            norms = np.linalg.norm(posterior.root, axis=0)
            unit = np.where(norms > 0, norms, 1.0)
            condition = float(np.linalg.cond(posterior.root / unit)) ** 2
        else:
            unit, condition = _curvature(problem, prior, estimates)
        raw = np.hypot(s.column_norms, math.sqrt(s.weight) * np.abs(s.x_mean)) / problem.noise_sd
        centring = max(1.0, float((raw / unit).max()))
        spread = math.sqrt(s.left_over + float(s.z @ s.z))
        centring = max(centring, math.sqrt(s.weight) * abs(s.y_mean) / spread) if spread else centring
        backward = problem.rounding * centring
        return cls(unit, condition, backward)

    def within(self, *estimates: Estimate) -> float:
        """The sum of the backward errors of these answers: rounding, or where their own search stops by design."""
        return sum(max(self.backward, estimate.backward) for estimate in estimates)

    def is_unique(self, *estimates: Estimate) -> bool:
        """Whether the mode is told apart from its neighbours: else only loss and fit can be compared."""
        return self.within(*estimates) * self.condition < 1


def _curvature(problem: Problem, prior: Prior, estimates: Sequence[Estimate]) -> tuple[Vector, float]:
    """Size of each column, and condition number of the curvature among the coefficients that are not at a kink."""
    s = problem.statistics
    w = estimates[0].coef if estimates else np.zeros(s.p)
    shape = prior.piecewise_quadratic(s.p)
    bent = np.zeros(s.p) if prior.no_mode else shape.l2 if shape is not None else bend(prior, w)
    H = s.R.T @ s.R / problem.noise_sd**2 + np.diag(bent)
    unit = np.sqrt(np.abs(np.diag(H)))
    unit = np.where(unit > 0, unit, 1.0)
    free = np.any([e.coef != 0 for e in estimates], axis=0) if prior.kinked and estimates else np.ones(s.p, dtype=bool)
    if not free.any():
        return unit, 1.0
    values = np.abs(np.linalg.eigvalsh((H / np.outer(unit, unit))[np.ix_(free, free)]))
    return unit, float(values.max() / max(values.min(), np.finfo(float).tiny))


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
            conditioning.within(estimate),
            "The gradient of the log posterior at the answer, relative to the size of its parts: its distance from the "
            f"subdifferential of the penalty; {_why(problem, estimate, conditioning)}",
        )
        for name, estimate in estimates.items()
    ]
    if not estimates:
        return checks
    unique = conditioning.is_unique(*estimates.values())
    objectives = [problem.objective(e.coef, e.intercept, prior.penalty(e.coef)) for e in estimates.values()]
    loosest = max(conditioning.within(e) for e in estimates.values())
    flat = min(loosest**2 * conditioning.condition, loosest)
    flat_reason = "the loss is flat at its floor, so errors enter squared."
    same_loss = Check(
        "same-objective",
        # Python's division: inf / inf is NaN, and fails
        max(float(np.ptp(objectives)) - _floor(problem, estimates.values(), loosest), 0.0) / float(np.max(objectives)),
        gamma(problem.n + problem.p) + flat,
        f"Relative spread of the loss over the routes, beyond the rounding of a perfect fit: {flat_reason}",
    )
    for first, second in combinations(estimates, 2):
        a, b = estimates[first], estimates[second]
        if unique:
            checks.append(
                Check(
                    f"same-mode-{first}-{second}",
                    _distance(a.coef, b.coef, conditioning.unit),
                    conditioning.within(a, b) * conditioning.condition,
                    "Relative distance of the two answers; two backward errors times the condition number "
                    f"{conditioning.condition:.3g} of the problem explain this much.",
                )
            )
        elif prior.convex:
            checks.append(
                Check(
                    f"same-fit-{first}-{second}",
                    _fit_distance(problem, a, b),
                    2 * math.sqrt(2 * same_loss.tolerance),
                    "Many slopes are equally good here (the columns do not tell them apart), but all good ones fit "
                    "alike: the relative distance of the fitted values, which is at most the root of twice the "
                    "tolerance of the loss.",
                )
            )
    if prior.kinked and unique:
        patterns = np.array([e.coef == 0 for e in estimates.values()], dtype=float)
        checks.append(
            Check(
                "same-exact-zeros",
                float(np.ptp(patterns, axis=0).sum()),
                0.0,
                "Coefficients that are exactly zero on one route and not on another.",
            )
        )
    return [*checks, same_loss]


def _floor(problem: Problem, estimates: Iterable[Estimate], backward: float) -> float:
    """What rounding leaves of a misfit that should be zero, in squared units of y."""
    s = problem.statistics
    parts = [np.linalg.norm(np.abs(s.R) @ np.abs(e.coef) + np.abs(s.z)) for e in estimates]
    return float(backward * max(parts)) ** 2


def _why(problem: Problem, estimate: Estimate, conditioning: Conditioning) -> str:
    if estimate.backward > conditioning.backward:
        return f"this route's own search stops within {estimate.backward:g} of it."
    return f"rounding error of n = {problem.n} rows and p = {problem.p} columns explains this much."


def _fit_distance(problem: Problem, a: Estimate, b: Estimate) -> float:
    s = problem.statistics
    size = math.sqrt(s.left_over + float(s.z @ s.z))
    apart = float(np.linalg.norm(s.R @ (a.coef - b.coef)))
    return apart / size if size else apart


def is_local_maximum(problem: Problem, prior: Prior, mode: Estimate) -> Check:
    """Where the penalty is not convex: the curvature at the mode is positive in every direction."""
    H = problem.statistics.R.T @ problem.statistics.R / problem.noise_sd**2 + np.diag(bend(prior, mode.coef))
    unit = np.sqrt(np.abs(np.diag(H)))
    least = float(np.linalg.eigvalsh(H / np.outer(unit, unit))[0])
    # the second derivative of the penalty is a difference quotient, good to about the square root of rounding
    rounding = problem.p * math.sqrt(UNIT_ROUNDOFF)
    found = f"{mode.starts} searches from different starts ended in {mode.modes} mode{'s' * (mode.modes != 1)}"
    return Check(
        "mode-is-a-local-maximum",
        -least,
        -rounding,
        "Minus the least curvature of the log posterior at the mode, in the columns' own units: below zero means that "
        f"every direction leads down. The penalty is not convex, so this is local; {found}, and this is the highest.",
    )


def agreed_digits(outcomes: Iterable[Outcome], conditioning: Conditioning | None = None) -> float | None:
    """Significant digits shared by every two estimates, relative to the largest coefficient.

    None with fewer than two estimates, or where the conditioning says that many slopes are equally good.
    """
    estimates = [outcome for outcome in outcomes if isinstance(outcome, Estimate)]
    if conditioning is not None and not conditioning.is_unique(*estimates):
        return None
    apart = [_distance(a.coef, b.coef, np.ones_like(a.coef)) for a, b in combinations(estimates, 2)]
    return digits(float(np.max(apart))) if apart else None


def _distance(first: Vector, second: Vector, unit: Vector) -> float:
    size = float(np.abs(second * unit).max())
    apart = float(np.abs((first - second) * unit).max())
    return apart / size if size else apart


def ledger_checks(
    terms: Sequence[Term],
    logp: float,
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
    if isinstance(posterior, GaussianPosterior):
        checks.append(
            Check(
                "ledger-sums-to-posterior-density",
                abs(joint + evidence - posterior.log_density_at_mode()) / size,
                rounding,
                "With the evidence, found apart from the posterior, the terms are log Normal(mode | mode, "
                "covariance): likelihood × prior = evidence × posterior.",
            )
        )
    return checks


def rows_check(of_statistics: float, of_rows: float, conditioning: Conditioning) -> Check:
    """PyMC's log densities of the model on all rows and of that on the sufficient statistics, at one point."""
    return Check(
        "rows-equal-statistics",
        abs(of_rows - of_statistics) / max(abs(of_rows), abs(of_statistics)),
        conditioning.backward,
        "PyMC's log density of all rows against that of the sufficient statistics, relative to their size.",
    )


def draws_checks(summary: DrawsSummary, posterior: ExactPosterior | Unsupported) -> list[Check]:
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
    exact_mean, exact_sd = exact_moments(posterior, summary.scalars)
    observed = slice(0, len(exact_mean))
    tolerance = -float(ndtri(FALSE_ALARM / (2 * len(exact_mean))))
    why = (
        f"correct draws exceed this once in {1 / FALSE_ALARM:,.0f} runs (Bonferroni over {len(exact_mean)} parameters)."
    )
    return [
        *checks,
        Check(
            "nuts-mean-is-exact-mean",
            float((np.abs(summary.mean[observed] - exact_mean) / summary.mcse_mean[observed]).max()),
            tolerance,
            f"Largest gap between means, in Monte Carlo standard errors; {why}",
        ),
        Check(
            "nuts-sd-is-exact-sd",
            float((np.abs(summary.sd[observed] - exact_sd) / summary.mcse_sd[observed]).max()),
            tolerance,
            f"Largest gap between standard deviations, in Monte Carlo standard errors; {why}",
        ),
    ]


def exact_moments(posterior: ExactPosterior, scalars: Sequence[str]) -> tuple[Vector, Vector]:
    """Exact means and sds of the slopes, the intercept if there is one, and the learned scales among ``scalars``."""
    mean, sd = list(posterior.mean), list(posterior.sd)
    if posterior.problem.intercept:
        mean.append(posterior.intercept_mean)
        sd.append(posterior.intercept_sd)
    if not isinstance(posterior, GaussianPosterior):
        for name in scalars:
            mean.append(posterior.scale_mean(name))
            sd.append(posterior.scale_sd(name))
    return np.array(mean), np.array(sd)


def mode_is_highest(problem: Problem, prior: Prior, mode: Estimate, slopes: Matrix) -> Check:
    """No draw of the posterior, with its best intercept, may have a lower loss than the mode.

    Args:
        problem: data and noise.
        prior: the prior of w.
        mode: the mode.
        slopes: draws of w, shape (chains, draws, p).
    """
    s = problem.statistics
    floor = problem.objective(mode.coef, s.best_intercept(mode.coef), prior.penalty(mode.coef))
    draws = slopes.reshape(-1, problem.p)
    misfits = np.sum((s.z - draws @ s.R.T) ** 2, axis=1) + s.left_over  # of all draws at once
    losses = misfits + 2 * problem.noise_sd**2 * np.array([prior.penalty(w) for w in draws])
    lowest = float(losses.min())  # unlike min(), this does not lose a NaN
    return Check(
        "no-draw-beats-the-mode",
        float(np.maximum(0.0, floor - lowest)) / abs(floor),
        gamma(1_000),
        "How far the loss of the best draw falls below that of the mode, relative to it.",
    )
