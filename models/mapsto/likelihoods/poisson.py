"""Counts with the log link: Poisson regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import gammaln, xlogy

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
)


@dataclass(frozen=True)
class Poisson(Counts):
    """q_i y_i ~ Poisson(q_i exp(eta_i)): y_i is the count per unit of exposure, and q_i the exposure.

    The exposure is the weight of the row (1 without weights), as in scikit-learn's PoissonRegressor with
    ``sample_weight``; it is the same as an offset log q_i. The loss is half the deviance.
    """

    name: ClassVar[str] = "poisson"
    label: ClassVar[str] = "Poisson"
    formula: ClassVar[str] = r"\frac{(q\exp(\eta))^{qy}}{(qy)!}\exp\left(-q\exp(\eta)\right)"
    loss_formula: ClassVar[str] = r"\sum_i q_i\left(y_i\log\frac{y_i}{\mu_i}-y_i+\mu_i\right),\quad\mu_i=\exp(b+x_i w)"
    exponent_formula: ClassVar[str] = r"\sum_i q_i\left(y_i(b+x_i w)-\exp(b+x_i w)\right)"
    constant_formula: ClassVar[str] = r"\sum_i\left(\log (q_iy_i)!-q_iy_i\log q_iy_i+q_iy_i\right)"
    reference: ClassVar[str] = "McCullagh & Nelder (1989), Generalized Linear Models, equation 6.1 and section 6.2"
    paragraph: ClassVar[str] = (
        "Each response is a count, or a count per exposure, and the logarithm of its mean is linear in the columns. A "
        "slope's exponential is a rate ratio. The variance is taken to equal the mean; counts often scatter more than "
        "that, and the posterior is then too narrow."
    )

    @classmethod
    def examples(cls) -> tuple[Poisson, ...]:
        """See :class:`Likelihood`."""
        return (cls(),)

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`: of the count q y."""
        del sigma
        count = q * y
        density: Vector = count * (eta + np.log(q)) - q * exp(eta) - gammaln(count + 1.0)
        return density

    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: half the deviance."""
        off = eta - log_or_zero(y)  # log(mu / y): large counts would cancel in y log y - y eta
        return np.asarray(q * np.where(y > 0, y * (np.expm1(np.minimum(off, LARGEST_EXPONENT)) - off), exp(eta)))

    @property
    def factor(self) -> float:
        """See :class:`Likelihood`."""
        return 1.0

    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return np.asarray(q * (exp(eta) - y))

    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return np.broadcast_to(q * exp(eta), np.broadcast_shapes(np.shape(y), np.shape(eta)))

    def parts(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`GeneralisedLinear`."""
        return np.asarray(q * (exp(eta) + y))

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`: a count per exposure, at the same exposure."""
        del sigma
        return np.asarray(poisson_draws(q * exp(eta), rng) / q)

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("poisson", {})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        y, q = table.rows[1], table.q
        count = q * y
        return (
            self.misfit(
                table,
                w,
                b,
                r"It is minus half the deviance. Where a library "
                r"divides it by the total weight $n$, the prior's precision is $n$ times its $\alpha$ or $\lambda$.",
                formula=r"-\sum_i q_i\left(y_i\log\frac{y_i}{\mu_i}-y_i+\mu_i\right)",
            ),
            Term(
                "saturated likelihood",
                r"\sum_i\left(q_iy_i\log(q_iy_i)-q_iy_i-\log (q_iy_i)!\right)",
                float((xlogy(count, count) - count - gammaln(count + 1.0)).sum()),
                kept=False,
                reason=r"It is the same for every $w$: the log likelihood of a model that fits each count exactly, "
                r"with its $\log y!$. Where another likelihood is compared it has to stay.",
            ),
        )
