"""Student's t prior: a penalty that lets large slopes go."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import gammaln

from mapsto.data.statistics import Vector
from mapsto.family import Family
from mapsto.priors.base import Prior
from mapsto.scales import positive, tail_degrees


@dataclass(frozen=True)
class StudentT(Prior):
    """w_j ~ Student t with ``df`` degrees of freedom and ``scale``, in units of y per unit of the column."""

    scale: float
    df: float = 4.0

    name: ClassVar[str] = "student_t"
    formula: ClassVar[str] = (
        r"\frac{\Gamma\left(\frac{\nu+1}{2}\right)}{\Gamma\left(\frac{\nu}{2}\right)s\sqrt{\pi\nu}}"
        r"\left(1+\frac{w^2}{\nu s^2}\right)^{-(\nu+1)/2}"
    )
    penalty_formula: ClassVar[str] = r"\frac{\nu+1}{2}\log\left(1+\frac{w^2}{\nu s^2}\right)"
    constant_formula: ClassVar[str] = (
        r"p\log\frac{\Gamma\left(\frac{\nu+1}{2}\right)}{\Gamma\left(\frac{\nu}{2}\right)s\sqrt{\pi\nu}}"
    )
    reference: ClassVar[str] = "Gelman et al. (2013), Bayesian Data Analysis, table A.1 and section 17.2"
    paragraph: ClassVar[str] = (
        "Most slopes are believed to lie within a few scales of zero, but one far out is no great surprise. The "
        "penalty grows only like the logarithm of a slope's size, so large slopes are hardly shrunk. It is not convex: "
        "the posterior may have several modes, and a search finds a local one."
    )
    convex: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "scale of the Student t prior"))
        object.__setattr__(self, "df", tail_degrees(self.df, "df of the Student t prior"))

    @classmethod
    def examples(cls, p: int) -> tuple[StudentT, ...]:
        del p
        return cls(scale=0.5), cls(scale=20.0, df=2.5)

    def log_density(self, w: Vector) -> float:
        half = (self.df + 1) / 2
        log_z = gammaln(half) - gammaln(self.df / 2) - 0.5 * math.log(math.pi * self.df) - math.log(self.scale)
        return float(len(w) * log_z - half * np.log1p((w / self.scale) ** 2 / self.df).sum())

    def penalty(self, w: Vector) -> float:
        return float(0.5 * (self.df + 1) * np.sum(np.log1p(w**2 / (self.df * self.scale**2))))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        return np.abs(gradient + (self.df + 1) * w / (self.df * self.scale**2 + w**2))

    def family(self, p: int) -> Family:
        del p
        return Family("student_t", {"df": self.df, "location": 0.0, "scale": self.scale})
