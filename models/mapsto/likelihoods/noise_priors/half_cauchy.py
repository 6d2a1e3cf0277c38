"""The half-Cauchy prior on sigma."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from mapsto.family import Family
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.scales import positive


@dataclass(frozen=True)
class HalfCauchyNoise(NoisePrior):
    """sigma ~ HalfCauchy(scale): half of it below ``scale``, in units of y, and no mean."""

    scale: float

    name: ClassVar[str] = "half_cauchy"
    label: ClassVar[str] = "half-Cauchy"
    formula: ClassVar[str] = r"\sigma\sim\mathrm{HalfCauchy}(s)"
    reference: ClassVar[str] = "Gelman (2006), Bayesian Analysis 1(3), section 3.2; Polson & Scott (2012), section 1"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the half-Cauchy prior on sigma"))

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`."""
        return math.log(2 / math.pi) - math.log(self.scale) - math.log1p((sigma / self.scale) ** 2)

    def family(self) -> Family:
        """See :class:`NoisePrior`."""
        return Family("half_cauchy", {"scale": self.scale})
