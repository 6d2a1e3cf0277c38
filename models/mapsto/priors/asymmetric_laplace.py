"""The asymmetric Laplace prior: the lasso with one slope upwards and another downwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.priors.base import PiecewiseQuadratic, Prior, each
from mapsto.scales import Each, positive_each


@dataclass(frozen=True)
class AsymmetricLaplace(Prior):
    """p(w_j) proportional to exp(-w_j / scale_up_j) above zero and exp(w_j / scale_down_j) below it, independently.

    Attributes:
        scale_up: the mean size of a positive slope, in units of y per unit of the column: one for all, or one for
            each coefficient.
        scale_down: the mean size of a negative slope, likewise.
    """

    scale_up: Each
    scale_down: Each

    name: ClassVar[str] = "asymmetric_laplace"
    formula: ClassVar[str] = r"\frac{1}{s_+ + s_-}\exp\left(-\frac{\max(w,0)}{s_+}-\frac{\max(-w,0)}{s_-}\right)"
    penalty_formula: ClassVar[str] = r"\left(\frac{\max(w,0)}{s_+}+\frac{\max(-w,0)}{s_-}\right)"
    constant_formula: ClassVar[str] = r"-p\log(s_+ + s_-)"
    reference: ClassVar[str] = (
        "Kotz, Kozubowski & Podgórski (2001), The Laplace Distribution and Generalizations, equation 3.1.10"
    )
    paragraph: ClassVar[str] = (
        "A slope of one sign is thought to be larger, and likelier, than one of the other: the odds of the signs are "
        "those of the two scales. The penalty is the lasso with two rates, so modes have exact zeros; the side with "
        "the smaller scale is shrunk more. The posterior has no exact zeros: they belong to the mode alone."
    )
    kinked: ClassVar[bool] = True

    lengths: ClassVar[Mapping[str, int]] = MappingProxyType({"scale_up": 1, "scale_down": 1})

    def __post_init__(self) -> None:
        for name in ("scale_up", "scale_down"):
            object.__setattr__(
                self, name, positive_each(getattr(self, name), f"{name} of the asymmetric Laplace prior")
            )

    @classmethod
    def examples(cls, p: int) -> tuple[AsymmetricLaplace, ...]:
        scales = tuple(0.4 + 0.2 * j for j in range(p))
        return (
            cls(scale_up=0.5, scale_down=0.2),
            cls(scale_up=5.0, scale_down=20.0),
            cls(scale_up=scales, scale_down=tuple(reversed(scales))),
        )

    def log_density(self, w: Vector) -> float:
        up, down = self._scales(len(w))
        return float(-np.abs(w / np.where(w > 0, up, down)).sum() - np.log(up + down).sum())

    def penalty(self, w: Vector) -> float:
        up, down = self._scales(len(w))
        return float(np.sum(np.maximum(w, 0.0) / up + np.maximum(-w, 0.0) / down))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        up, down = self._scales(len(w))
        at_zero = np.maximum(-gradient - 1 / up, gradient - 1 / down)
        slope = np.where(w > 0, 1 / up, -1 / down)
        return np.where(w == 0, np.maximum(at_zero, 0.0), np.abs(gradient + slope))

    def expression(self, w: Any, xp: Any, p: int) -> Any:
        up, down = self._scales(p)
        return xp.sum(xp.where(w > 0, -w / up, w / down)) - float(np.log(up + down).sum())

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        up, down = self._scales(p)
        return PiecewiseQuadratic(1 / up, np.zeros(p), l1_down=1 / down)

    def _scales(self, p: int) -> tuple[Vector, Vector]:
        return each(self.scale_up, p), each(self.scale_down, p)
