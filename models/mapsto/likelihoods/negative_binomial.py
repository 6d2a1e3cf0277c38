"""Counts that scatter more than Poisson ones, with the log link: negative binomial regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit, gammaln, xlogy

from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.family import Family
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.base_counts import Counts
from mapsto.likelihoods.base_glm import (
    LARGEST_EXPONENT,
    exp,
    log_or_zero,
    poisson_draws,
    softplus,
)
from mapsto.scales import positive


@dataclass(frozen=True)
class NegativeBinomial(Counts):
    """q_i y_i is a count with mean m = q_i exp(eta_i) and variance m + m^2 / ``size``.

    ``size`` is theta of R's MASS and 1 / alpha of statsmodels. The exposure is the weight of the row (1 without
    weights), and y_i the count per unit of exposure. The loss is half the deviance.
    """

    size: float = 1.0

    name: ClassVar[str] = "negative_binomial"
    label: ClassVar[str] = "negative binomial"
    formula: ClassVar[str] = (
        r"\frac{\Gamma(qy+r)}{\Gamma(r)(qy)!}\left(\frac{r}{r+m}\right)^r\left(\frac{m}{r+m}\right)^{qy},"
        r"\quad m=q\exp(\eta)"
    )
    loss_formula: ClassVar[str] = (
        r"\sum_i\left(k_i\log\frac{k_i}{m_i}-(k_i+r)\log\frac{k_i+r}{m_i+r}\right),\quad k_i=q_iy_i"
    )
    exponent_formula: ClassVar[str] = r"\sum_i\left(k_i\log m_i-(k_i+r)\log(m_i+r)\right)"
    constant_formula: ClassVar[str] = (
        r"\sum_i\left(\log\frac{\Gamma(r)k_i!}{\Gamma(k_i+r)}-r\log r-k_i\log k_i+(k_i+r)\log(k_i+r)\right)"
    )
    reference: ClassVar[str] = "Venables & Ripley (2002), Modern Applied Statistics with S, section 7.4"
    paragraph: ClassVar[str] = (
        "Each response is a count, or a count per exposure, that scatters more than a Poisson one: its mean is itself "
        "drawn from a Gamma distribution. The logarithm of the mean is linear in the columns. The size is held fixed "
        "unless it has a prior; the larger it is, the closer this is to Poisson."
    )

    learnable: ClassVar[Mapping[str, str]] = {"size": "r"}

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", positive(self.size, "size of the negative binomial likelihood"))

    @classmethod
    def examples(cls) -> tuple[NegativeBinomial, ...]:
        """See :class:`Likelihood`."""
        return cls(1.5), cls(20.0)

    def _logit(self, eta: Vector, q: Vector | float) -> Vector:
        """log(m / size)."""
        return np.asarray(eta + np.log(q) - np.log(self.size))

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`: of the count q y."""
        del sigma
        count, t, r = q * y, self._logit(eta, q), self.size
        ways = gammaln(count + r) - gammaln(r) - gammaln(count + 1.0)
        density: Vector = ways - r * softplus(t) - count * softplus(-t)
        return density

    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: half the deviance."""
        count, r = q * y, self.size
        off = eta - log_or_zero(y)  # log(m / k): large counts would cancel in k log k - k log m
        some = count * np.expm1(np.minimum(off, LARGEST_EXPONENT)) / (count + r)
        return np.asarray(
            np.where(count > 0, (count + r) * np.log1p(some) - count * off, r * softplus(self._logit(eta, q)))
        )

    @property
    def factor(self) -> float:
        """See :class:`Likelihood`."""
        return 1.0

    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        t = self._logit(eta, q)
        return np.asarray(self.size * expit(t) - q * y * expit(-t))

    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        t = self._logit(eta, q)
        return np.asarray((self.size + q * y) * expit(t) * expit(-t))

    def parts(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`GeneralisedLinear`."""
        t = self._logit(eta, q)
        return np.asarray(self.size * expit(t) + q * y * expit(-t))

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`: a count per exposure, at the same exposure."""
        del sigma
        mean = q * exp(eta) * rng.standard_gamma(self.size, eta.shape) / self.size
        return np.asarray(poisson_draws(mean, rng) / q)

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("negative_binomial", {"size": self.size})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        y, r = table.rows[1], self.size
        count = table.q * y
        ways = gammaln(count + r) - gammaln(r) - gammaln(count + 1.0)
        best = xlogy(count, count) + r * np.log(r) - (count + r) * np.log(count + r)
        return (
            self.misfit(
                table,
                w,
                b,
                r"It is minus half the deviance. Where a library "
                r"divides the loss by the number of rows $n$, the prior's precision is $n$ times its $\alpha$ or "
                r"$\lambda$; the $\alpha$ that statsmodels gives the negative binomial is another one, the "
                r"dispersion $1/r$.",
                formula=r"-\sum_i\left(k_i\log\frac{k_i}{m_i}-(k_i+r)\log\frac{k_i+r}{m_i+r}\right)",
            ),
            Term(
                "saturated likelihood",
                r"\sum_i\left(\log\frac{\Gamma(k_i+r)}{\Gamma(r)k_i!}+r\log r+k_i\log k_i-(k_i+r)\log(k_i+r)\right)",
                float((ways + best).sum()),
                kept=False,
                reason="It is the same for every $w$: the log likelihood of a model that fits each count exactly. Once "
                "the size $r$ is learned it has to stay: it is the term that judges it.",
            ),
        )
