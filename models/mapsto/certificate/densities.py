"""Do the densities agree: the ledger's terms with PyMC's, and the model of all rows with that of the statistics?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from mapsto.certificate.checks import Check
from mapsto.certificate.conditioning import Conditioning
from mapsto.data.products import predictor_size
from mapsto.data.statistics import Vector
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.posteriors.gaussian import GaussianPosterior


def ledger_checks(
    terms: Sequence[Term],
    logps: Mapping[str, float],
    posterior: GaussianPosterior | Unsupported,
    conditioning: Conditioning,
) -> list[Check]:
    """Do the terms sum to each engine's log density (by its name), and with the evidence to the posterior's own?"""
    size = sum(abs(term.value) for term in terms)
    evidence = sum(term.value for term in terms if term.term == "evidence")
    joint = sum(term.value for term in terms) - evidence
    # A logarithm of a determinant moves by at most p times the relative error of the factor's diagonal.
    rounding = conditioning.backward * max(1.0, math.sqrt(conditioning.condition))
    checks = [
        Check(
            f"ledger-sums-to-{name}-logp",
            abs(joint - logp) / size,
            conditioning.backward,
            "The sum of the kept and dropped terms at the mode, against the engine's own log density there. The "
            "difference is relative to the size of the terms.",
        )
        for name, logp in logps.items()
    ]
    if isinstance(posterior, GaussianPosterior):
        checks.append(
            Check(
                "ledger-sums-to-posterior-density",
                abs(joint + evidence - posterior.log_density_at_mode()) / size,
                rounding,
                "With the evidence, which is computed without the posterior, the terms sum to the log of the "
                r"posterior's Normal density at its mode: likelihood $\times$ prior = evidence $\times$ posterior.",
            )
        )
    return checks


def rows_check(
    of_statistics: float, of_rows: float, conditioning: Conditioning, which: str = "", cancelling: float = 0.0
) -> Check:
    """An engine's log densities of the model on all rows and of the one that it sampled, at one point.

    Args:
        of_statistics: log density that was sampled, on the sufficient statistics if there are any, in nats.
        of_rows: of the model on all rows, in nats.
        conditioning: how far rounding moves an answer.
        which: ends the check's name.
        cancelling: see :func:`cancelling_parts`.
    """
    return Check(
        "rows-equal-statistics" + which,
        abs(of_rows - of_statistics) / max(abs(of_rows), abs(of_statistics), cancelling),
        conditioning.backward,
        "The engine's log density of the model on all rows, against the one that was sampled, which is on sufficient "
        "statistics or has the sums over the rows from BLAS. The difference is relative to their size, or to that of "
        "the numbers that cancel in them where they are larger.",
    )


def cancelling_parts(problem: Problem, w: Vector, b: float, sigma: float, backward: float) -> float:
    """By how much the log likelihood moves, in nats, per unit of relative error in what cancels in the residuals.

    A residual r = y - b - x w has the error of its parts, s = |y| + |b| + |x| |w|, so r^2 / (2 sigma^2) moves by
    (r + backward s) s / sigma^2 times their relative error (Higham 2002, section 1.7). With a link function the
    predictor has the error of its parts, and what cancels is y times it, the cumulant, and the constant.

    Args:
        problem: data, with their rows.
        w: slopes, shape (p,).
        b: intercept, in units of y.
        sigma: in units of y.
        backward: the relative error that rounding explains.
    """
    X, y = problem.table.rows
    if not problem.likelihood.location:
        of_predictor = problem.likelihood.loss_size(problem.table, w, b) / problem.likelihood.factor
        terms = float((problem.table.q * np.abs(y)) @ predictor_size(X, w, b))
        constant = problem.log_likelihood(np.zeros(problem.p), 0.0)
        return of_predictor + terms + abs(problem.log_likelihood(w, b)) + abs(constant)
    parts = np.abs(y) + abs(b) + np.abs(X) @ np.abs(w)
    residuals = np.abs(y - problem.table.predictor(w, b))
    return float(problem.table.q @ ((residuals + backward * parts) * parts)) / sigma**2


def parts_of_noise_prior(noise: NoisePrior, sigma: float) -> float:
    """Size of the terms that cancel in the log density of sigma, in nats: how far it changes at half and at twice it.

    An inverse-gamma density with shape and scale of 10^10 is the difference of terms as large, and rounding errs
    relative to them.
    """
    here = noise.log_density(sigma)
    return max(abs(noise.log_density(factor * sigma) - here) for factor in (0.5, 2.0))
