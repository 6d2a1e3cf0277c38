"""The elastic net's prior, with the normalising constant that is rarely printed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import erfcx

from mapsto.estimate import Unsupported
from mapsto.priors.base import PiecewiseQuadratic, Prior, Recipe
from mapsto.problem import Problem
from mapsto.scales import LOG_2PI, positive
from mapsto.sufficient import Vector


@dataclass(frozen=True)
class ElasticNet(Prior):
    """p(w_j) proportional to exp(-|w_j| / laplace_scale - w_j^2 / (2 normal_scale^2)), independently.

    A Laplace density times a Normal one; both scales are in units of y per unit of the column.
    """

    laplace_scale: float
    normal_scale: float

    name: ClassVar[str] = "elastic_net"
    formula: ClassVar[str] = (
        r"\frac{1}{Z}\exp\left(-\frac{\lvert w\rvert }{b}-\frac{w^2}{2s^2}\right),\quad "
        r"Z=2 s\sqrt{2\pi}\,e^{s^2/2b^2}\,\Phi\left(-\frac{s}{b}\right)"
    )
    penalty_formula: ClassVar[str] = r"\left(\frac{\lvert w\rvert }{b}+\frac{w^2}{2s^2}\right)"
    constant_formula: ClassVar[str] = r"-p\log\left(2 s\sqrt{2\pi}\,e^{s^2/2b^2}\,\Phi(-s/b)\right)"
    reference: ClassVar[str] = "Zou & Hastie (2005), JRSS B 67(2), section 3; Hans (2011), JASA 106(496), equation 2"
    paragraph: ClassVar[str] = (
        "A compromise: the pointed middle of a Laplace density with the light tails of a Normal one. The penalty is "
        "the elastic net: exact zeros as with the lasso, but columns that resemble each other share their slope, as "
        "with ridge. The zeros are the mode's alone; the posterior puts no probability on them."
    )
    kinked: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("laplace_scale", "normal_scale"):
            object.__setattr__(self, name, positive(getattr(self, name), f"{name} of the elastic-net prior"))

    @classmethod
    def examples(cls, p: int) -> tuple[ElasticNet, ...]:
        del p
        return cls(laplace_scale=0.5, normal_scale=1.0), cls(laplace_scale=20.0, normal_scale=5.0)

    def log_density(self, w: Vector) -> float:
        b, s = self.laplace_scale, self.normal_scale
        # erfcx(x) = exp(x^2) erfc(x) holds together what would overflow and underflow apart
        log_z = math.log(s) + 0.5 * LOG_2PI + math.log(float(erfcx(s / (b * math.sqrt(2)))))
        return float(-np.abs(w / b).sum() - 0.5 * np.sum((w / s) ** 2)) - len(w) * log_z

    def penalty(self, w: Vector) -> float:
        return float(np.sum(np.abs(w)) / self.laplace_scale + (w @ w) / (2 * self.normal_scale**2))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        at_zero = np.maximum(np.abs(gradient) - 1 / self.laplace_scale, 0.0)
        slope = np.sign(w) / self.laplace_scale + w / self.normal_scale**2
        return np.where(w == 0, at_zero, np.abs(gradient + slope))

    def to_pymc(self, name: str, dims: str) -> Any:
        import pymc as pm  # here, not above: PyMC takes seconds to import
        import pytensor.tensor as pt

        def logp(value: Any, b: Any, s: Any) -> Any:
            log_z = pt.log(s) + np.float64(0.5 * LOG_2PI) + pt.log(pt.erfcx(s / (b * np.sqrt(2.0))))
            return -pt.abs(value) / b - (value / s) ** 2 / 2 - log_z

        scales = np.float64(self.laplace_scale), np.float64(self.normal_scale)
        return pm.CustomDist(name, *scales, logp=logp, dims=dims)

    def pymc_code(self, params: str) -> str:
        del params
        b, s = self.laplace_scale, self.normal_scale
        return f"w = pm.CustomDist('w', logp=lambda w: -abs(w) / {b!r} - w**2 / (2 * {s!r}**2), dims='feature')"

    def to_sklearn(self, problem: Problem) -> Recipe | Unsupported:
        l1, l2 = 1 / self.laplace_scale, 1 / self.normal_scale**2
        params = {"alpha": (l1 + l2) * problem.noise_sd**2 / problem.statistics.weight, "l1_ratio": l1 / (l1 + l2)}
        return Recipe("ElasticNet", params | {"tol": 1e-15, "max_iter": 200_000}, backward=1e-9)

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        return PiecewiseQuadratic(np.full(p, 1 / self.laplace_scale), np.full(p, 1 / self.normal_scale**2))
