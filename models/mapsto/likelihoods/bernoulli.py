"""One trial a row, with the logit link: logistic regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit

from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.family import Family
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.base_glm import GeneralisedLinear, logistic, refuse, softplus


@dataclass(frozen=True)
class Bernoulli(GeneralisedLinear):
    """y_i in {0, 1} with P(y_i = 1) = 1 / (1 + exp(-eta_i)).

    The loss is minus the log likelihood, the logistic or cross-entropy loss. Rows have no weights: a row that stands
    for several trials has the :class:`~mapsto.likelihoods.binomial.Binomial` likelihood.
    """

    name: ClassVar[str] = "bernoulli"
    label: ClassVar[str] = "Bernoulli"
    formula: ClassVar[str] = r"\frac{\exp(y\eta)}{1+\exp(\eta)}"
    loss_formula: ClassVar[str] = r"\sum_i\left(\log\left(1+\exp(b+x_i w)\right)-y_i(b+x_i w)\right)"
    exponent_formula: ClassVar[str] = r"\sum_i\left(y_i(b+x_i w)-\log\left(1+\exp(b+x_i w)\right)\right)"
    constant_formula: ClassVar[str] = "0"
    reference: ClassVar[str] = "McCullagh & Nelder (1989), Generalized Linear Models, equations 4.1 and 4.3"
    paragraph: ClassVar[str] = (
        "Each response is 0 or 1, and its log-odds are linear in the columns. A slope is a difference in log-odds, so "
        "its exponential is an odds ratio. Where the columns separate the zeros from the ones the likelihood alone has "
        "no highest point, and the prior decides how large the slopes are."
    )

    @classmethod
    def examples(cls) -> tuple[Bernoulli, ...]:
        """See :class:`Likelihood`."""
        return (cls(),)

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        del sigma
        rest = np.log1p(np.exp(-np.abs(eta)))  # softplus(eta) and softplus(-eta) have it in common
        density: Vector = -q * (y * np.maximum(-eta, 0.0) + (1 - y) * np.maximum(eta, 0.0) + rest)
        return density

    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: the cross-entropy."""
        return np.asarray(q * (softplus(eta) - y * eta))

    @property
    def factor(self) -> float:
        """See :class:`Likelihood`."""
        return 1.0

    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: in two parts, so that small ones keep their digits."""
        one, zero = logistic(eta)
        return np.asarray(q * ((1 - y) * one - y * zero))

    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        one, zero = logistic(eta)
        return np.broadcast_to(q * one * zero, np.broadcast_shapes(np.shape(y), np.shape(eta)))

    def majoriser(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """tanh(eta / 2) / (2 eta), at most 1/4 (Jaakkola & Jordan 2000, Statistics and Computing 10, equation 6)."""
        near = np.abs(eta) < 1e-4
        safe = np.where(near, 1.0, eta)
        above = np.where(near, 0.25 - eta**2 / 48, np.tanh(safe / 2) / (2 * safe))
        return np.broadcast_to(q * above, np.broadcast_shapes(np.shape(y), np.shape(eta)))

    def parts(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`GeneralisedLinear`."""
        one, zero = logistic(eta)
        return np.asarray(q * ((1 - y) * one + y * zero))

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        del q, sigma
        return np.asarray(rng.random(eta.shape) < expit(eta), dtype=np.float64)

    def check(self, y: Vector, q: Vector | float = 1.0) -> None:
        """See :class:`Likelihood`: zeros and ones, one trial a row."""
        refuse(self.label, (y != 0) & (y != 1), y, "0 or 1: code one level as 1 and the other as 0")
        refuse(
            self.label,
            np.broadcast_to(np.asarray(q) != 1, y.shape),
            y,
            "one trial a row, without weights: use the binomial likelihood, whose weights are numbers of trials",
        )

    def mean(self, eta: Vector) -> Vector:
        """See :class:`Likelihood`: the probability of a 1."""
        return np.asarray(expit(eta))

    def link(self, y: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: the log-odds with half a success and half a failure added."""
        q = np.broadcast_to(q, y.shape)
        return np.asarray(np.log((q * y + 0.5) / (q * (1 - y) + 0.5)))

    def recedes(self, y: Vector) -> Vector:
        """See :class:`Likelihood`."""
        return np.where(y == 1, 1.0, np.where(y == 0, -1.0, 0.0))

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("bernoulli", {})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        return (
            self.misfit(
                table,
                w,
                b,
                r"It is minus the logistic loss, and the whole log "
                r"likelihood: nothing is dropped. Where a library has a $C$ that multiplies this loss, $1/C$ is the "
                r"$\alpha$ that multiplies the penalty.",
            ),
        )
