"""The elastic net's prior, with the normalising constant that is rarely printed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from scipy.special import erfcx

from mapsto.data.statistics import Vector
from mapsto.priors.base import PiecewiseQuadratic, Prior, each
from mapsto.scales import LOG_2PI, Each, positive_each


@dataclass(frozen=True)
class ElasticNet(Prior):
    """p(w_j) proportional to exp(-|w_j| / laplace_scale_j - w_j^2 / (2 normal_scale_j^2)), independently.

    A Laplace density times a Normal one; both scales are in units of y per unit of the column.
    """

    laplace_scale: Each
    normal_scale: Each

    name: ClassVar[str] = "elastic_net"
    formula: ClassVar[str] = (
        r"\frac{1}{Z}\exp\left(-\frac{\lvert w\rvert }{s}-\frac{w^2}{2\sigma_w^2}\right),\quad "
        r"Z=2\sigma_w\sqrt{2\pi}\,e^{\sigma_w^2/2s^2}\,\Phi\left(-\frac{\sigma_w}{s}\right)"
    )
    penalty_formula: ClassVar[str] = r"\left(\frac{\lvert w\rvert }{s}+\frac{w^2}{2\sigma_w^2}\right)"
    constant_formula: ClassVar[str] = r"-p\log\left(2\sigma_w\sqrt{2\pi}\,e^{\sigma_w^2/2s^2}\,\Phi(-\sigma_w/s)\right)"
    reference: ClassVar[str] = "Zou & Hastie (2005), JRSS B 67(2), section 3; Hans (2011), JASA 106(496), equation 2"
    paragraph: ClassVar[str] = (
        "It is a compromise: the sharp peak of a Laplace density with the light tails of a Normal one. The penalty is "
        "the elastic net. Its mode has exact zeros, as with the lasso, but similar columns share their slope, as with "
        "ridge. Only the mode has zeros; the posterior puts no probability on them."
    )
    kinked: ClassVar[bool] = True

    lengths: ClassVar[Mapping[str, int]] = MappingProxyType({"laplace_scale": 1, "normal_scale": 1})

    def __post_init__(self) -> None:
        for name in ("laplace_scale", "normal_scale"):
            object.__setattr__(self, name, positive_each(getattr(self, name), f"{name} of the elastic-net prior"))

    @classmethod
    def examples(cls, p: int) -> tuple[ElasticNet, ...]:
        scales = tuple(0.4 + 0.2 * j for j in range(p))
        return (
            cls(laplace_scale=0.5, normal_scale=1.0),
            cls(laplace_scale=20.0, normal_scale=5.0),
            cls(laplace_scale=scales, normal_scale=tuple(2 * scale for scale in scales)),
            cls(laplace_scale=1.0, normal_scale=scales),
        )

    def log_density(self, w: Vector) -> float:
        b, s = self._scales(len(w))
        return float(-np.abs(w / b).sum() - 0.5 * np.sum((w / s) ** 2) - _log_normaliser(b, s).sum())

    def penalty(self, w: Vector) -> float:
        b, s = self._scales(len(w))
        return float(np.sum(np.abs(w) / b) + np.sum((w / s) ** 2) / 2)

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        b, s = self._scales(len(w))
        at_zero = np.maximum(np.abs(gradient) - 1 / b, 0.0)
        slope = np.sign(w) / b + w / s**2
        return np.where(w == 0, at_zero, np.abs(gradient + slope))

    def expression(self, w: Any, xp: Any, p: int) -> Any:
        del p
        b, s = (_number_or_array(scale) for scale in (self.laplace_scale, self.normal_scale))
        constant = _number_or_array(_log_normaliser(b, s))
        return xp.sum(-xp.abs(w) / b - w**2 / (2 * s**2) - constant)

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        b, s = self._scales(p)
        return PiecewiseQuadratic(1 / b, 1 / s**2)

    def _scales(self, p: int) -> tuple[Vector, Vector]:
        return each(self.laplace_scale, p), each(self.normal_scale, p)


def _log_normaliser(b: Any, s: Any) -> Any:
    """log Z of each slope; erfcx(x) = exp(x^2) erfc(x) holds together what would overflow and underflow apart."""
    return np.log(s) + 0.5 * LOG_2PI + np.log(erfcx(s / (b * math.sqrt(2))))


def _number_or_array(value: Any) -> Any:
    """A Python float for all slopes, or an array with one for each."""
    return float(value) if np.ndim(value) == 0 else np.asarray(value, dtype=np.float64)
