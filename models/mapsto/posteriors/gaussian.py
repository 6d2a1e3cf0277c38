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
from mapsto.data.statistics import RNG, Matrix, Vector
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
        s = self.problem.statistics
        return math.hypot(self.problem.noise_sd / math.sqrt(s.weight), float(self._spread(s.x_mean[np.newaxis])[0]))

    def eti(self, prob: float) -> Matrix:
        """Equal-tailed intervals of the slopes, shape (p, 2)."""
        half = float(ndtri(0.5 + probability(prob, "prob") / 2)) * self.sd
        return np.column_stack([self.mean - half, self.mean + half])

    def intercept_eti(self, prob: float) -> tuple[float, float]:
        """Equal-tailed interval of the intercept, in units of y."""
        half = float(ndtri(0.5 + probability(prob, "prob") / 2)) * self.intercept_sd
        return self.intercept_mean - half, self.intercept_mean + half

    @property
    def _log_determinant(self) -> float:
        """Half the log determinant of the precision."""
        return float(np.log(np.abs(np.diag(self.root))).sum())

    def unit_and_condition(self) -> tuple[Vector, float]:
        """Roots of the precision's diagonal, shape (p,), and the precision's condition number in these units."""
        norms = np.linalg.norm(self.root, axis=0)
        unit = np.where(norms > 0, norms, 1.0)
        return unit, float(np.linalg.cond(self.root / unit)) ** 2

    def effective_slopes(self) -> float:
        """Trace of the hat matrix of the slopes (Hastie, Tibshirani & Friedman 2009, ESL, equation 3.50)."""
        leverage = np.linalg.solve(self.root.T, self.problem.statistics.R.T) / self.problem.noise_sd
        return float(np.sum(leverage**2))

    def _spread(self, rows: Matrix) -> Vector:
        """Posterior sd of the slopes times each row, shape (m,)."""
        deviations: Vector = np.linalg.norm(rows @ self._inverse_root, axis=1)
        return deviations

    def _standardised(self, away: Vector) -> float:
        """Squared length of a step from the mean, in posterior standard deviations."""
        standard = self.root @ away
        return float(standard @ standard)

    def _around(self, size: int, rng: np.random.Generator) -> Matrix:
        """``size`` draws of the slopes about their mean, shape (size, p)."""
        steps = rng.standard_normal((size, len(self.mean)))
        drawn: Matrix = solve_triangular(self.root, steps.T).T
        return drawn

    def log_density_at_mode(self) -> float:
        """log Normal(mode | mode, covariance) of slopes and intercept together, in nats."""
        slopes = self._log_determinant - 0.5 * len(self.mean) * LOG_2PI
        if not self.problem.intercept:
            return slopes
        return slopes - 0.5 * (LOG_2PI + math.log(self.problem.noise_sd**2 / self.problem.statistics.weight))

    def log_density(self, w: Vector, b: float) -> float:
        """log p(w, b | y), normalised, in nats; ``b`` is not looked at where the model has no intercept."""
        s = self.problem.statistics
        gap = s.centred * (b - s.best_intercept(w)) * math.sqrt(s.weight) / self.problem.noise_sd
        return self.log_density_at_mode() - 0.5 * (self._standardised(w - self.mean) + gap**2)

    def predictive_sd(self, X: Matrix, weights: Vector | None = None) -> Vector:
        """Standard deviation of a new response at each row of X (m, p): noise, slopes and intercept, shape (m,).

        ``weights`` are those of the new rows, shape (m,), whose noise has variance sigma^2 / weight; by default 1.
        """
        s = self.problem.statistics
        from_slopes = self._spread(X - s.x_mean)
        from_mean = self.problem.intercept / s.weight
        noise = 1.0 if weights is None else 1 / weights
        deviations: Vector = np.sqrt(self.problem.noise_sd**2 * (noise + from_mean) + from_slopes**2)
        return deviations

    def draws(self, size: int, rng: RNG = None) -> tuple[Matrix, Vector]:
        """``size`` independent draws: slopes (size, p) and intercepts (size,).

        ``rng`` is what ``numpy.random.default_rng`` takes.
        """
        rng = np.random.default_rng(rng)
        slopes = self.mean + self._around(size, rng)
        s = self.problem.statistics
        noise = rng.standard_normal(size) * (s.centred * self.problem.noise_sd / math.sqrt(s.weight))
        return slopes, s.y_mean - slopes @ s.x_mean + noise


def gaussian_posterior(problem: Problem, prior_mean: Vector, prior_root: Matrix) -> GaussianPosterior:
    """The exact posterior under w ~ Normal(prior_mean, prior_root prior_root').

    Args:
        problem: data and noise.
        prior_mean: m0, shape (p,).
        prior_root: lower triangular L, shape (p, p), with positive diagonal, or the diagonal alone, shape (p,).
    """
    prior_root = np.diag(prior_root) if prior_root.ndim == 1 else prior_root
    s, sigma = problem.statistics, problem.noise_sd
    of_prior = solve_triangular(prior_root, np.column_stack([np.eye(s.p), prior_mean]), lower=True)
    T = stacked_root(np.column_stack([s.R / sigma, s.z / sigma]), of_prior, columns=s.p)
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
    return evidence_of(problem, prior_mean, (problem.statistics.R @ prior_root).T)


def evidence_of(problem: Problem, prior_mean: Vector, spread: Matrix) -> float:
    """Log p(y) where ``spread``, with k columns, has (R L)(R L)' = spread' spread."""
    s, sigma = problem.statistics, problem.noise_sd
    k = len(s.z)
    # C'C = sigma^2 I + (R L)(R L)', by QR: the product itself would lose the small scales among the large.
    C = stacked_root(spread, sigma * np.eye(k))
    whitened = solve_triangular(C.T, s.z - s.R @ prior_mean, lower=True)
    rotated = -0.5 * (k * LOG_2PI + whitened @ whitened) - np.log(np.abs(np.diag(C))).sum()
    free_rows = s.n - s.centred - k
    rest = -0.5 * free_rows * (LOG_2PI + 2 * math.log(sigma)) - s.residual_sum_of_squares / (2 * sigma**2)
    return float(rotated + rest + s.log_volume)


def stacked_root(*parts: Matrix, columns: int | None = None) -> Matrix:
    """The triangular factor of matrices one above the other, whose rows come in order of falling size.

    In another order Householder's reflections drown the short rows (Higham 2002, s. 19.4). Where there are right-hand
    sides beside them, a row is as long as its first ``columns``: a short row with a large response is still short.
    """
    rows = np.vstack(parts)
    lengths = np.abs(rows[:, :columns]).max(axis=1)
    T: Matrix = np.linalg.qr(rows[np.argsort(-lengths, kind="stable")], mode="r")
    return T
