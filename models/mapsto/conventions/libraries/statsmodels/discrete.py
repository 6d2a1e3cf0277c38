"""Discrete models of statsmodels, whose results keep their penalty."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Reading, Seen
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import Likelihood
from mapsto.conventions.libraries.statsmodels.base import VERSION, alphas, result_of, with_constant
from mapsto.conventions.rates import Factors, Rates, halved_loss
from mapsto.data.statistics import Vector
from mapsto.marks import number

ACCURACY = 1e-10  # the default of fit_regularized


class Logit(Convention):
    """NLL + sum_j a_j |w_j|, kept in ``mle_settings``: b = 1/a, the constant among w."""

    key = "sm-logit"
    name = "statsmodels.Logit.fit_regularized"
    library = "statsmodels Logit.fit_regularized (l1)"
    objective = r"\mathrm{NLL} + a \|w\|_1"
    prior = r"s = 1/a"
    intercept = "a scalar $a$ penalises the constant too"
    known = "run"
    package = "statsmodels"
    version = VERSION
    likelihood: ClassVar[Likelihood] = "bernoulli"
    l2 = False
    reads: ClassVar = {
        "statsmodels": ("L1BinaryResults", "L1BinaryResultsWrapper", "L1PoissonResults", "L1PoissonResultsWrapper")
    }

    def factors(self) -> Factors:
        """J is twice it."""
        return 0.0, halved_loss()[1]

    def strengths(self, *, alpha: Any) -> Rates:
        """As passed, one or one for each column."""
        return Rates(0.0, alpha)

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """Its sequential quadratic program ends where a step gains less than ``acc`` in the mean objective."""
        acc = float(result_of(fitted).mle_settings.get("acc", ACCURACY))
        rule = (
            f"statsmodels' quadratic program stops where a step gains less than acc = {number(acc, 6)} in the mean loss"
        )
        return np.full(seen.X.shape[1], seen.slope_above(seen.total * acc)), rule

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """Models with a binary response, and Poisson."""
        del facts
        result = result_of(fitted)
        name = type(result.model).__name__
        rates = self.to_rates({"alpha": alphas(result.mle_settings["alpha"], result.model)})
        return with_constant(result, rates, "poisson" if name == "Poisson" else "bernoulli", f"statsmodels {name}")
