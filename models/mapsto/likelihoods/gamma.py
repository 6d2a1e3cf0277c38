"""Positive responses whose spread grows with their mean, with the log link: gamma regression."""

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
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.base_glm import LARGEST_EXPONENT, GeneralisedLinear, exp, refuse
from mapsto.scales import positive


@dataclass(frozen=True)
class Gamma(GeneralisedLinear):
    """y_i ~ Gamma with mean exp(eta_i) and shape q_i times ``shape``; the dispersion is 1 / shape.

    The coefficient of variation of a response of weight 1 is shape^-1/2. The loss is half the (unit) deviance.
    """

    shape: float = 1.0

    name: ClassVar[str] = "gamma"
    label: ClassVar[str] = "Gamma"
    formula: ClassVar[str] = r"\frac{(k/\mu)^k}{\Gamma(k)}y^{k-1}\exp\left(-\frac{ky}{\mu}\right),\quad\mu=\exp(\eta)"
    loss_formula: ClassVar[str] = r"\sum_i q_i\left(\frac{y_i-\mu_i}{\mu_i}-\log\frac{y_i}{\mu_i}\right)"
    exponent_formula: ClassVar[str] = r"-k\sum_i q_i\left(b+x_i w+y_i\exp(-b-x_i w)\right)"
    factor_formula: ClassVar[str] = r"\frac{1}{k}"
    constant_formula: ClassVar[str] = r"\sum_i\left(\log\Gamma(kq_i)+kq_i-kq_i\log kq_i+\log y_i\right)"
    reference: ClassVar[str] = "McCullagh & Nelder (1989), Generalized Linear Models, section 8.2"
    paragraph: ClassVar[str] = (
        "Each response is positive, the logarithm of its mean is linear in the columns, and its standard deviation is "
        "a fixed share of the mean. A slope's exponential is the factor by which the mean grows. The dispersion is "
        "held fixed unless the shape has a prior; libraries do not estimate it with the slopes."
    )

    learnable: ClassVar[Mapping[str, str]] = {"shape": "k"}

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", positive(self.shape, "shape of the Gamma likelihood"))

    @classmethod
    def examples(cls) -> tuple[Gamma, ...]:
        """See :class:`Likelihood`."""
        return cls(2.5), cls(0.8)

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        del sigma
        k = self.shape * np.asarray(q)
        density: Vector = k * (np.log(k) - eta - y * exp(-eta)) + (k - 1) * np.log(y) - gammaln(k)
        return density

    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: half the deviance."""
        off = np.log(y) - eta
        return np.asarray(q * (np.expm1(np.minimum(off, LARGEST_EXPONENT)) - off))

    @property
    def factor(self) -> float:
        """See :class:`Likelihood`: the dispersion."""
        return 1 / self.shape

    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return np.asarray(self.shape * q * (1 - y * exp(-eta)))

    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return np.asarray(self.shape * q * y * exp(-eta))

    def parts(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`GeneralisedLinear`."""
        return np.asarray(self.shape * q * (1 + y * exp(-eta)))

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        del sigma
        k = np.broadcast_to(self.shape * np.asarray(q), eta.shape)
        return np.asarray(exp(eta) * rng.standard_gamma(k) / k)

    def check(self, y: Vector, q: Vector | float = 1.0) -> None:
        """See :class:`Likelihood`: positive numbers."""
        del q
        refuse(self.label, ~(y > 0), y, "numbers above 0")

    def mean(self, eta: Vector) -> Vector:
        """See :class:`Likelihood`."""
        return exp(eta)

    def link(self, y: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        del q
        return np.asarray(np.log(y))

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("gamma", {"shape": self.shape})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        y, k = table.rows[1], self.shape * table.q
        return (
            self.misfit(
                table,
                w,
                b,
                r"Divided by the shape $k$ it is minus half the "
                r"deviance, and the penalty is divided by $k$ with it: the dispersion $1/k$ is in $\alpha$. Where "
                r"a library also divides by the total weight $n$, the prior's precision is $nk$ times its $\alpha$.",
                formula=r"-k\sum_i q_i\left(\frac{y_i-\mu_i}{\mu_i}-\log\frac{y_i}{\mu_i}\right)",
            ),
            Term(
                "saturated likelihood",
                r"\sum_i\left(kq_i\log(kq_i)-kq_i-\log\Gamma(kq_i)-\log y_i\right)",
                math.fsum(k * np.log(k) - k - gammaln(k) - np.log(y)),
                kept=False,
                reason="It is the same for every $w$: the log likelihood of a model that fits each response exactly. "
                "Once $k$ is learned it has to stay, because it keeps $k$ from growing without bound.",
            ),
        )
