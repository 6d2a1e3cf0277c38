"""The half-normal prior on sigma."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from mapsto.family import Family
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.scales import positive


@dataclass(frozen=True)
class HalfNormalNoise(NoisePrior):
    """sigma ~ HalfNormal(scale), in units of y."""

    scale: float

    name: ClassVar[str] = "half_normal"
    label: ClassVar[str] = "half-Normal"
    formula: ClassVar[str] = r"\sigma\sim\mathrm{HalfNormal}(s)"
    reference: ClassVar[str] = "Gelman (2006), Bayesian Analysis 1(3), section 7.1"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the half-normal prior on sigma"))

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`."""
        return 0.5 * math.log(2 / math.pi) - math.log(self.scale) - 0.5 * (sigma / self.scale) ** 2

    def family(self) -> Family:
        """See :class:`NoisePrior`."""
        return Family("half_normal", {"scale": self.scale})
