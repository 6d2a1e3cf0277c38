"""The Cauchy prior: Student's t with one degree of freedom, the heaviest tails in use."""

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
class Cauchy(Prior):
    """w_j ~ Cauchy(0, scale), independently; ``scale`` (half the width at half height) in units of w."""

    scale: float

    name: ClassVar[str] = "cauchy"
    formula: ClassVar[str] = r"\frac{1}{\pi s\left(1+w^2/s^2\right)}"
    penalty_formula: ClassVar[str] = r"\log\left(1+\frac{w^2}{s^2}\right)"
    constant_formula: ClassVar[str] = r"-p\log \pi s"
    reference: ClassVar[str] = "Gelman, Jakulin, Pittau & Su (2008), Annals of Applied Statistics 2(4), section 2"
    paragraph: ClassVar[str] = (
        "Half of all slopes are believed to lie within one scale of zero, and no size is ruled out: the tails are so "
        "heavy that the density has no mean. The penalty is not convex, so the posterior may have several modes, and "
        "the highest says little about where the slopes lie on average."
    )
    convex: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the Cauchy prior"))

    @classmethod
    def examples(cls, p: int) -> tuple[Cauchy, ...]:
        del p
        return cls(scale=0.5), cls(scale=20.0)

    def log_density(self, w: Vector) -> float:
        return float(-np.log1p((w / self.scale) ** 2).sum() - len(w) * math.log(math.pi * self.scale))

    def penalty(self, w: Vector) -> float:
        return float(np.sum(np.log1p(w**2 / self.scale**2)))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        return np.abs(gradient + 2 * w / (self.scale**2 + w**2))

    def family(self, p: int) -> Family:
        del p
        return Family("cauchy", {"location": 0.0, "scale": self.scale})
