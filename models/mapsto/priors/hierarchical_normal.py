"""The hierarchical Normal prior: ridge whose penalty is learned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import kve

from mapsto.data.statistics import Matrix, Vector
from mapsto.family import Family
from mapsto.priors.base import LearnedScale
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.priors.normal import Normal
from mapsto.scales import LOG_2PI, positive


@dataclass(frozen=True)
class HierarchicalNormal(ScaleMixture):
    """w_j ~ Normal(0, sigma_w), all with one sigma_w ~ HalfNormal(scale), in units of y per unit of the column."""

    scale: float

    name: ClassVar[str] = "hierarchical_normal"
    formula: ClassVar[str] = r"w\mid\sigma_w\sim\mathrm{Normal}(0,\sigma_w),\quad\sigma_w\sim\mathrm{HalfNormal}(s)"
    reference: ClassVar[str] = "Gelman (2006), Bayesian Analysis 1(3), section 2"
    paragraph: ClassVar[str] = (
        "The slopes are Normal about zero, with a scale that is learned from the data: it is ridge with its penalty "
        "integrated out instead of chosen. The joint density of slopes and scale has no highest point, because it "
        "grows without bound as all slopes and the scale go to zero together. So there is a posterior but no mode."
    )
    no_mode: ClassVar[str] = (
        "The joint density of slopes and scale grows without bound as both go to zero together (each of its $p$ "
        r"Normal densities has a height proportional to $1/\sigma_w$). Its highest point therefore says nothing about "
        "the data; the posterior is well behaved."
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the hierarchical Normal prior"))

    @classmethod
    def examples(cls, p: int) -> tuple[HierarchicalNormal, ...]:
        del p
        return cls(scale=1.0), cls(scale=20.0)

    def scales(self, size: int, p: int, rng: np.random.Generator) -> Matrix:
        drawn = np.abs(rng.normal(0.0, self.scale, size))
        return np.repeat(drawn[:, np.newaxis], p, axis=1)

    def log_density(self, w: Vector) -> float:
        """log p(w) with sigma_w integrated out, in nats: a Bessel function of the length of w.

        With t = sigma_w^2 the integral of t^(nu - 1) exp(-a / t - b t) is 2 (a / b)^(nu / 2) K_nu(2 sqrt(a b))
        (Gradshteyn & Ryzhik, 3.471.9), here with nu = (1 - p) / 2.
        """
        p, r = len(w), float(np.linalg.norm(w)) / self.scale
        if r == 0:
            return math.inf
        order = (p - 1) / 2
        bessel = math.log(float(kve(order, r))) - r
        return (
            -p * math.log(self.scale) - order * math.log(r) + bessel - 0.5 * p * LOG_2PI + 0.5 * math.log(2 / math.pi)
        )

    def learned_scale(self) -> LearnedScale:
        constant = 0.5 * math.log(2 / math.pi) - math.log(self.scale)
        return LearnedScale(
            log_density=lambda s: constant - 0.5 * (s / self.scale) ** 2,
            typical=self.scale,
            given=lambda s: Normal(scale=s),
        )

    def marginal(self, j: int, p: int) -> HierarchicalNormal:
        del j, p
        return self

    def family(self, p: int) -> Family:
        del p
        return Family("hierarchical_normal", {"scale": self.scale})
