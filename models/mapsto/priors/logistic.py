"""The logistic prior: round at zero like ridge, straight far out like the lasso."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.family import Family
from mapsto.priors.base import Prior
from mapsto.scales import positive


@dataclass(frozen=True)
class Logistic(Prior):
    """w_j ~ Logistic(0, scale), independently; ``scale`` in units of y per unit of the column."""

    scale: float

    name: ClassVar[str] = "logistic"
    formula: ClassVar[str] = r"\frac{1}{4s}\,\cosh^{-2}\left(\frac{w}{2s}\right)"
    penalty_formula: ClassVar[str] = r"2\log\cosh\left(\frac{w}{2s}\right)"
    constant_formula: ClassVar[str] = r"-p\log 4s"
    reference: ClassVar[str] = (
        "Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, equation 23.3"
    )
    paragraph: ClassVar[str] = (
        "Near zero the density is close to a Normal one, and its tails fall like those of a Laplace density. The "
        "penalty is a smooth version of the absolute value: it shrinks large slopes by a constant and none to exactly "
        "zero. It is convex, so there is one mode."
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the logistic prior"))

    @classmethod
    def examples(cls, p: int) -> tuple[Logistic, ...]:
        del p
        return cls(scale=0.5), cls(scale=20.0)

    def log_density(self, w: Vector) -> float:
        u = np.abs(w) / self.scale
        return float(-(u + 2 * np.log1p(np.exp(-u))).sum() - len(w) * math.log(self.scale))

    def penalty(self, w: Vector) -> float:
        half = w / (2 * self.scale)
        # log cosh x = |x| + log((1 + exp(-2|x|)) / 2), the difference near zero taken without cancellation.
        small = np.log1p(2 * np.sinh(np.clip(half, -1, 1) / 2) ** 2)
        large = np.abs(half) + np.log1p(np.exp(-2 * np.abs(half))) - math.log(2)
        return float(2 * np.sum(np.where(np.abs(half) < 1, small, large)))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        return np.abs(gradient + np.tanh(w / (2 * self.scale)) / self.scale)

    def family(self, p: int) -> Family:
        del p
        return Family("logistic", {"location": 0.0, "scale": self.scale})
