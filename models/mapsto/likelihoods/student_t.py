"""Student t noise with known or learned degrees of freedom: an outlier is no great surprise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import gammaln

from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.family import Family
from mapsto.likelihoods.base import Likelihood, Term
from mapsto.likelihoods.sigma import ONE, Known, Sigma, sigma_of
from mapsto.scales import tail_degrees


@dataclass(frozen=True)
class StudentTNoise(Likelihood):
    """y_i ~ Student t with ``df`` degrees of freedom about eta_i, with scale sigma / sqrt(q_i) in units of y.

    With r_i = y_i - eta_i the loss is (df + 1) / 2 times the sum of log(1 + q_i r_i^2 / (df sigma^2)).
    """

    df: float = 4.0
    sigma: Sigma = ONE

    name: ClassVar[str] = "student_t"
    label: ClassVar[str] = "Student t"
    formula: ClassVar[str] = (
        r"\frac{\Gamma\left(\frac{\nu+1}{2}\right)}{\Gamma\left(\frac{\nu}{2}\right)\sigma\sqrt{\pi\nu}}"
        r"\left(1+\frac{(y-\eta)^2}{\nu\sigma^2}\right)^{-(\nu+1)/2}"
    )
    loss_formula: ClassVar[str] = r"\tfrac{\nu+1}{2}\sum_i\log\left(1+\frac{(y_i-b-x_i w)^2}{\nu\sigma^2}\right)"
    exponent_formula: ClassVar[str] = r"-\tfrac{\nu+1}{2}\sum_i\log\left(1+\frac{(y_i-b-x_i w)^2}{\nu\sigma^2}\right)"
    constant_formula: ClassVar[str] = (
        r"-n\log\frac{\Gamma\left(\frac{\nu+1}{2}\right)}{\Gamma\left(\frac{\nu}{2}\right)\sigma\sqrt{\pi\nu}}"
    )
    reference: ClassVar[str] = "Lange, Little & Taylor (1989), JASA 84(408), equations 1 and 2"
    paragraph: ClassVar[str] = (
        "Most responses lie within a few scales of the linear predictor, and one far out is no great surprise. The "
        "loss grows only with the logarithm of a residual, so an outlier hardly moves the slopes. It is not convex: "
        "there may be several modes, and a search finds a local one."
    )
    convex: ClassVar[bool] = False
    learnable: ClassVar[Mapping[str, str]] = {"df": r"\nu"}

    def __post_init__(self) -> None:
        object.__setattr__(self, "df", tail_degrees(self.df, "df of the Student t likelihood"))
        object.__setattr__(self, "sigma", sigma_of(self.sigma))

    @classmethod
    def examples(cls) -> tuple[StudentTNoise, ...]:
        """See :class:`Likelihood`."""
        return cls(4.0, Known(0.7)), cls(2.5, Known(40.0))

    def _scale(self, q: Vector | float, sigma: Any = None) -> Any:
        return (self.sigma.value if sigma is None else sigma) / np.sqrt(q)

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        scale, half = self._scale(q, sigma), (self.df + 1) / 2
        constant = gammaln(half) - gammaln(self.df / 2) - 0.5 * np.log(math.pi * self.df)
        density: Vector = constant - np.log(scale) - half * np.log1p(((y - eta) / scale) ** 2 / self.df)
        return density

    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return np.asarray(0.5 * (self.df + 1) * np.log1p(q * (y - eta) ** 2 / (self.df * self.sigma.value**2)))

    @property
    def factor(self) -> float:
        """See :class:`Likelihood`."""
        return 1.0

    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return self.majoriser(y, eta, q) * (eta - y)

    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`; negative beyond sqrt(df) scales."""
        spread, r2 = self.df * self._scale(q) ** 2, (y - eta) ** 2
        return np.asarray((self.df + 1) * (spread - r2) / (spread + r2) ** 2)

    def majoriser(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """The weights of reweighted least squares, (df + 1) / (df sigma^2 / q + r^2) (Lange et al., equation 2)."""
        return np.asarray((self.df + 1) / (self.df * self._scale(q) ** 2 + (y - eta) ** 2))

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        return np.asarray(eta + self._scale(q, sigma) * rng.standard_t(self.df, eta.shape))

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("student_t", {"df": self.df})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        half = (self.df + 1) / 2
        one = float(gammaln(half) - gammaln(self.df / 2)) - 0.5 * math.log(math.pi * self.df)
        weighted = table.weights is not None
        return (
            self.misfit(
                table,
                w,
                b,
                "It grows with the logarithm of a residual: an outlier "
                "pulls less the farther out it is. It is in nats: a penalty $\\lambda\\lVert w\\rVert^2$ next to "
                "it is a Normal prior of precision $2\\lambda$.",
                formula=r"-\tfrac{\nu+1}{2}\sum_i\log\left(1+\frac{q_i(y_i-b-x_i w)^2}{\nu\sigma^2}\right)"
                if weighted
                else self.exponent_formula,
            ),
            Term(
                "noise constant",
                r"n\log\frac{\Gamma((\nu+1)/2)}{\Gamma(\nu/2)\,\sigma\sqrt{\pi\nu}}"
                + (r"+\tfrac12\sum_i\log q_i" if weighted else ""),
                table.n * (one - math.log(self.sigma.value)) + 0.5 * float(np.log(table.q).sum()),
                kept=False,
                reason=r"It is the same for every $w$. Once $\sigma$ or $\nu$ is learned it has to stay, because it "
                "keeps them from growing without bound.",
            ),
        )
