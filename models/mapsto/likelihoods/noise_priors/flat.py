"""The flat prior on sigma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mapsto.family import Family
from mapsto.likelihoods.noise_priors.base import NoisePrior


@dataclass(frozen=True)
class FlatNoise(NoisePrior):
    """p(sigma) = 1 on the positive half line: improper. A posterior needs two rows more than flat parameters."""

    name: ClassVar[str] = "flat"
    formula: ClassVar[str] = r"p(\sigma)\propto 1"
    reference: ClassVar[str] = "Gelman (2006), Bayesian Analysis 1(3), section 2.2"
    proper: ClassVar[bool] = False
    tail: ClassVar[float] = 0.0

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`."""
        del sigma
        return 0.0

    def family(self) -> Family:
        """See :class:`NoisePrior`."""
        return Family("half_flat")
