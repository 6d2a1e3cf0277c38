"""Huber noise: Gaussian in the middle and exponential in the tails, with a scale that is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr, ndtri

from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.family import Family
from mapsto.likelihoods.base import Likelihood, Term
from mapsto.likelihoods.sigma import ONE, Known, Sigma, sigma_of
from mapsto.scales import LOG_2PI, positive


@dataclass(frozen=True)
class HuberNoise(Likelihood):
    """y_i has density exp(-H(u)) / Z about eta_i, u = sqrt(q_i) (y_i - eta_i) / sigma.

    H(u) = u^2 / 2 up to |u| = ``threshold`` c, and c |u| - c^2 / 2 beyond; Z makes it a density. sigma is known or has
    a prior, unlike in scikit-learn's HuberRegressor, which fits a scale with the slopes by a term (Huber's concomitant
    scale) that is no density's normaliser: it estimates another sigma, and no likelihood stands behind it.
    """

    threshold: float = 1.345
    sigma: Sigma = ONE

    name: ClassVar[str] = "huber"
    label: ClassVar[str] = "Huber"
    formula: ClassVar[str] = r"\frac{1}{\sigma Z_c}\exp\left(-H_c\left(\frac{y-\eta}{\sigma}\right)\right)"
    loss_formula: ClassVar[str] = r"\sum_i H_c\left(\frac{y_i-b-x_i w}{\sigma}\right)"
    exponent_formula: ClassVar[str] = r"-\sum_i H_c\left(\frac{y_i-b-x_i w}{\sigma}\right)"
    constant_formula: ClassVar[str] = r"n\log\sigma Z_c"
    reference: ClassVar[str] = "Huber (1964), Annals of Mathematical Statistics 35(1), section 4"
    paragraph: ClassVar[str] = (
        "Responses near the linear predictor scatter as Gaussian noise does, and those beyond the threshold have "
        "exponential tails. An outlier pulls with a force that stops growing, so it moves the slopes by a bounded "
        "amount. The loss is convex: there is one mode."
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "threshold", positive(self.threshold, "threshold of the Huber likelihood"))
        object.__setattr__(self, "sigma", sigma_of(self.sigma))

    @classmethod
    def examples(cls) -> tuple[HuberNoise, ...]:
        """See :class:`Likelihood`."""
        return cls(1.345, Known(0.7)), cls(0.5, Known(3.0))

    def _scale(self, q: Vector | float, sigma: Any = None) -> Any:
        return (self.sigma.value if sigma is None else sigma) / np.sqrt(q)

    def _log_normaliser(self) -> float:
        """log Z of a unit scale: the middle of a Normal and two exponential tails."""
        c = self.threshold
        middle = math.exp(0.5 * LOG_2PI) * (1 - 2 * float(ndtr(-c)))
        return math.log(middle + 2 * math.exp(-0.5 * c**2) / c)

    def _huber(self, u: Vector) -> Vector:
        c, size = self.threshold, np.abs(u)
        return np.where(size <= c, 0.5 * u**2, c * size - 0.5 * c**2)

    def symbols(self) -> Mapping[str, Any]:
        """See :class:`Likelihood`."""
        return {"H_c": self._huber, "Z_c": math.exp(self._log_normaliser())}

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        scale = self._scale(q, sigma)
        return np.asarray(-self._huber((y - eta) / scale) - np.log(scale) - self._log_normaliser())

    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: Huber's function by the clipped residual."""
        u = np.sqrt(q) * (y - eta) / self.sigma.value
        inner = np.clip(u, -self.threshold, self.threshold)
        return np.asarray(inner * u - 0.5 * inner**2)

    @property
    def factor(self) -> float:
        """See :class:`Likelihood`."""
        return 1.0

    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        scale = self._scale(q)
        return np.asarray(-np.clip((y - eta) / scale, -self.threshold, self.threshold) / scale)

    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: none beyond the threshold."""
        scale = self._scale(q)
        return np.asarray((np.abs(y - eta) <= self.threshold * scale) / scale**2)

    def majoriser(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """Huber's weights, min(1, c / |u|) q / sigma^2 (Huber 1981, "Robust Statistics", section 7.8)."""
        scale = self._scale(q)
        size = np.maximum(np.abs(y - eta) / scale, self.threshold)
        return np.asarray(self.threshold / size / scale**2)

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`: the middle by a truncated Normal, the tails by an exponential."""
        c = self.threshold
        tails = 2 * math.exp(-0.5 * c**2 - self._log_normaliser()) / c
        middle = ndtri(ndtr(-c) + (1 - 2 * ndtr(-c)) * rng.random(eta.shape))
        beyond = (c + rng.exponential(1 / c, eta.shape)) * rng.choice([-1.0, 1.0], eta.shape)
        u = np.where(rng.random(eta.shape) < tails, beyond, middle)
        return np.asarray(eta + self._scale(q, sigma) * u)

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("huber", {"threshold": self.threshold, "log_normaliser": self._log_normaliser()})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        return (
            self.misfit(
                table,
                w,
                b,
                "A residual beyond the threshold adds in proportion to "
                "its size and no longer to its square. HuberRegressor of scikit-learn has it times $2\\sigma$, so that "
                "its $\\alpha$ is $\\sigma$ times the precision of a Normal prior.",
            ),
            Term(
                "noise constant",
                r"-n\log\sigma Z_c+\tfrac12\sum_i\log q_i",
                -table.n * (math.log(self.sigma.value) + self._log_normaliser()) + 0.5 * float(np.log(table.q).sum()),
                kept=False,
                reason=r"It is the same for every $w$. Once $\sigma$ is learned it has to stay, because it keeps "
                r"$\sigma$ from growing without bound. Huber's concomitant scale has another term in its place.",
            ),
        )
