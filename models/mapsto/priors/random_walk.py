"""The random-walk prior: neighbouring slopes differ little, as along time or wavelength."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.priors.base import Gaussian, Prior
from mapsto.priors.normal import Normal
from mapsto.scales import LOG_2PI, positive


@dataclass(frozen=True)
class RandomWalk(Prior):
    """w_1 ~ Normal(0, level^2) and w_{j+1} - w_j ~ Normal(0, scale^2), in the order of the columns.

    A Gaussian Markov field of first order on a line, with a level that makes it proper; both are in units of y per
    unit of the columns.
    """

    scale: float
    level: float

    name: ClassVar[str] = "random_walk"
    formula: ClassVar[str] = (
        r"\frac{\exp\left(-\frac{w_1^2}{2\tau^2}-\sum_{j=1}^{p-1}\frac{(w_{j+1}-w_j)^2}{2\sigma_w^2}\right)}"
        r"{\tau\,\sigma_w^{p-1}\,(2\pi)^{p/2}}"
    )
    penalty_formula: ClassVar[str] = r"\frac{w_1^2}{2\tau^2}+\sum_{j=1}^{p-1}\frac{(w_{j+1}-w_j)^2}{2\sigma_w^2}"
    constant_formula: ClassVar[str] = r"-\frac{p}{2}\log 2\pi-\log\tau-(p-1)\log\sigma_w"
    reference: ClassVar[str] = "Rue & Held (2005), Gaussian Markov Random Fields, section 3.3.1"
    paragraph: ClassVar[str] = (
        "Columns next to each other are thought to have slopes next to each other: a step from one to the next is "
        "Normal, and the first slope is Normal about zero. The penalty is ridge on the differences, so it smooths "
        "the slopes along the columns. With Gaussian noise its mode is the posterior mean, and hides "
        "the widths and the correlations."
    )
    separable: ClassVar[bool] = False
    ordered: ClassVar[bool] = True
    lengths: ClassVar[Mapping[str, int]] = MappingProxyType({"scale": 1, "level": 1})

    def __post_init__(self) -> None:
        for name in ("scale", "level"):
            object.__setattr__(self, name, positive(getattr(self, name), f"the {name} of the random-walk prior"))

    @classmethod
    def examples(cls, p: int) -> tuple[RandomWalk, ...]:
        del p
        return cls(scale=0.5, level=1.0), cls(scale=5.0, level=20.0)

    def log_density(self, w: Vector) -> float:
        steps = np.diff(w) / self.scale
        constant = len(w) * 0.5 * LOG_2PI + math.log(self.level) + (len(w) - 1) * math.log(self.scale)
        return float(-0.5 * (w[0] / self.level) ** 2 - 0.5 * (steps @ steps)) - constant

    def penalty(self, w: Vector) -> float:
        return float(w[0] ** 2 / (2 * self.level**2) + np.sum((w[1:] - w[:-1]) ** 2) / (2 * self.scale**2))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        steps = np.diff(w) / self.scale**2
        slope = np.append(0.0, steps) - np.append(steps, 0.0)
        slope[0] += w[0] / self.level**2
        off: Vector = np.abs(gradient + slope)
        return off

    def expression(self, w: Any, xp: Any, p: int) -> Any:
        del p
        level = -((w[0] / self.level) ** 2) / 2 - (0.5 * LOG_2PI + math.log(self.level))
        step = 0.5 * LOG_2PI + math.log(self.scale)
        return level + xp.sum(-(((w[1:] - w[:-1]) / self.scale) ** 2) / 2 - step)

    def gaussian(self, p: int) -> Gaussian:
        root = np.tril(np.full((p, p), self.scale))
        root[:, 0] = self.level
        return Gaussian(np.zeros(p), root)

    def marginal(self, j: int, p: int) -> Normal:
        del p
        return Normal(scale=math.hypot(self.level, math.sqrt(j) * self.scale))
