"""The generalised Normal prior: a penalty of any power from 1, bridge regression."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import gammaln

from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.priors.base import PiecewiseQuadratic, Prior
from mapsto.scales import positive

LARGEST_POWER = 100.0  # already a box of half-width ``scale``; beyond it (w / scale)^power leaves the doubles too soon


@dataclass(frozen=True)
class GeneralizedNormal(Prior):
    """p(w_j) proportional to exp(-|w_j / scale|^power), independently.

    Attributes:
        scale: where the penalty is 1, in units of y per unit of the column: b for a Laplace density (power 1), and
            sqrt(2) sigma_w for a Normal one (power 2).
        power: from 1 to 100; dimensionless.
    """

    scale: float
    power: float

    name: ClassVar[str] = "generalized_normal"
    formula: ClassVar[str] = r"\frac{q}{2 s\,\Gamma(1/q)}\exp\left(-\left\lvert\frac{w}{s}\right\rvert^q\right)"
    penalty_formula: ClassVar[str] = r"\left\lvert\frac{w}{s}\right\rvert^q"
    constant_formula: ClassVar[str] = r"-p\log\frac{2 s\,\Gamma(1/q)}{q}"
    reference: ClassVar[str] = (
        "Nadarajah (2005), Journal of Applied Statistics 32(7), equation 1; Frank & Friedman (1993), Technometrics "
        "35(2), section 5: bridge regression"
    )
    paragraph: ClassVar[str] = (
        "The power says what is thought of large slopes: 1 is the Laplace prior and the lasso, 2 the Normal prior and "
        "ridge. Between the two, small slopes are pulled hard and end next to zero, though not at it; above 2 slopes "
        "within one scale are hardly pulled and larger ones are soon ruled out. The penalty is convex: there is one "
        "mode."
    )

    def __post_init__(self) -> None:
        for name in ("scale", "power"):
            object.__setattr__(self, name, positive(getattr(self, name), f"the {name} of the generalised Normal prior"))
        if not 1 <= self.power <= LARGEST_POWER:
            raise BadInput(
                f"the power of the generalised Normal prior is {self.power:g}; expected a number from 1 to "
                f"{LARGEST_POWER:g}: below 1 the density has a peak at zero whatever the data say"
            )
        object.__setattr__(self, "kinked", self.power == 1)

    @classmethod
    def examples(cls, p: int) -> tuple[GeneralizedNormal, ...]:
        del p
        return cls(scale=0.5, power=1.0), cls(scale=0.5, power=1.5), cls(scale=2.0, power=3.0)

    def log_density(self, w: Vector) -> float:
        log_z = math.log(2 * self.scale) + gammaln(1 / self.power) - math.log(self.power)
        with np.errstate(over="ignore", under="ignore"):  # past the doubles the density is zero
            return float(-((np.abs(w) / self.scale) ** self.power).sum() - len(w) * log_z)

    def penalty(self, w: Vector) -> float:
        with np.errstate(over="ignore", under="ignore"):
            return float(np.sum(np.power(np.abs(w / self.scale), self.power)))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        with np.errstate(over="ignore", under="ignore"):
            steep = self.power / self.scale * np.abs(w / self.scale) ** (self.power - 1)
            off: Vector = np.abs(gradient + np.sign(w) * steep)
        if self.power > 1:
            return off
        return np.where(w == 0, np.maximum(np.abs(gradient) - 1 / self.scale, 0.0), off)

    def expression(self, w: Any, xp: Any, p: int) -> Any:
        log_z = math.log(2 * self.scale) + math.lgamma(1 / self.power) - math.log(self.power)
        return -xp.sum(xp.abs(w / self.scale) ** self.power) - p * log_z

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        if self.power == 1:
            return PiecewiseQuadratic(np.full(p, 1 / self.scale), np.zeros(p))
        return None
