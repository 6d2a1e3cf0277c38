"""The exact posterior of a Gaussian prior and a Gaussian likelihood.

With prior w ~ Normal(m0, L L') the posterior precision is A'A for the stacked matrix A = [R / sigma; L^-1], so its
mode solves a least-squares problem and its triangular root comes from a QR of A: the precision matrix itself, whose
condition number is the square, is never formed (Golub & Van Loan 2013, "Matrix Computations", section 5.3; Bishop
2006, "Pattern Recognition and Machine Learning", equations 3.49-3.51 for the posterior).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import ndtri

from mapsto.data.least_squares import least_squares
from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.scales import LOG_2PI, probability


@dataclass(frozen=True, eq=False)
class GaussianPosterior:
    """Normal posterior of the slopes and, given them, of the flat intercept.

    Attributes:
        mean: posterior mean and mode of the slopes, shape (p,).
        root: triangular U with precision U'U, shape (p, p).
        problem: the problem it answers (for the intercept: b | w ~ Normal(y_mean - x_mean . w, sigma / sqrt(weight))).
        energy: least value of misfit / sigma^2 plus the prior's quadratic form, reached at the mode (dimensionless).
        evidence: computes ``log_evidence``, which a point estimate need not wait for (no lambda: fits are pickled).
    """

    mean: Vector
    root: Matrix
    problem: Problem
    energy: float
    evidence: Callable[[], float]

    @cached_property
    def log_evidence(self) -> float:
        """log p(y) in nats, with a flat intercept's (or slope's) density taken as 1 per unit."""
        return self.evidence()

    @property
    def _inverse_root(self) -> Matrix:
        inverse: Matrix = solve_triangular(self.root, np.eye(len(self.mean)))
        return inverse

    @property
    def covariance(self) -> Matrix:
        """Posterior covariance of the slopes, shape (p, p)."""
        inverse = self._inverse_root
        return inverse @ inverse.T

    @property
    def sd(self) -> Vector:
        """Posterior standard deviations of the slopes, shape (p,)."""
        deviations: Vector = np.linalg.norm(self._inverse_root, axis=1)
        return deviations

    @property
    def intercept_mean(self) -> float:
        """Posterior mean of the intercept, in units of y."""
        return self.problem.statistics.best_intercept(self.mean)

    @property
    def intercept_sd(self) -> float:
        """Posterior standard deviation of the intercept, in units of y (0.0 without an intercept)."""
        if not self.problem.intercept:
            return 0.0
        along = self._inverse_root.T @ self.problem.statistics.x_mean
        return math.hypot(
            self.problem.noise_sd / math.sqrt(self.problem.statistics.weight), float(np.linalg.norm(along))
        )

    def eti(self, prob: float) -> Matrix:
        """Equal-tailed intervals of the slopes, shape (p, 2)."""
        half = float(ndtri(0.5 + probability(prob, "prob") / 2)) * self.sd
        return np.column_stack([self.mean - half, self.mean + half])

    def intercept_eti(self, prob: float) -> tuple[float, float]:
        """Equal-tailed interval of the intercept, in units of y."""
        half = float(ndtri(0.5 + probability(prob, "prob") / 2)) * self.intercept_sd
        return self.intercept_mean - half, self.intercept_mean + half

    def log_density_at_mode(self) -> float:
        """log Normal(mode | mode, covariance) of slopes and intercept together, in nats."""
        log_root = float(np.log(np.abs(np.diag(self.root))).sum())
        slopes = log_root - 0.5 * len(self.mean) * LOG_2PI
        if not self.problem.intercept:
            return slopes
        return slopes - 0.5 * (LOG_2PI + math.log(self.problem.noise_sd**2 / self.problem.statistics.weight))

    def log_density(self, w: Vector, b: float) -> float:
        """log p(w, b | y), normalised, in nats; ``b`` is not looked at where the model has no intercept."""
        s = self.problem.statistics
        standard = self.root @ (w - self.mean)
        gap = s.centred * (b - s.best_intercept(w)) * math.sqrt(s.weight) / self.problem.noise_sd
        return self.log_density_at_mode() - 0.5 * (float(standard @ standard) + gap**2)

    def predictive_sd(self, X: Matrix, weights: Vector | None = None) -> Vector:
        """Standard deviation of a new response at each row of X (m, p): noise, slopes and intercept, shape (m,).

        ``weights`` are those of the new rows, shape (m,), whose noise has variance sigma^2 / weight; by default 1.
        """
        s = self.problem.statistics
        from_slopes = np.linalg.norm((X - s.x_mean) @ self._inverse_root, axis=1)
        from_mean = self.problem.intercept / s.weight
        noise = 1.0 if weights is None else 1 / weights
        deviations: Vector = np.sqrt(self.problem.noise_sd**2 * (noise + from_mean) + from_slopes**2)
        return deviations

    def draws(self, size: int, rng: np.random.Generator) -> tuple[Matrix, Vector]:
        """``size`` independent draws: slopes (size, p) and intercepts (size,)."""
        steps = rng.standard_normal((size, len(self.mean)))
        slopes = self.mean + solve_triangular(self.root, steps.T).T
        s = self.problem.statistics
        noise = rng.standard_normal(size) * (s.centred * self.problem.noise_sd / math.sqrt(s.weight))
        return slopes, s.y_mean - slopes @ s.x_mean + noise


def gaussian_posterior(problem: Problem, prior_mean: Vector, prior_root: Matrix) -> GaussianPosterior:
    """The exact posterior under w ~ Normal(prior_mean, prior_root prior_root').

    Args:
        problem: data and noise.
        prior_mean: m0, shape (p,).
        prior_root: lower triangular L, shape (p, p), with positive diagonal.
    """
    s, sigma = problem.statistics, problem.noise_sd
    stacked = np.vstack(
        [
            np.column_stack([s.R / sigma, s.z / sigma]),
            solve_triangular(prior_root, np.column_stack([np.eye(s.p), prior_mean]), lower=True),
        ]
    )
    T = np.linalg.qr(_long_rows_first(stacked), mode="r")
    root, rotated = T[: s.p, : s.p], T[: s.p, s.p]
    return GaussianPosterior(
        mean=solve_triangular(root, rotated),
        root=root,
        problem=problem,
        energy=s.residual_sum_of_squares / sigma**2 + float(np.sum(T[s.p :, s.p] ** 2)),
        evidence=partial(_log_evidence, problem, prior_mean, prior_root),
    )


def flat_posterior(problem: Problem) -> GaussianPosterior | None:
    """The exact posterior of flat slopes, Normal about least squares; None where it is improper.

    It is improper where the columns do not have full rank: the data leave a direction without bound.
    """
    s, sigma = problem.statistics, problem.noise_sd
    if least_squares(s).rank < s.p:
        return None
    log_volume = s.p * (0.5 * LOG_2PI + math.log(sigma)) - float(np.log(np.abs(np.diag(s.R))).sum())
    free = s.n - s.centred
    rest = -0.5 * free * (LOG_2PI + 2 * math.log(sigma)) - s.residual_sum_of_squares / (2 * sigma**2)
    return GaussianPosterior(
        mean=solve_triangular(s.R, s.z),
        root=s.R / sigma,
        problem=problem,
        energy=s.residual_sum_of_squares / sigma**2,
        evidence=partial(float, log_volume + rest + s.log_volume),
    )


def _log_evidence(problem: Problem, prior_mean: Vector, prior_root: Matrix) -> float:
    """Log p(y): y is Normal too once the slopes are integrated out (Bishop 2006, equation 2.115).

    It is computed in the space of the data, apart from the posterior, so that the identity
    likelihood x prior = evidence x posterior is a check and not a definition.
    """
    s, sigma = problem.statistics, problem.noise_sd
    k = len(s.z)
    # C'C = sigma^2 I + (R L)(R L)', by QR: the product itself would lose the small scales among the large.
    C = np.linalg.qr(_long_rows_first(np.vstack([(s.R @ prior_root).T, sigma * np.eye(k)])), mode="r")
    whitened = solve_triangular(C.T, s.z - s.R @ prior_mean, lower=True)
    rotated = -0.5 * (k * LOG_2PI + whitened @ whitened) - np.log(np.abs(np.diag(C))).sum()
    free_rows = s.n - s.centred - k
    rest = -0.5 * free_rows * (LOG_2PI + 2 * math.log(sigma)) - s.residual_sum_of_squares / (2 * sigma**2)
    return float(rotated + rest + s.log_volume)


def _long_rows_first(matrix: Matrix) -> Matrix:
    """The rows in order of falling size, or Householder's reflections drown the short ones (Higham 2002, s. 19.4)."""
    ordered: Matrix = matrix[np.argsort(-np.abs(matrix).max(axis=1), kind="stable")]
    return ordered
