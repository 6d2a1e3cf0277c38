"""Jeffreys' prior on sigma."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from mapsto.family import Family
from mapsto.likelihoods.noise_priors.base import NoisePrior


@dataclass(frozen=True)
class JeffreysNoise(NoisePrior):
    """p(sigma) = 1 / sigma: flat in log sigma, improper."""

    name: ClassVar[str] = "jeffreys"
    label: ClassVar[str] = "Jeffreys"
    formula: ClassVar[str] = r"p(\sigma)\propto 1/\sigma"
    reference: ClassVar[str] = "Jeffreys (1961), Theory of Probability, section 3.10"
    proper: ClassVar[bool] = False
    tail: ClassVar[float] = 1.0

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`."""
        return -math.log(sigma)

    def family(self) -> Family:
        """See :class:`NoisePrior`."""
        return Family("log_flat")
