"""Several trials a row, with the logit link: logistic regression on counts of successes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit, gammaln

from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.base_glm import refuse, whole
from mapsto.likelihoods.bernoulli import Bernoulli


@dataclass(frozen=True)
class Binomial(Bernoulli):
    """y_i is the share of successes in q_i trials, each with probability 1 / (1 + exp(-eta_i)).

    The number of trials is the weight of the row (1 without weights), so q_i y_i is the count of successes. The
    probability is that of the count.
    """

    name: ClassVar[str] = "binomial"
    label: ClassVar[str] = "binomial"
    formula: ClassVar[str] = r"\binom{q}{qy}\frac{\exp(qy\eta)}{(1+\exp(\eta))^q}"
    loss_formula: ClassVar[str] = r"\sum_i q_i\left(\log\left(1+\exp(b+x_i w)\right)-y_i(b+x_i w)\right)"
    exponent_formula: ClassVar[str] = r"\sum_i q_i\left(y_i(b+x_i w)-\log\left(1+\exp(b+x_i w)\right)\right)"
    constant_formula: ClassVar[str] = r"-\sum_i\log\binom{q_i}{q_iy_i}"
    paragraph: ClassVar[str] = (
        "Each response is the share of successes in a known number of trials, the weight of its row, and the log-odds "
        "of a success are linear in the columns. The trials of a row are taken to be independent: where they are not, "
        "the counts scatter more than this, and the posterior is too narrow."
    )

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`: of the count q y."""
        return super().log_density(y, eta, q, sigma) + _ways(y, q)

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`: a share of the same number of trials."""
        del sigma
        trials = np.rint(np.broadcast_to(q, eta.shape))
        return np.asarray(rng.binomial(trials.astype(np.int64), expit(eta)) / trials)

    def check(self, y: Vector, q: Vector | float = 1.0) -> None:
        """See :class:`Likelihood`: whole numbers of trials, and shares of them."""
        q = np.broadcast_to(q, y.shape)
        if not whole(q).all():
            bad = float(q[~whole(q)][0])
            raise BadInput(
                f"a row has weight {bad:g}, and the binomial likelihood takes the weights for numbers of trials: pass "
                "whole numbers"
            )
        said = "shares of successes between 0 and 1 whose product with the weight, the number of trials, is whole"
        refuse(self.label, ~((y >= 0) & (y <= 1) & whole(q * y)), y, f"{said}: pass successes / trials")

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("binomial", {})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        return (
            self.misfit(
                table,
                w,
                b,
                r"It is minus the logistic loss of all trials. Where a "
                r"library has a $C$ before this loss, $1/C$ is the $\alpha$ of the penalty; where "
                r"one divides it by the number of trials $n$, the prior's precision is $n$ times its $\lambda$.",
            ),
            Term(
                "binomial coefficients",
                r"\sum_i\log\binom{q_i}{q_iy_i}",
                float(np.sum(_ways(table.rows[1], table.q))),
                kept=False,
                reason="It is the same for every $w$: in how many orders the successes can come. Where single trials "
                "are compared with counts of them it has to stay.",
            ),
        )


def _ways(y: Vector, q: Vector | float) -> Vector:
    """log of the binomial coefficient of q over q y."""
    return np.asarray(gammaln(q + 1.0) - gammaln(q * y + 1.0) - gammaln(q * (1 - y) + 1.0))
