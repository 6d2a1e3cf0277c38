"""The penalty of a linear model as numbers: R_j on w_j^2 and L_j on |w_j|, in J or in a library's own units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from mapsto.errors import BadInput
from mapsto.priors.base import PiecewiseQuadratic

Intercept = Literal["none", "free", "penalised"]
Factors = tuple[Any, Any]


@dataclass(frozen=True, eq=False)
class Rates:
    """sum_j R_j w_j^2 + sum_j L_j |w_j|, and what it does to the intercept.

    In J = 2 D (-log likelihood) + penalty these are R_j and L_j themselves; in a library's own units they are the
    numbers that its factors multiply (see ``Convention.factors``).

    Attributes:
        l2: R_j, one number or shape (p,).
        l1: L_j, one number or shape (p,).
        intercept: "none", "free", or "penalised" by the two numbers below.
        intercept_l2: R of the intercept.
        intercept_l1: L of the intercept.
        nonnegative: whether the slopes are kept at or above zero.
        source: what to call the penalty in a message.
    """

    l2: Any = 0.0
    l1: Any = 0.0
    intercept: Intercept = "free"
    intercept_l2: float = 0.0
    intercept_l1: float = 0.0
    nonnegative: bool = False
    source: str = "this penalty"

    @classmethod
    def of(cls, penalty: PiecewiseQuadratic, dispersion: float, intercept: Intercept = "free") -> Rates:
        """The rates in J of a penalty in nats, sum_j (l1_j |w_j| + l2_j w_j^2 / 2): J is 2 D times it.

        Args:
            penalty: with l1 and l2 of shape (p,).
            dispersion: D, sigma^2 for Gaussian noise.
            intercept: what the model does to its intercept.

        Raises:
            BadInput: another slope below zero than above, which no library of these has.
        """
        if not (penalty.symmetric or penalty.nonnegative):
            raise BadInput("this penalty rises below zero otherwise than above; these rates are the same on both sides")
        return cls(dispersion * penalty.l2, 2 * dispersion * penalty.l1, intercept, nonnegative=penalty.nonnegative)

    def times(self, factors: Factors) -> Rates:
        """Both parts multiplied, each by its own factor."""
        on_l2, on_l1 = factors
        held = self.intercept == "penalised"
        return replace(
            self,
            l2=self.l2 * on_l2,
            l1=self.l1 * on_l1,
            intercept_l2=self.intercept_l2 * on_l2 if held else 0.0,
            intercept_l1=self.intercept_l1 * on_l1 if held else 0.0,
        )

    def over(self, factors: Factors) -> Rates:
        """Both parts divided, each by its own factor; a part that is not there has the factor zero and stays zero."""
        on_l2, on_l1 = (np.where(np.asarray(factor) == 0, np.inf, factor) for factor in factors)
        held = self.intercept == "penalised"
        return replace(
            self,
            l2=self.l2 / on_l2,
            l1=self.l1 / on_l1,
            intercept_l2=float(self.intercept_l2 / on_l2) if held else 0.0,
            intercept_l1=float(self.intercept_l1 / on_l1) if held else 0.0,
        )


def halved_loss(n: float = 1.0) -> Factors:
    """The factors of  loss / n + sum_j (r_j w_j^2 / 2 + l_j |w_j|),  loss being RSS / 2 or minus a log likelihood.

    J is 2 n times it, so R_j = n r_j and L_j = 2 n l_j.
    """
    return n, 2 * n


def split(strength: Any, share: float) -> Rates:
    """One strength and the share of it that is l1, as the two parts."""
    return Rates(strength * (1 - share), strength * share)


def mixed(l2: float, l1: float) -> tuple[float, float]:
    """The two parts as one strength and the share of it that is l1 (zero where there is no penalty)."""
    whole = l2 + l1
    return whole, l1 / whole if whole else 0.0
