"""The exact posterior of slopes and noise together, where the prior of the slopes is in units of sigma.

    w | sigma ~ Normal(m0, sigma^2 L L'),   sigma^2 ~ InverseGamma(a, b)

is conjugate: given the data w | sigma is Normal about the same ridge solution whatever sigma is, sigma^2 is
InverseGamma again, and each slope is Student t (Gelman et al. 2013, "Bayesian Data Analysis", section 14.8; Bishop
2006, exercise 3.12). With a = b = 0 the prior is Jeffreys' 1 / sigma and the evidence is not defined.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from mapsto.data.statistics import RNG, Matrix, Vector
from mapsto.likelihoods.noise_priors.inverse_gamma import InverseGammaNoise
from mapsto.likelihoods.noise_priors.jeffreys import JeffreysNoise
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.scales import probability


@dataclass(frozen=True, eq=False)
class NormalInverseGammaPosterior:
    """Posterior of the slopes, the intercept and sigma^2.

    Attributes:
        unit: the Gaussian posterior of the slopes if sigma were 1 unit of y.
        shape: a of the posterior InverseGamma(a, b) of sigma^2.
        scale: b of it, in squared units of y.
        problem: the problem it answers.
        log_evidence: log p(y) in nats, the flat intercept's density taken as 1 per unit of y; NaN if improper.
    """

    unit: GaussianPosterior
    shape: float
    scale: float
    problem: Problem
    log_evidence: float

    @property
    def _inflation(self) -> float:
        """Posterior mean of sigma^2; infinite below one degree of freedom."""
        return self.scale / (self.shape - 1) if self.shape > 1 else math.inf

    @property
    def mean(self) -> Vector:
        """Posterior mean (and mode) of the slopes, shape (p,)."""
        return self.unit.mean

    @property
    def sd(self) -> Vector:
        """Posterior standard deviations of the slopes, shape (p,)."""
        return self.unit.sd * math.sqrt(self._inflation)

    @property
    def covariance(self) -> Matrix:
        """Posterior covariance of the slopes, shape (p, p)."""
        return self.unit.covariance * self._inflation

    @property
    def intercept_mean(self) -> float:
        """Posterior mean of the intercept, in units of y."""
        return self.unit.intercept_mean

    @property
    def intercept_sd(self) -> float:
        """Posterior standard deviation of the intercept, in units of y (0.0 without an intercept)."""
        return self.unit.intercept_sd * math.sqrt(self._inflation)

    def _half_width(self, prob: float) -> float:
        return float(stdtrit(2 * self.shape, 0.5 + probability(prob, "prob") / 2)) * math.sqrt(self.scale / self.shape)

    def eti(self, prob: float) -> Matrix:
        """Equal-tailed intervals of the slopes, shape (p, 2): Student t with 2 a degrees of freedom."""
        half = self._half_width(prob) * self.unit.sd
        return np.column_stack([self.mean - half, self.mean + half])

    def intercept_eti(self, prob: float) -> tuple[float, float]:
        """Equal-tailed interval of the intercept, in units of y."""
        half = self._half_width(prob) * self.unit.intercept_sd
        return self.intercept_mean - half, self.intercept_mean + half

    def scale_mean(self, name: str = "sigma") -> float:
        """Posterior mean of sigma, in units of y."""
        del name
        return math.sqrt(self.scale) * math.exp(math.lgamma(self.shape - 0.5) - math.lgamma(self.shape))

    def scale_sd(self, name: str = "sigma") -> float:
        """Posterior standard deviation of sigma, in units of y."""
        return math.sqrt(self._inflation - self.scale_mean(name) ** 2)

    def draws(self, size: int, rng: RNG = None) -> tuple[Matrix, Vector]:
        """``size`` independent draws: slopes (size, p) and intercepts (size,).

        ``rng`` is what ``numpy.random.default_rng`` takes.
        """
        slopes, intercepts, _ = self.joint_draws(size, rng)
        return slopes, intercepts

    def joint_draws(self, size: int, rng: RNG = None) -> tuple[Matrix, Vector, dict[str, Vector]]:
        """:meth:`draws`, and the sigma of each, shape (size,), by name."""
        rng = np.random.default_rng(rng)
        sigma = np.sqrt(self.scale / rng.gamma(self.shape, size=size))
        w, b = self.unit.draws(size, rng)
        slopes = self.mean + sigma[:, np.newaxis] * (w - self.mean)
        s = self.problem.statistics
        about = s.y_mean - w @ s.x_mean  # what the unit's own draw of b was about
        return slopes, s.y_mean - slopes @ s.x_mean + sigma * (b - about), {"sigma": sigma}


def normal_inverse_gamma(
    unit: GaussianPosterior, noise: InverseGammaNoise | JeffreysNoise, *, flat: bool = False
) -> NormalInverseGammaPosterior | Unsupported:
    """The exact posterior when sigma is learned.

    With S the least energy under sigma = 1, p(y | sigma) = C sigma^-free exp(-S / 2 sigma^2): a prior in units of sigma
    brings as many powers of sigma as integrating the slopes out takes away, a flat one brings none.

    Args:
        unit: the Gaussian posterior under sigma = 1 and the prior Normal(m0, L L') or a flat one.
        noise: the prior of sigma^2.
        flat: whether the prior of the slopes is flat.
    """
    s, problem = unit.problem.statistics, unit.problem
    a, b = (noise.shape, noise.scale) if isinstance(noise, InverseGammaNoise) else (0.0, 0.0)
    free = s.n - s.centred - s.p * flat
    shape, scale = a + free / 2, b + unit.energy / 2
    if not (shape > 0 and scale > 0):
        return Unsupported(r"There are too few rows to learn $\sigma$ without a proper prior on it.")
    evidence = math.nan
    if isinstance(noise, InverseGammaNoise):
        constant = unit.log_evidence + unit.energy / 2
        evidence = constant + a * math.log(b) - math.lgamma(a) + math.lgamma(shape) - shape * math.log(scale)
    return NormalInverseGammaPosterior(unit, shape, scale, problem, evidence)
