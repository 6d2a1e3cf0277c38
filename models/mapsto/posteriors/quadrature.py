"""The exact posterior when a scale is learned: an integral over it, of exact Gaussian posteriors.

Given the scales (sigma, sigma_w or both) the slopes are Normal, with a known evidence; so the posterior of all is

    p(w | y)  =  integral p(w | scale, y) p(scale | y),      p(scale | y)  proportional to  p(y | scale) p(scale),

one or two integrals whatever the number of slopes. On a logarithmic grid that reaches to where the integrand is
rounding error, the trapezoidal rule converges exponentially (Trefethen & Weideman 2014, "The exponentially convergent
trapezoidal rule", SIAM Review 56(3), section 5): a weighted sum of Gaussian posteriors is the integral, to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, ndtr

from mapsto.data.statistics import RNG, Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.factored.spectral import SharedComponents
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.scales import probability

DEPTH = 34.0  # nats below its peak at which the integrand is cut: exp(-34) is under rounding error
NODES = 161  # along one scale; twice as many change no digit shown
BISECTIONS = 80  # halvings of an interval: to rounding error
CLOSE = 4e-16  # a step this small, relative to where it is and how wide the posterior, is rounding error
SQRT_2PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True, eq=False)
class MixturePosterior:
    """A posterior over slopes and learned scales, as exact Gaussian posteriors with weights.

    Attributes:
        components: the posterior of the slopes at each node of the integral.
        weights: posterior probability of each node, shape (m,), summing to one.
        scales: by name, the value of each learned scale at the nodes, shape (m,), in its own units.
        problem: the problem it answers.
        log_evidence: log p(y) in nats, with the flat intercept's density taken as 1 per unit of y; NaN where a prior is
            improper.
    """

    components: Sequence[GaussianPosterior]
    weights: Vector
    scales: Mapping[str, Vector]
    problem: Problem
    log_evidence: float

    @cached_property
    def _means(self) -> Matrix:
        """Slopes and intercept of each component, shape (m, p + 1)."""
        if isinstance(self.components, SharedComponents):
            return self.components.means()
        return np.array([np.append(c.mean, c.intercept_mean) for c in self.components])

    @cached_property
    def _sds(self) -> Matrix:
        if isinstance(self.components, SharedComponents):
            return self.components.sds()
        return np.array([np.append(c.sd, c.intercept_sd) for c in self.components])

    @cached_property
    def _mean(self) -> Vector:
        mean: Vector = self.weights @ self._means
        return mean

    @cached_property
    def _sd(self) -> Vector:
        within = self.weights @ self._sds**2
        between = self.weights @ (self._means - self._mean) ** 2
        sd: Vector = np.sqrt(within + between)
        return sd

    @property
    def mean(self) -> Vector:
        """Posterior mean of the slopes, shape (p,)."""
        return self._mean[:-1]

    @property
    def sd(self) -> Vector:
        """Posterior standard deviations of the slopes, shape (p,)."""
        return self._sd[:-1]

    @cached_property
    def covariance(self) -> Matrix:
        """Posterior covariance of the slopes, shape (p, p)."""
        gaps = self._means[:, :-1] - self.mean
        total: Matrix = (gaps.T * self.weights) @ gaps
        if isinstance(self.components, SharedComponents):
            return total + self.components.covariance(self.weights)
        for weight, component in zip(self.weights, self.components, strict=True):
            total += weight * component.covariance
        return total

    @property
    def intercept_mean(self) -> float:
        """Posterior mean of the intercept, in units of y."""
        return float(self._mean[-1])

    @property
    def intercept_sd(self) -> float:
        """Posterior standard deviation of the intercept, in units of y (0.0 without an intercept)."""
        return float(self._sd[-1])

    def quantiles(self, probability: float) -> Vector:
        """The quantile of each slope, then of the intercept, shape (p + 1,), by Newton on the mixture's own cdf."""
        used = self._sds.max(axis=0) > 0
        low, high = (self._means - 40 * self._sds).min(axis=0), (self._means + 40 * self._sds).max(axis=0)
        spread = np.where(self._sds > 0, self._sds, 1.0)
        at = np.clip(self._mean, low, high)
        for _ in range(BISECTIONS):
            standard = (at - self._means) / spread
            excess = self.weights @ ndtr(standard) - probability
            low, high = np.where(excess < 0, at, low), np.where(excess < 0, high, at)
            slope = self.weights @ (np.exp(-0.5 * standard**2) / spread) / SQRT_2PI
            step = np.divide(excess, slope, out=np.full_like(at, np.inf), where=slope > 0)
            newton = (low < at - step) & (at - step < high)
            at, before = np.where(newton, at - step, (low + high) / 2), at
            if (np.abs(at - before) <= CLOSE * (np.abs(at) + spread.max(axis=0))).all():
                break
        return np.where(used, at, self._mean)

    def eti(self, prob: float) -> Matrix:
        """Equal-tailed intervals of the slopes, shape (p, 2)."""
        prob = probability(prob, "prob")
        return np.column_stack([self.quantiles(0.5 - prob / 2)[:-1], self.quantiles(0.5 + prob / 2)[:-1]])

    def intercept_eti(self, prob: float) -> tuple[float, float]:
        """Equal-tailed interval of the intercept, in units of y."""
        prob = probability(prob, "prob")
        return float(self.quantiles(0.5 - prob / 2)[-1]), float(self.quantiles(0.5 + prob / 2)[-1])

    def scale_mean(self, name: str) -> float:
        """Posterior mean of a learned scale."""
        return float(self.weights @ self.scales[name])

    def scale_sd(self, name: str) -> float:
        """Posterior standard deviation of a learned scale."""
        return math.sqrt(float(self.weights @ (self.scales[name] - self.scale_mean(name)) ** 2))

    def draws(self, size: int, rng: RNG = None) -> tuple[Matrix, Vector]:
        """``size`` independent draws: slopes (size, p) and intercepts (size,).

        ``rng`` is what ``numpy.random.default_rng`` takes.
        """
        slopes, intercepts, _ = self.joint_draws(size, rng)
        return slopes, intercepts

    def joint_draws(self, size: int, rng: RNG = None) -> tuple[Matrix, Vector, dict[str, Vector]]:
        """:meth:`draws`, and by name the learned scales of each, shape (size,): values at the integral's nodes."""
        rng = np.random.default_rng(rng)
        counts = rng.multinomial(size, self.weights / self.weights.sum())
        if isinstance(self.components, SharedComponents):
            nodes = rng.permutation(np.repeat(np.arange(len(counts)), counts))
            return *self.components.draws(nodes, rng), {name: values[nodes] for name, values in self.scales.items()}
        parts = [c.draws(int(k), rng) for c, k in zip(self.components, counts, strict=True) if k]
        order = rng.permutation(size)
        nodes = np.repeat(np.arange(len(counts)), counts)[order]
        slopes, intercepts = np.vstack([w for w, _ in parts])[order], np.concatenate([b for _, b in parts])[order]
        return slopes, intercepts, {name: values[nodes] for name, values in self.scales.items()}


def log_grid(log_density: Callable[[float], float], guess: float, size: int = NODES) -> tuple[Vector, float]:
    """Even nodes t = log(scale) that cover all of a density of t but its last ``DEPTH`` nats, and their spacing.

    Args:
        log_density: of t, in nats, with one peak.
        guess: a t near the peak.
        size: number of nodes.
    """
    peak = float(minimize_scalar(lambda t: -log_density(t), bracket=(guess - 0.5, guess + 0.5)).x)
    floor = log_density(peak) - DEPTH

    def edge(direction: float) -> float:
        """Where the density has fallen to the floor: doubled steps out, then halved ones."""
        step = 0.25
        while log_density(peak + direction * step) > floor and step < 256:
            step *= 2
        while log_density(peak + direction * step / 2) < floor and step > 1e-12:
            step /= 2  # many rows know a scale to far less than a quarter
        near, far = step / 2, step
        for _ in range(12):
            middle = (near + far) / 2
            near, far = (middle, far) if log_density(peak + direction * middle) > floor else (near, middle)
        return peak + direction * far

    nodes, spacing = np.linspace(edge(-1.0), edge(1.0), size, retstep=True)
    return nodes, float(spacing)


def mix(
    problem: Problem,
    components: Sequence[GaussianPosterior],
    logs: Vector,
    scales: Mapping[str, Vector],
    *,
    proper: bool,
) -> MixturePosterior:
    """The mixture whose node weights are exp(``logs``), shape (m,): log evidence + log prior + log spacing of each."""
    total = float(logsumexp(logs))
    weights = np.exp(logs - total)
    kept = weights > np.finfo(float).eps * weights.max() / len(weights)
    return MixturePosterior(
        components=components.where(kept)
        if isinstance(components, SharedComponents)
        else tuple(c for c, keep in zip(components, kept, strict=True) if keep),
        weights=weights[kept],
        scales={name: values[kept] for name, values in scales.items()},
        problem=problem,
        log_evidence=total if proper else math.nan,
    )
