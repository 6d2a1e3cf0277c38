"""The inverse-gamma prior on sigma^2, the conjugate one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from mapsto.family import Family
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.scales import positive


@dataclass(frozen=True)
class InverseGammaNoise(NoisePrior):
    """sigma^2 ~ InverseGamma(shape, scale); ``scale`` in squared units of y. Conjugate."""

    shape: float
    scale: float

    name: ClassVar[str] = "inverse_gamma"
    label: ClassVar[str] = "inverse-gamma"
    formula: ClassVar[str] = r"\sigma^2\sim\mathrm{InverseGamma}(a,\,b)"
    reference: ClassVar[str] = "Gelman et al. (2013), Bayesian Data Analysis, section 14.8"

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", positive(self.shape, "the shape of the inverse-gamma prior on sigma^2"))
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the inverse-gamma prior on sigma^2"))

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`; 2 sigma is the Jacobian from the variance to sigma."""
        a, b = self.shape, self.scale
        of_variance = a * math.log(b) - math.lgamma(a) - (a + 1) * 2 * math.log(sigma) - b / sigma**2
        return of_variance + math.log(2 * sigma)

    def family(self) -> Family:
        """See :class:`NoisePrior`."""
        return Family("inverse_gamma", {"shape": self.shape, "scale": self.scale}, power=2)
