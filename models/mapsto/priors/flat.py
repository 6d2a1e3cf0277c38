"""The flat prior: no penalty at all, which is ordinary least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.family import Family
from mapsto.priors.base import PiecewiseQuadratic, Prior


@dataclass(frozen=True)
class Flat(Prior):
    """p(w) = 1 everywhere: improper, so the posterior exists only where the data hold every direction."""

    name: ClassVar[str] = "flat"
    formula: ClassVar[str] = "1"
    penalty_formula: ClassVar[str] = "0"
    constant_formula: ClassVar[str] = "0"
    reference: ClassVar[str] = "Gelman et al. (2013), Bayesian Data Analysis, section 14.2"
    paragraph: ClassVar[str] = (
        "No slope is believed likelier than another, however large. There is no penalty, and the mode is ordinary "
        "least squares. The prior is improper: its density has no finite integral. Where the data cannot tell columns "
        "apart the posterior is improper too, and the mode shown is the one of smallest norm among many."
    )
    proper: ClassVar[bool] = False

    @classmethod
    def examples(cls, p: int) -> tuple[Flat, ...]:
        del p
        return (cls(),)

    def log_density(self, w: Vector) -> float:
        del w
        return 0.0

    def penalty(self, w: Vector) -> float:
        del w
        return 0.0

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        del w
        return np.abs(gradient)

    def family(self, p: int) -> Family:
        del p
        return Family("flat")

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        return PiecewiseQuadratic(np.zeros(p), np.zeros(p))
