"""CVXPY: the objective is what the user wrote."""

from __future__ import annotations

from mapsto.conventions.base import Convention
from mapsto.conventions.numbers import not_negative
from mapsto.conventions.rates import Factors, Rates


class Written(Convention):
    """sum_squares(y - Xw - b) + l2 sum_squares(w) + l1 norm1(w): J itself."""

    key = "cvxpy"
    name = "cvxpy"
    library = "CVXPY"
    objective = r"\text{as written: sum\_squares} + \lambda\,\text{sum\_squares}"
    prior = r"R = \lambda"
    intercept = "penalised if the penalty lists it"
    known = "algebra"
    package = "cvxpy"

    def factors(self) -> Factors:
        """J itself."""
        return 1.0, 1.0

    def strengths(self, *, l2: float = 0.0, l1: float = 0.0) -> Rates:
        """The numbers before sum_squares and norm1."""
        return Rates(not_negative(l2, "l2"), not_negative(l1, "l1"))
