"""The Gamma prior, usual for degrees of freedom: it holds them off zero and off infinity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.scales import positive


@dataclass(frozen=True)
class GammaNoise(NoisePrior):
    """sigma ~ Gamma(shape, rate), with mean shape / rate; the rate is in units of 1 / sigma.

    Of degrees of freedom, Gamma(2, 0.1) is the prior of Juarez & Steel (2010), JBES 28(1), section 2.2.
    """

    shape: float
    rate: float

    name: ClassVar[str] = "gamma"
    label: ClassVar[str] = "Gamma"
    formula: ClassVar[str] = r"\frac{\lambda^a}{\Gamma(a)}\sigma^{a-1}e^{-\lambda\sigma}"
    reference: ClassVar[str] = "Gelman et al. (2013), Bayesian Data Analysis, table A.1"

    def __post_init__(self) -> None:
        for name in ("shape", "rate"):
            object.__setattr__(self, name, positive(getattr(self, name), f"{name} of the Gamma prior on sigma"))

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`."""
        constant = self.shape * math.log(self.rate) - math.lgamma(self.shape)
        return constant + (self.shape - 1) * math.log(sigma) - self.rate * sigma

    def expression(self, sigma: Any, xp: Any) -> Any:
        """See :class:`NoisePrior`."""
        constant = self.shape * math.log(self.rate) - math.lgamma(self.shape)
        return constant + (self.shape - 1) * xp.log(sigma) - self.rate * sigma
