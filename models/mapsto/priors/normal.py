"""The Normal prior: its penalty is ridge, with one scale or one for each coefficient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.priors.base import Gaussian, PiecewiseQuadratic, Prior, each
from mapsto.scales import LOG_2PI, Each, finite_each, positive_each, times


@dataclass(frozen=True)
class Normal(Prior):
    """w_j ~ Normal(mean_j, scale_j^2), independently.

    Attributes:
        scale: sigma_w, in units of y per unit of the column: one for all, or one for each coefficient.
        mean: where the prior is centred, likewise.
        per_sigma: whether scale and mean are in units of sigma, so that alpha is fixed while sigma is learned.
    """

    scale: Each
    mean: Each = 0.0
    per_sigma: bool = False

    name: ClassVar[str] = "normal"
    formula: ClassVar[str] = r"\frac{1}{\sigma_w\sqrt{2\pi}}\exp\left(-\frac{w^2}{2\sigma_w^2}\right)"
    penalty_formula: ClassVar[str] = r"\frac{w^2}{2\sigma_w^2}"
    constant_formula: ClassVar[str] = r"-\frac{p}{2}\log 2\pi\sigma_w^2"
    reference: ClassVar[str] = "Hoerl & Kennard (1970), Technometrics 12(1), section 6: ridge as a Bayes estimate"
    paragraph: ClassVar[str] = (
        "Each slope is believed to lie within two prior scales of its centre with about 95 % probability; values far "
        "out are soon ruled out. The penalty is ridge: it shrinks each principal direction of the columns by a factor "
        "of its own, and no slope to exactly zero. With Gaussian noise the mode is the posterior mean too, so the "
        "point estimate leaves out only the widths and the correlations."
    )

    unbounded: ClassVar[Mapping[str, str]] = {"mean": "a prior may be centred anywhere"}
    lengths: ClassVar[Mapping[str, int]] = MappingProxyType({"scale": 1, "mean": 1})

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_each(self.scale, "the scale of the Normal prior"))
        object.__setattr__(self, "mean", finite_each(self.mean, "the mean of the Normal prior"))
        if not isinstance(self.per_sigma, bool):
            raise BadInput(f"per_sigma of the Normal prior is {self.per_sigma!r}; expected true or false")
        if np.any(self.mean):
            for text in ("formula", "penalty_formula"):
                object.__setattr__(self, text, getattr(type(self), text).replace("{w^2}", "{(w-m)^2}"))

    @classmethod
    def examples(cls, p: int) -> tuple[Normal, ...]:
        each_its_own = tuple(0.3 + 0.1 * j for j in range(p))
        return (
            cls(scale=0.5),
            cls(scale=20.0),
            cls(scale=each_its_own),
            cls(scale=0.7, mean=tuple(0.2 * j - 0.5 for j in range(p))),
        )

    def log_density(self, w: Vector) -> float:
        u = (w - self.mean) / self.scale
        return float(-0.5 * (u @ u) - len(w) * 0.5 * LOG_2PI - np.log(each(self.scale, len(w))).sum())

    def penalty(self, w: Vector) -> float:
        return float(np.sum((w - self.mean) ** 2 / (2 * np.square(self.scale))))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        return np.abs(gradient + (w - self.mean) / np.square(self.scale))

    def family(self, p: int) -> Family:
        del p
        return Family("normal", {"mean": self.mean, "sd": self.scale})

    def gaussian(self, p: int) -> Gaussian:
        return Gaussian(each(self.mean, p), each(self.scale, p))

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        return PiecewiseQuadratic(np.zeros(p), 1 / each(self.scale, p) ** 2) if self.mean == 0.0 else None

    @property
    def in_units_of_sigma(self) -> bool:
        return self.per_sigma

    def at(self, noise_sd: float) -> Normal:
        if not self.per_sigma:
            return self
        scaled = {name: times(getattr(self, name), noise_sd) for name in ("scale", "mean")}
        return replace(self, **scaled, per_sigma=False)
