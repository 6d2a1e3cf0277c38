"""Spike and slab: a mixture of two Normal densities, a narrow one and a wide one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.priors.base import Prior
from mapsto.scales import LOG_2PI, positive


@dataclass(frozen=True)
class SpikeAndSlabNormal(Prior):
    """w_j ~ Normal(0, slab_scale) with probability ``slab_probability``, else Normal(0, spike_scale), independently.

    Attributes:
        spike_scale: sd of slopes that do not matter, in units of y per unit of the column.
        slab_scale: sd of those that do, likewise; larger than ``spike_scale``.
        slab_probability: prior probability that a slope matters, between 0 and 1.
    """

    spike_scale: float
    slab_scale: float
    slab_probability: float = 0.5

    name: ClassVar[str] = "spike_and_slab_normal"
    formula: ClassVar[str] = (
        r"\frac{1-\lambda}{s_0\sqrt{2\pi}}e^{-w^2/2s_0^2}+\frac{\lambda}{s_1\sqrt{2\pi}}e^{-w^2/2s_1^2}"
    )
    penalty_formula: ClassVar[str] = r"-\log\left((1-r)\,e^{-w^2/2s_0^2}+r\,e^{-w^2/2s_1^2}\right)"
    constant_formula: ClassVar[str] = (
        r"p\log\left(\frac{1-\lambda}{s_0\sqrt{2\pi}}+\frac{\lambda}{s_1\sqrt{2\pi}}\right)"
    )
    reference: ClassVar[str] = (
        "George & McCulloch (1993), JASA 88(423), equation 3: stochastic search variable selection"
    )
    paragraph: ClassVar[str] = (
        "Each slope either matters or is next to nothing, and which it is is not known. The spike shrinks small slopes "
        "hard, the slab leaves large ones almost alone. The penalty is not convex, and the posterior may have a mode "
        "for every choice of the slopes that matter: a search finds a local one, and it says nothing of the others."
    )
    convex: ClassVar[bool] = False
    lengths: ClassVar[Mapping[str, int]] = MappingProxyType({"spike_scale": 1, "slab_scale": 1})

    def __post_init__(self) -> None:
        for name in ("spike_scale", "slab_scale", "slab_probability"):
            object.__setattr__(self, name, positive(getattr(self, name), f"{name} of the spike-and-slab prior"))
        if self.slab_probability >= 1:
            raise BadInput(
                f"slab_probability of the spike-and-slab prior is {self.slab_probability:g}; expected a probability "
                "between 0 and 1"
            )
        if self.spike_scale >= self.slab_scale:
            raise BadInput(
                f"spike_scale of the spike-and-slab prior is {self.spike_scale:g} and its slab_scale "
                f"{self.slab_scale:g}; expected a spike narrower than the slab"
            )

    @classmethod
    def examples(cls, p: int) -> tuple[SpikeAndSlabNormal, ...]:
        del p
        return (
            cls(spike_scale=0.4, slab_scale=1.5),
            cls(spike_scale=2.0, slab_scale=20.0, slab_probability=0.2),
        )

    def _log_heights(self) -> tuple[float, float]:
        """The log of each part's density at zero, its probability included."""
        spike = math.log1p(-self.slab_probability) - math.log(self.spike_scale) - 0.5 * LOG_2PI
        return spike, math.log(self.slab_probability) - math.log(self.slab_scale) - 0.5 * LOG_2PI

    def _exponents(self, w: Vector) -> tuple[Vector, Vector]:
        return w**2 / (2 * self.spike_scale**2), w**2 / (2 * self.slab_scale**2)

    def log_density(self, w: Vector) -> float:
        spike, slab = self._log_heights()
        a, b = self._exponents(w)
        return float(np.logaddexp(spike - a, slab - b).sum())

    def _share(self) -> float:
        """The slab's share of the density at zero."""
        pi = self.slab_probability
        return pi / (pi + (1 - pi) * self.slab_scale / self.spike_scale)

    def symbols(self, p: int) -> Mapping[str, Any]:
        """r is the slab's share of the density at zero."""
        del p
        return {"r": self._share()}

    def penalty(self, w: Vector) -> float:
        r = self._share()
        a, b = self._exponents(w)
        near, far = np.minimum(a, 1.0), np.maximum(a, 1.0)
        # next to zero without cancellation; far out by what the spike leaves to the slab
        small = -np.log1p((1 - r) * np.expm1(-near) + r * np.expm1(-np.minimum(b, 1.0)))
        large = b - np.log(r + (1 - r) * np.exp(-far * (1 - (self.spike_scale / self.slab_scale) ** 2)))
        return float(np.sum(np.where(a < 1, small, large)))

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        r = self._share()
        a, b = self._exponents(w)
        odds = r / (1 - r) * np.exp(np.minimum(a - b, 700.0))  # of the slab to the spike, at w
        slab = odds / (1 + odds)
        return np.abs(gradient + w * ((1 - slab) / self.spike_scale**2 + slab / self.slab_scale**2))

    def expression(self, w: Any, xp: Any, p: int) -> Any:
        del p
        spike, slab = self._log_heights()
        first = spike - w**2 / (2 * self.spike_scale**2)
        second = slab - w**2 / (2 * self.slab_scale**2)
        top = xp.maximum(first, second)
        return xp.sum(top + xp.log(xp.exp(first - top) + xp.exp(second - top)))
