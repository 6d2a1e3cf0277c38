"""Asymmetric Laplace noise: the density behind quantile regression."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.base_kinked import PiecewiseLinear
from mapsto.likelihoods.sigma import ONE, Known, Sigma, sigma_of
from mapsto.scales import positive


@dataclass(frozen=True)
class AsymmetricLaplaceNoise(PiecewiseLinear):
    """y_i has density t (1 - t) / s_i exp(-rho(y_i - eta_i) / s_i), s_i = sigma / q_i, about its ``quantile`` t.

    rho(r) = r (t - 1[r < 0]) is the pinball loss, so that eta_i is the t-th quantile of y_i. The weight of a row
    multiplies its loss, as scikit-learn's ``sample_weight`` does. sigma is in units of y.
    """

    quantile: float = 0.5
    sigma: Sigma = ONE

    name: ClassVar[str] = "asymmetric_laplace"
    label: ClassVar[str] = "asymmetric Laplace"
    formula: ClassVar[str] = (
        r"\frac{t(1-t)}{\sigma}\exp\left(-\frac{\rho_t(y-\eta)}{\sigma}\right),"
        r"\quad\rho_t(r)=\max(t r, (t-1) r)"
    )
    loss_formula: ClassVar[str] = r"\sum_i\rho_t(y_i-b-x_i w)"
    exponent_formula: ClassVar[str] = r"-\frac{1}{\sigma}\sum_i\rho_t(y_i-b-x_i w)"
    factor_formula: ClassVar[str] = r"\sigma"
    constant_formula: ClassVar[str] = r"n\log\frac{\sigma}{t(1-t)}"
    reference: ClassVar[str] = "Yu & Moyeed (2001), Statistics & Probability Letters 54(4), section 2"
    paragraph: ClassVar[str] = (
        "The linear predictor is a quantile of the response, the median where t is one half, and a response counts in "
        "proportion to its distance, with another rate above than below. The loss is convex and piecewise linear: the "
        "mode fits some rows exactly, and there may be many equally good ones. Few responses scatter like this, so the "
        "mode estimates the quantile well and the width of the posterior should not be trusted as it stands."
    )

    def __post_init__(self) -> None:
        quantile = positive(self.quantile, "quantile of the asymmetric Laplace likelihood")
        if quantile >= 1:
            raise BadInput(
                f"quantile of the asymmetric Laplace likelihood is {quantile:g}; expected a number between 0 and 1, "
                "such as 0.5 for the median"
            )
        object.__setattr__(self, "quantile", quantile)
        object.__setattr__(self, "sigma", sigma_of(self.sigma))

    @classmethod
    def examples(cls) -> tuple[AsymmetricLaplaceNoise, ...]:
        """See :class:`Likelihood`."""
        return cls(0.5, Known(0.7)), cls(0.1, Known(3.0))

    def _scale(self, q: Vector | float, sigma: Any = None) -> Any:
        return (self.sigma.value if sigma is None else sigma) / np.asarray(q)

    def _pinball(self, r: Vector) -> Vector:
        return np.maximum(self.quantile * r, (self.quantile - 1) * r)

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        scale, t = self._scale(q, sigma), self.quantile
        return np.asarray(math.log(t) + math.log1p(-t) - np.log(scale) - self._pinball(y - eta) / scale)

    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: the pinball loss, by the absolute residual and the residual."""
        r = y - eta
        return np.asarray(q * (0.5 * np.abs(r) + (self.quantile - 0.5) * r))

    @property
    def factor(self) -> float:
        """See :class:`Likelihood`: the scale sigma, which the pinball loss leaves out."""
        return self.sigma.value

    def rates(self, q: Vector) -> tuple[Vector, Vector]:
        """See :class:`PiecewiseLinear`."""
        scale = self._scale(q)
        return self.quantile / scale, (1 - self.quantile) / scale

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`: the difference of two exponentials (Kotz et al. 2001, equation 3.2.1)."""
        t, shape = self.quantile, np.shape(eta)
        u = rng.exponential(1 / t, shape) - rng.exponential(1 / (1 - t), shape)
        return np.asarray(eta + self._scale(q, sigma) * u)

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("asymmetric_laplace", {"quantile": self.quantile})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        t, sigma, weighted = self.quantile, self.sigma.value, table.weights is not None
        return (
            self.misfit(
                table,
                w,
                b,
                r"A library's pinball loss leaves out $\sigma$, so "
                r"that its $\alpha$ holds it: with a mean loss over $n$ rows it is a Laplace prior of scale "
                r"$\sigma/(n\alpha)$.",
                formula=r"-\frac{1}{\sigma}\sum_i q_i\rho_t(y_i-b-x_i w)"
                if table.weights is not None
                else self.exponent_formula,
            ),
            Term(
                "noise constant",
                r"n\log\frac{t(1-t)}{\sigma}" + (r"+\sum_i\log q_i" if weighted else ""),
                table.n * (math.log(t) + math.log1p(-t) - math.log(sigma)) + float(np.log(table.q).sum()),
                kept=False,
                reason=r"It is the same for every $w$. Once $\sigma$ is learned it has to stay, because it keeps "
                r"$\sigma$ from growing without bound; once quantiles are compared $t(1-t)$ has to stay too.",
            ),
        )
