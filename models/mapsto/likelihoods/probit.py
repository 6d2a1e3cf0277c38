"""One trial a row, with the probit link: the response is 1 where a Normal variable about eta is positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.family import Family
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.base_glm import GeneralisedLinear, refuse
from mapsto.scales import LOG_2PI

FAR, LEVELS = -6.0, 60  # below it the continued fraction of Mills' ratio is shorter than rounding needs


@dataclass(frozen=True)
class Probit(GeneralisedLinear):
    """y_i in {0, 1} with P(y_i = 1) = Phi(eta_i), the Normal distribution function.

    The loss is minus the log likelihood. A slope is in sds of that Normal variable; about 1.6 of it are a log-odds.
    """

    name: ClassVar[str] = "probit"
    label: ClassVar[str] = "probit"
    formula: ClassVar[str] = r"\Phi(\eta)^y(1-\Phi(\eta))^{1-y}"
    loss_formula: ClassVar[str] = r"-\sum_i\left(y_i\log\Phi(b+x_i w)+(1-y_i)\log(1-\Phi(b+x_i w))\right)"
    exponent_formula: ClassVar[str] = r"\sum_i\left(y_i\log\Phi(b+x_i w)+(1-y_i)\log(1-\Phi(b+x_i w))\right)"
    constant_formula: ClassVar[str] = "0"
    reference: ClassVar[str] = "McCullagh & Nelder (1989), Generalized Linear Models, section 4.3.1"
    paragraph: ClassVar[str] = (
        "Each response is 0 or 1: whether a Normal variable, whose mean is linear in the columns and whose sd is 1, is "
        "positive. A slope is in sds of that variable and has no odds ratio. Where the columns separate the zeros from "
        "the ones the likelihood alone has no highest point, and the prior decides how large the slopes are."
    )
    self_concordant: ClassVar[bool] = False

    @classmethod
    def examples(cls) -> tuple[Probit, ...]:
        """See :class:`Likelihood`."""
        return (cls(),)

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        del sigma
        return np.asarray(q * log_ndtr(np.where(y == 1, 1.0, -1.0) * eta))

    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return np.asarray(-q * (y * log_ndtr(eta) + (1 - y) * log_ndtr(-eta)))

    @property
    def factor(self) -> float:
        """See :class:`Likelihood`."""
        return 1.0

    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return np.asarray(q * ((1 - y) * _mills(-eta)[0] - y * _mills(eta)[0]))

    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: between 0 and 1."""
        (one, more), (zero, less) = _mills(eta), _mills(-eta)
        return np.asarray(q * (y * one * more + (1 - y) * zero * less))

    def majoriser(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """1, which no curvature exceeds (Boehning 1992, AISM 44(1), section 2)."""
        return np.broadcast_to(np.asarray(q, dtype=np.float64), np.broadcast_shapes(np.shape(y), np.shape(eta)))

    def parts(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`GeneralisedLinear`."""
        return np.asarray(q * ((1 - y) * _mills(-eta)[0] + y * _mills(eta)[0]))

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        del q, sigma
        return np.asarray(rng.random(eta.shape) < ndtr(eta), dtype=np.float64)

    def check(self, y: Vector, q: Vector | float = 1.0) -> None:
        """See :class:`Likelihood`: zeros and ones, one trial a row."""
        refuse(self.label, (y != 0) & (y != 1), y, "0 or 1: code one level as 1 and the other as 0")
        refuse(self.label, np.broadcast_to(np.asarray(q) != 1, y.shape), y, "one trial a row, without weights")

    def mean(self, eta: Vector) -> Vector:
        """See :class:`Likelihood`: the probability of a 1."""
        return np.asarray(ndtr(eta))

    def link(self, y: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: of the share with half a success and half a failure added."""
        del q
        return np.asarray(ndtri((y + 0.5) / 2))

    def recedes(self, y: Vector) -> Vector:
        """See :class:`Likelihood`."""
        return np.where(y == 1, 1.0, np.where(y == 0, -1.0, 0.0))

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("probit", {})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        return (
            self.misfit(
                table,
                w,
                b,
                r"It is the whole log likelihood: nothing is dropped. "
                r"It is in nats: a penalty $\lambda\lVert w\rVert^2$ next to it is a Normal prior of precision "
                r"$2\lambda$, and a $C$ that multiplies it is $1/\alpha$.",
            ),
        )


def _mills(z: Vector) -> tuple[Vector, Vector]:
    """r = phi(z) / Phi(z), and r + z; far to the left by Laplace's continued fraction, where the sum would cancel.

    Source: Abramowitz & Stegun (1964), "Handbook of Mathematical Functions", equation 26.2.14.
    """
    z = np.asarray(z, dtype=np.float64)
    near = np.maximum(z, FAR)
    ratio = np.exp(-0.5 * near**2 - 0.5 * LOG_2PI - log_ndtr(near))
    away = np.maximum(-z, -FAR)
    rest = np.zeros_like(away)
    for level in range(LEVELS, 0, -1):
        rest = level / (away + rest)
    return np.where(z < FAR, away + rest, ratio), np.where(z < FAR, rest, ratio + z)
