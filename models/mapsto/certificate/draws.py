"""Are the draws to be trusted, and do they agree with the exact posterior?

The tolerances are Monte Carlo standard errors, after a gate on the effective sample size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from mapsto.certificate.checks import Check
from mapsto.data.statistics import Vector
from mapsto.outcome import Unsupported
from mapsto.posteriors.draws import DrawsSummary
from mapsto.posteriors.exact import ExactPosterior
from mapsto.posteriors.gaussian import GaussianPosterior

MIN_ESS = 400  # below it R-hat and MCSE are not to be trusted: Vehtari et al. (2021), Bayesian Analysis 16(2), s. 4
MAX_R_HAT = 1.01  # ibid., section 4
MIN_E_BFMI = 0.3  # Betancourt (2016), arXiv:1604.00695, section 4
FALSE_ALARM = 1e-6  # probability that correct draws fail one of the Monte Carlo checks


def draws_checks(summary: DrawsSummary, posterior: ExactPosterior | Unsupported, sampler: str = "nuts") -> list[Check]:
    """Are the draws to be trusted, and do they agree with the exact posterior? ``sampler`` names the checks."""
    checks = [
        Check(
            f"{sampler}-effective-sample-size",
            _share(MIN_ESS, summary.smallest_ess),
            1.0,
            f"{MIN_ESS} divided by the smallest effective sample size (bulk or tail), which is "
            f"{summary.smallest_ess:.0f}. The Monte Carlo errors below rely on it.",
        ),
        Check(
            f"{sampler}-r-hat",
            summary.largest_r_hat,
            MAX_R_HAT,
            "The largest R-hat. Near 1, the chains have forgotten where they started.",
        ),
    ]
    if summary.divergences is not None:
        told = "The number of divergent transitions among the kept draws."
        checks.append(Check(f"{sampler}-divergences", float(summary.divergences), 0.0, told))
    if summary.smallest_e_bfmi is not None:
        told = (
            f"{MIN_E_BFMI} divided by the smallest E-BFMI, which is {summary.smallest_e_bfmi:.2f}. Below 1, the "
            "sampler reaches every energy level."
        )
        checks.append(Check(f"{sampler}-e-bfmi", _share(MIN_E_BFMI, summary.smallest_e_bfmi), 1.0, told))
    if isinstance(posterior, Unsupported):
        return checks
    exact_mean, exact_sd = exact_moments(posterior, summary.scalars)
    observed = slice(0, len(exact_mean))
    tolerance = -float(ndtri(FALSE_ALARM / (2 * len(exact_mean))))
    why = (
        f"Correct draws exceed this once in {1 / FALSE_ALARM:,.0f} runs (Bonferroni over {len(exact_mean)} parameters)."
    )
    return [
        *checks,
        Check(
            f"{sampler}-mean-is-exact-mean",
            _largest_gap(summary.mean[observed] - exact_mean, summary.mcse_mean[observed]),
            tolerance,
            f"The largest difference between the means, in Monte Carlo standard errors. {why}",
        ),
        Check(
            f"{sampler}-sd-is-exact-sd",
            _largest_gap(summary.sd[observed] - exact_sd, summary.mcse_sd[observed]),
            tolerance,
            f"The largest difference between the standard deviations, in Monte Carlo standard errors. {why}",
        ),
    ]


def _share(bound: float, quantity: float) -> float:
    """bound / quantity; infinite, which fails, where there is nothing of it."""
    return bound / quantity if quantity else math.inf


def _largest_gap(gaps: Vector, errors: Vector) -> float:
    """The largest of gaps / errors in size; draws that never moved have no error, and fail."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float((np.abs(gaps) / errors).max())


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
