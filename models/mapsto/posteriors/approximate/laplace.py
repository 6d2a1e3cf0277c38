"""The Laplace approximation: a Gaussian at the mode with the curvature there, and how far it is from the posterior.

    p(w, b | y)  ~  Normal(mode, H^-1),     H = the second derivatives of -log p(w, b, y) at the mode

Sources: Tierney & Kadane (1986), JASA 81(393), section 2; for the diagnostics Vehtari, Simpson, Gelman, Yao & Gabry
(2024), "Pareto smoothed importance sampling", JMLR 25(72), section 3.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from mapsto.data.statistics import RNG, Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.intervals import normal_eti
from mapsto.priors.base import Prior
from mapsto.scales import LOG_2PI

SAME = 1e-10  # relative range of log weights that is rounding
GOOD, USABLE = 0.5, 0.7  # k-hat up to which importance weights have a variance, and up to which they still average well


@dataclass(frozen=True, eq=False)
class LaplaceApproximation:
    """Normal(mode, H^-1) over slopes and intercept.

    Attributes:
        problem: rows and a likelihood.
        prior: the prior of w, at the sigma of the point estimate.
        mode: the mode.
        root: lower triangular L with L L' the covariance of the slopes, then the intercept if there is one; shape
            (k, k), k = p + 1 with an intercept.
    """

    problem: Problem
    prior: Prior
    mode: Estimate
    root: Matrix

    @property
    def mean(self) -> Vector:
        """The mode: slopes, then the intercept if there is one, shape (k,)."""
        b = [self.mode.intercept] if self.problem.intercept else []
        return np.append(self.mode.coef, b)

    @cached_property
    def covariance(self) -> Matrix:
        """Of slopes and intercept, shape (k, k)."""
        covariance: Matrix = self.root @ self.root.T
        return covariance

    @property
    def sd(self) -> Vector:
        """Standard deviations of slopes and intercept, shape (k,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def eti89(self) -> Matrix:
        """Equal-tailed intervals of slopes and intercept, shape (k, 2)."""
        return normal_eti(self.mean, self.sd)

    @property
    def log_evidence(self) -> float:
        """log p(y) as the approximation has it, in nats; the intercept's flat prior has density 1."""
        at = self.problem.log_likelihood(self.mode.coef, self.mode.intercept) + self.prior.log_density(self.mode.coef)
        return at + 0.5 * len(self.root) * LOG_2PI + float(np.log(np.diag(self.root)).sum())

    def draws(self, size: int, rng: RNG = None) -> Matrix:
        """Independent draws of slopes and intercept, shape (size, k).

        ``rng`` is what ``numpy.random.default_rng`` takes.
        """
        rng = np.random.default_rng(rng)
        drawn: Matrix = self.mean + rng.standard_normal((size, len(self.root))) @ self.root.T
        return drawn

    def log_density(self, points: Matrix) -> Vector:
        """Its own log density at points (size, k), in nats."""
        standard = solve_triangular(self.root, (points - self.mean).T, lower=True)
        constant = 0.5 * len(self.root) * LOG_2PI + float(np.log(np.diag(self.root)).sum())
        density: Vector = -0.5 * (standard**2).sum(axis=0) - constant
        return density

    def importance(self, size: int = 4_000, seed: int = 1) -> Importance:
        """How well its draws stand for the posterior's, and the evidence by them.

        Args:
            size: number of draws.
            seed: same seed, same draws.
        """
        from arviz_stats.base import array_stats  # type: ignore[attr-defined]

        points, p = self.draws(size, np.random.default_rng(seed)), self.problem.p
        b = points[:, p] if self.problem.intercept else np.zeros(size)
        of_rows = self.problem.likelihood.log_likelihoods(self.problem.table, points[:, :p], b)
        joint = of_rows + np.array([self.prior.log_density(w) for w in points[:, :p]])
        ratios = joint - self.log_density(points)
        weights = np.exp(ratios - ratios.max())
        if np.ptp(ratios) <= SAME * (1 + np.abs(ratios).max()):  # the posterior itself: there is no tail to fit
            smoothed, k_hat = ratios, -math.inf
        else:
            smoothed, k_hat = array_stats.psislw(ratios.max() - ratios)  # type: ignore[no-untyped-call]
        error = float(weights.std() / weights.mean()) / math.sqrt(size)
        evidence = float(logsumexp(ratios)) - math.log(size)
        effective = 1 / float(np.exp(2 * (smoothed - logsumexp(smoothed))).sum())
        return Importance(float(k_hat), evidence, error, effective)


@dataclass(frozen=True)
class Importance:
    """Importance weights of the posterior over the approximation.

    Attributes:
        k_hat: shape of the Pareto tail of the weights: above 0.7 the approximation misses too much of the posterior.
        log_evidence: log p(y) by the mean of the weights, in nats.
        error: its Monte Carlo standard error, in nats; not to be trusted where k_hat is above 0.7.
        effective: the number of draws of the posterior that the draws are worth.
    """

    k_hat: float
    log_evidence: float
    error: float
    effective: float

    @property
    def words(self) -> str:
        """What k_hat says, in a sentence."""
        if self.k_hat <= GOOD:
            return "The Laplace approximation covers the posterior well."
        if self.k_hat <= USABLE:
            return "The Laplace approximation covers the posterior; weighting its draws mends what it misses."
        return "The Laplace approximation misses part of the posterior; take its intervals from NUTS instead."


def laplace_approximation(problem: Problem, prior: Prior, mode: Estimate) -> LaplaceApproximation | Unsupported:
    """The Gaussian at the mode with the curvature there, or why there is none.

    Args:
        problem: rows and a likelihood, with sigma held at the value of the point estimate.
        prior: the prior of w itself.
        mode: the mode under them.
    """
    if prior.kinked:
        return Unsupported(
            f"The {prior.label} prior has a kink or an edge at zero, where the log posterior has no curvature."
        )
    if problem.likelihood.kinked:
        return Unsupported(
            f"The {problem.likelihood.label} likelihood has a kink at every row, so the log posterior has no curvature "
            "that a Gaussian could take over."
        )
    H = problem.hessian(mode.coef, mode.intercept) + prior.curvature(mode.coef)
    try:
        covariance = np.linalg.inv(H)
        root = np.linalg.cholesky((covariance + covariance.T) / 2)
    except np.linalg.LinAlgError:
        return Unsupported("The curvature at the mode is not positive in every direction.")
    if problem.intercept:
        # given the slopes the intercept is Normal about what they leave, with the rows' curvatures as weights
        total, mean = problem.likelihood.intercept_curvature(problem.table, mode.coef, mode.intercept)
        if not total > 0:
            return Unsupported("The likelihood has no curvature in the intercept at the mode.")
        along = -mean @ root
        root = np.block([[root, np.zeros((problem.p, 1))], [along[np.newaxis], np.full((1, 1), total**-0.5)]])
    return LaplaceApproximation(problem, prior, mode, root)
