"""What results of statsmodels have in common: the constant among the slopes, and a penalty they do not keep."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Seen
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior, Likelihood
from mapsto.conventions.rates import Factors, Rates, halved_loss, split
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.marks import number

VERSION = "0.15"
"""The series whose conventions these are."""
ZEROED = 1e-8  # its coordinate descent stops at 1e-10, and sets to zero what is below this
REGULARIZED = ("RegularizedResults", "RegularizedResultsWrapper")


class Regularized(Convention):
    """NLL/n + a [(1 - L1_wt)/2 ||w||^2 + L1_wt ||w||_1], the constant among w."""

    known = "run"
    package = "statsmodels"
    version = VERSION
    reads: ClassVar = {"statsmodels": REGULARIZED}

    def factors(self, *, n: float) -> Factors:
        """A mean with halves."""
        return halved_loss(n)

    def strengths(self, *, alpha: Any, L1_wt: float) -> Rates:
        """L1_wt is the share of the absolute values; alpha is a number, or one for each column of exog."""
        return split(alpha if np.ndim(alpha) == 0 else np.asarray(alpha, dtype=np.float64), L1_wt)

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """Its coordinate descent drops slopes below a size, with G = X'X."""
        del fitted
        return ZEROED * seen.gram.sum(axis=0), f"statsmodels' search stops at {number(ZEROED, 6)}"

    def row_weights(self, fitted: Any) -> Vector | None:
        """Those of a WLS."""
        model = result_of(fitted).model
        return np.asarray(model.weights, dtype=np.float64) if type(model).__name__ == "WLS" else None

    def _penalty(self, fitted: Any, facts: Facts, source: str) -> dict[str, Any]:
        """What the result does not keep."""
        if facts.alpha is None or facts.L1_wt is None:
            raise BadInput(f"the result of {source}.fit_regularized does not keep its penalty; pass alpha= and L1_wt=")
        return {"alpha": alphas(facts.alpha, result_of(fitted).model), "L1_wt": facts.L1_wt}


def result_of(fitted: Any) -> Any:
    """The result itself, out of the wrapper that statsmodels hands back."""
    return getattr(fitted, "_results", fitted)


def alphas(alpha: Any, model: Any) -> Vector:
    """One penalty, or one for each column of exog, as a vector over these."""
    try:
        return np.array(np.broadcast_to(np.asarray(alpha, dtype=np.float64), (model.exog.shape[1],)))
    except (TypeError, ValueError):
        raise BadInput(f"alpha is {alpha!r}; expected a number, or one for each of {model.exog_names}") from None


def with_constant(result: Any, rates: Rates, likelihood: Likelihood, source: str, **more: Any) -> ImpliedPrior:
    """Rates of all columns of exog, with the constant's taken apart from the slopes'."""
    model, params = result.model, np.asarray(result.params, dtype=float)
    l2, l1 = (np.broadcast_to(part, params.shape) for part in (rates.l2, rates.l1))
    constant = model.data.const_idx
    at = [j for j in range(len(params)) if j != constant]
    if not at:
        raise BadInput(f"the model of {source} has a constant and no slopes; there is no prior to read")
    R, L, level = 0.0, 0.0, 0.0
    if constant is not None:  # it may be a column of any one number
        height = float(model.exog[0, constant])
        R, L, level = (
            float(l2[constant]) / height**2,
            float(l1[constant]) / abs(height),
            float(params[constant]) * height,
        )
    return ImpliedPrior(
        features=tuple(model.exog_names[j] for j in at),
        l2=tuple(float(l2[j]) for j in at),
        l1=tuple(float(l1[j]) for j in at),
        intercept="none" if constant is None else "penalised" if R or L else "free",
        intercept_l2=R,
        intercept_l1=L,
        columns=tuple(at),
        likelihood=likelihood,
        source=source,
        mode=tuple(float(params[j]) for j in at),
        mode_intercept=level,
        **more,
    )
