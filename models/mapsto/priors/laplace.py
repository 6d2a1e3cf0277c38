"""The Laplace prior: its penalty is the lasso."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.priors.base import PiecewiseQuadratic, Prior, each
from mapsto.scales import Each, positive_each, times


@dataclass(frozen=True)
class Laplace(Prior):
    """w_j ~ Laplace(0, scale_j), independently.

    Attributes:
        scale: s, in units of y per unit of the column: one for all, or one for each coefficient.
        per_sigma: whether the scale is in units of sigma, as Park and Casella have it.
    """

    scale: Each
    per_sigma: bool = False

    name: ClassVar[str] = "laplace"
    formula: ClassVar[str] = r"\frac{1}{2 s}\exp\left(-\frac{\lvert w\rvert }{s}\right)"
    penalty_formula: ClassVar[str] = r"\frac{\lvert w\rvert }{s}"
    constant_formula: ClassVar[str] = r"-p\log 2s"
    reference: ClassVar[str] = "Tibshirani (1996), JRSS B 58(1), section 5; Park & Casella (2008), JASA 103(482)"
    paragraph: ClassVar[str] = (
        "Most slopes are believed to be small, and a few may be far larger than a Normal prior would allow. The "
        "penalty is the lasso, whose kink at zero gives modes with exact zeros. The posterior has none: no single "
        "value of a slope has positive probability, not even zero. The zeros are a property of the peak and not of the "
        "belief."
    )
    kinked: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_each(self.scale, "the scale of the Laplace prior"))
        if not isinstance(self.per_sigma, bool):
            raise BadInput(f"per_sigma of the Laplace prior is {self.per_sigma!r}; expected true or false")

    @classmethod
    def examples(cls, p: int) -> tuple[Laplace, ...]:
        return cls(scale=0.5), cls(scale=20.0), cls(scale=tuple(0.4 + 0.2 * j for j in range(p)))

    def log_density(self, w: Vector) -> float:
        return float(-np.abs(w / self.scale).sum() - np.log(2 * each(self.scale, len(w))).sum())

    def penalty(self, w: Vector) -> float:
        return float(np.sum(np.abs(w) / self.scale))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        steep = 1 / each(self.scale, len(w))
        at_zero = np.maximum(np.abs(gradient) - steep, 0.0)
        return np.where(w == 0, at_zero, np.abs(gradient + np.sign(w) * steep))

    def family(self, p: int) -> Family:
        del p
        return Family("laplace", {"location": 0.0, "scale": self.scale})

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        return PiecewiseQuadratic(1 / each(self.scale, p), np.zeros(p))

    @property
    def in_units_of_sigma(self) -> bool:
        return self.per_sigma

    def at(self, noise_sd: float) -> Laplace:
        if not self.per_sigma:
            return self
        return replace(self, scale=times(self.scale, noise_sd), per_sigma=False)
