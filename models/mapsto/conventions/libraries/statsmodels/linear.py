"""Least squares of statsmodels: OLS and WLS."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Params, Reading
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import NotAPrior
from mapsto.conventions.libraries.statsmodels.base import REGULARIZED, Regularized, result_of, with_constant
from mapsto.conventions.numbers import common_share
from mapsto.conventions.rates import Intercept, Rates
from mapsto.conventions.unread import unread
from mapsto.errors import BadInput

PLAIN = ("RegressionResults", "RegressionResultsWrapper")  # without a penalty, or refitted without it


class OLS(Regularized):
    """OLS and WLS. Plain least squares is flat; ``refit=True`` leaves the penalty only the choice of the columns."""

    key = "sm-ols"
    name = "statsmodels.OLS.fit_regularized"
    library = "statsmodels OLS.fit_regularized"
    objective = r"\mathrm{RSS}/(2n) + a [\tfrac{1-L}{2} \|w\|^2 + L \|w\|_1]"
    prior = r"R = n a (1-L); \; s = \sigma^2/(n a L)"
    intercept = "a scalar $a$ penalises the constant too; without zero_tol=0 a slope once at zero stays there"
    per_column = True
    intercepts: ClassVar[tuple[Intercept, ...]] = ("none", "free", "penalised")
    reads: ClassVar = {"statsmodels": REGULARIZED + PLAIN}

    def parameters(self, strengths: Rates) -> Params:
        """A vector, whose first entry is the constant's (put it first in exog)."""
        on_l2, on_l1 = np.atleast_1d(strengths.l2), np.atleast_1d(strengths.l1)
        if strengths.intercept != "none":
            on_l2, on_l1 = np.append(strengths.intercept_l2, on_l2), np.append(strengths.intercept_l1, on_l1)
        mix = common_share(on_l1, on_l2 + on_l1, strengths.source)
        return {"method": "elastic_net", "alpha": [float(v) for v in on_l2 + on_l1], "L1_wt": mix}

    def recognises(self, fitted: Any) -> bool:
        """Whatever is no GLM, so that a model that is not read is told so."""
        return type(result_of(fitted).model).__name__ != "GLM"

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """With the sum of its own weights for n."""
        result = result_of(fitted)
        plain = not {kind.__qualname__ for kind in type(fitted).__mro__} & set(REGULARIZED)
        if plain and getattr(result, "regularized", False):
            return NotAPrior(
                "with refit=True the penalty only chose the columns, and their slopes are least squares: no density's "
                "mode",
                "statsmodels OLS",
            )
        kind = type(result.model).__name__
        if kind not in ("OLS", "WLS", "GLS", "GLSAR") and plain:
            raise BadInput(unread(fitted))
        if kind not in ("OLS", "WLS"):
            raise BadInput(f"the penalty of a statsmodels {kind} is not read; expected OLS, WLS or GLM")
        source = f"statsmodels {kind}"
        if plain:
            return with_constant(result, Rates(), "gaussian", source)
        weight = float(np.sum(result.model.weights))
        rates = self.to_rates(self._penalty(fitted, facts, source), n=weight)
        return with_constant(result, rates, "gaussian", source, n=weight)
