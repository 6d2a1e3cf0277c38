"""The half-normal prior: ridge with coefficients that may not be negative."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.family import Family
from mapsto.priors.base import PiecewiseQuadratic, Prior
from mapsto.scales import positive


@dataclass(frozen=True)
class HalfNormal(Prior):
    """w_j ~ HalfNormal(scale), independently: a Normal density on the half line w_j >= 0, doubled."""

    scale: float

    name: ClassVar[str] = "half_normal"
    formula: ClassVar[str] = (
        r"\frac{1}{\sigma_w}\sqrt{\frac{2}{\pi}}\exp\left(-\frac{w^2}{2\sigma_w^2}\right)\quad(w\ge 0)"
    )
    penalty_formula: ClassVar[str] = r"\frac{w^2}{2\sigma_w^2}\;(w\ge 0)"
    constant_formula: ClassVar[str] = r"-\frac{p}{2}\log\frac{\pi\sigma_w^2}{2}"
    reference: ClassVar[str] = "Gelfand, Smith & Lee (1992), JASA 87(418), section 2: order-restricted parameters"
    paragraph: ClassVar[str] = (
        "Each slope is known to be zero or positive, and lies within two prior scales of zero with about 95 % "
        "probability. "
        "The penalty is ridge with the constraint that no slope is negative. A coefficient that would be negative is "
        "exactly zero at the mode. Under the posterior it is positive, and the posterior says how large it may be."
    )
    kinked: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the half-normal prior"))

    @classmethod
    def examples(cls, p: int) -> tuple[HalfNormal, ...]:
        del p
        return cls(scale=0.5), cls(scale=20.0)

    def log_density(self, w: Vector) -> float:
        if (w < 0).any():
            return -math.inf
        u = w / self.scale
        return float(-0.5 * (u @ u) + len(w) * (0.5 * math.log(2 / math.pi) - math.log(self.scale)))

    def penalty(self, w: Vector) -> float:
        return math.inf if (w < 0).any() else float(np.sum(w**2)) / (2 * self.scale**2)

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        inside = np.abs(gradient + w / self.scale**2)
        return np.where(w > 0, inside, np.where(w == 0, np.maximum(-gradient, 0.0), np.inf))

    def family(self, p: int) -> Family:
        del p
        return Family("half_normal", {"scale": self.scale})

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        return PiecewiseQuadratic(np.zeros(p), np.full(p, 1 / self.scale**2), nonnegative=True)
