"""The half-Student-t prior on sigma."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from mapsto.family import Family
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.scales import positive


@dataclass(frozen=True)
class HalfStudentTNoise(NoisePrior):
    """sigma is the size of a Student t variable with ``df`` degrees of freedom and ``scale``, in units of y."""

    scale: float
    df: float = 3.0

    name: ClassVar[str] = "half_student_t"
    label: ClassVar[str] = "half-Student-t"
    formula: ClassVar[str] = r"\sigma\sim\mathrm{HalfStudentT}(\nu,\,s)"
    reference: ClassVar[str] = "Gelman (2006), Bayesian Analysis 1(3), section 3.2: the folded noncentral t at zero"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the half-Student-t prior on sigma"))
        object.__setattr__(self, "df", positive(self.df, "the df of the half-Student-t prior on sigma"))

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`."""
        half = (self.df + 1) / 2
        log_z = math.lgamma(half) - math.lgamma(self.df / 2) - 0.5 * math.log(math.pi * self.df)
        return math.log(2) + log_z - math.log(self.scale) - half * math.log1p((sigma / self.scale) ** 2 / self.df)

    def family(self) -> Family:
        """See :class:`NoisePrior`."""
        return Family("half_student_t", {"df": self.df, "scale": self.scale})
