"""statsmodels' ``fit_regularized``, whose results do not keep their penalty: pass ``alpha=`` and ``L1_wt=``.

A scalar alpha penalises the constant too; in a vector the constant's entry may be zero. Nor do they say how they were
fitted: what is read here holds for the default method, not for ``sqrt_lasso`` or ``profile_scale=True``, whose
objectives are no log posterior with sigma known.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Params, Reading, Seen
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior, Likelihood, NotAPrior
from mapsto.conventions.numbers import common_share
from mapsto.conventions.rates import Factors, Intercept, Rates, halved_loss, split
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput

PROFILED = "alpha was multiplied by the residual variance of the very fit it shaped (n alpha RSS/df)"
ZEROED = 1e-8  # its coordinate descent stops at 1e-10, and sets to zero what is below this
REGULARIZED = ("RegularizedResults", "RegularizedResultsWrapper")
PLAIN = ("RegressionResults", "RegressionResultsWrapper")  # without a penalty, or refitted without it


class _Regularized(Convention):
    """NLL/n + a [(1 - L1_wt)/2 ||w||^2 + L1_wt ||w||_1], the constant among w."""

    known = "run"
    package = "statsmodels"
    version = "0.15"
    reads: ClassVar = {"statsmodels": REGULARIZED}

    def factors(self, *, n: float) -> Factors:
        """A mean with halves."""
        return halved_loss(n)

    def strengths(self, *, alpha: Any, L1_wt: float) -> Rates:
        """L1_wt is the share of the absolute values."""
        return split(alpha, L1_wt)

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """Its coordinate descent drops slopes below a size, with G = X'X."""
        del fitted
        return ZEROED * seen.gram.sum(axis=0), f"statsmodels' search stops at {ZEROED:g}"

    def row_weights(self, fitted: Any) -> Vector | None:
        """Those of a WLS."""
        model = _result(fitted).model
        return np.asarray(model.weights, dtype=np.float64) if type(model).__name__ == "WLS" else None

    def _penalty(self, fitted: Any, facts: Facts, source: str) -> dict[str, Any]:
        """What the result does not keep."""
        if facts.alpha is None or facts.L1_wt is None:
            raise BadInput(f"the result of {source}.fit_regularized does not keep its penalty; pass alpha= and L1_wt=")
        return {"alpha": _alphas(facts.alpha, _result(fitted).model), "L1_wt": facts.L1_wt}


class OLS(_Regularized):
    """OLS and WLS. Plain least squares is flat; ``refit=True`` leaves the penalty only the choice of the columns."""

    key = "sm-ols"
    name = "statsmodels.OLS.fit_regularized"
    library = "statsmodels OLS.fit_regularized"
    objective = r"\mathrm{RSS}/(2n) + a [\tfrac{1-L}{2} \|w\|^2 + L \|w\|_1]"
    prior = r"R = n a (1-L); \; b = \sigma^2/(n a L)"
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
        return type(_result(fitted).model).__name__ != "GLM"

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """With the sum of its own weights for n."""
        result = _result(fitted)
        plain = not {kind.__qualname__ for kind in type(fitted).__mro__} & set(REGULARIZED)
        if plain and getattr(result, "regularized", False):
            return NotAPrior(
                "with refit=True the penalty only chose the columns, and their slopes are least squares: no density's "
                "mode",
                "statsmodels OLS",
            )
        kind = type(result.model).__name__
        if kind not in ("OLS", "WLS"):
            raise BadInput(f"the penalty of a statsmodels {kind} is not read; expected OLS, WLS or GLM")
        source = f"statsmodels {kind}"
        if plain:
            return _with_constant(result, Rates(), "gaussian", source)
        weight = float(np.sum(result.model.weights))
        rates = self.to_rates(self._penalty(fitted, facts, source), n=weight)
        return _with_constant(result, rates, "gaussian", source, n=weight)


class _GLM(_Regularized):
    """A GLM: n is the number of rows."""

    families: ClassVar[dict[str, Likelihood]] = {"Gaussian": "gaussian", "Binomial": "bernoulli", "Poisson": "poisson"}

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """By its family."""
        result = _result(fitted)
        penalty, family = self._penalty(fitted, facts, "statsmodels GLM"), _family(fitted)
        model = result.model
        uneven = not (np.all(model.freq_weights == 1) and np.all(model.var_weights == 1))
        if family not in self.families or uneven:
            raise BadInput(
                f"the penalty of statsmodels GLM with family {family}{' and weights' if uneven else ''} is not read; "
                f"expected {', '.join(self.families)} without weights"
            )
        return self._of_family(result, penalty, self.families[family], f"statsmodels GLM {family}")

    def _of_family(self, result: Any, penalty: dict[str, Any], likelihood: Likelihood, source: str) -> Reading:
        n = float(result.model.nobs)
        return _with_constant(result, self.to_rates(penalty, n=n), likelihood, source, n=n)


class GLMBinomial(_GLM):
    """Binomial and Poisson: minus the log likelihood over n."""

    key = "sm-binomial"
    name = "statsmodels.GLM.fit_regularized"
    library = "statsmodels GLM (binomial)"
    objective = r"\mathrm{NLL}/n + a [\tfrac{1-L}{2} \|w\|^2 + L \|w\|_1]"
    prior = r"\tau = 1/\sqrt{n a (1-L)}; \; b = 1/(n a L)"
    intercept = "a scalar $a$ penalises the constant too"
    likelihood: ClassVar[Likelihood] = "bernoulli"

    def recognises(self, fitted: Any) -> bool:
        """Every family but the Gaussian, so that one that is not read is told so."""
        return _family(fitted) not in ("", "Gaussian")


class GLMGaussian(_GLM):
    """Gaussian: one class, two conventions."""

    key = "sm-gaussian"
    name = "statsmodels.GLM(Gaussian).fit_regularized"
    library = "statsmodels GLM (gaussian)"
    objective = r"\mathrm{NLL}/n + a [\ldots] \text{, with the estimated scale at } L = 0 \text{ and 1 above}"
    prior = r"L = 0: R = n a\,\mathrm{RSS}/\mathrm{df}; \; L = 1: b = \sigma^2/(n a)"
    intercept = "one class, two conventions; the constant is penalised; its search may stop short at $L = 0$"

    def factors(self, *, n: float, scale: float = 1.0) -> Factors:
        """At L1_wt = 0 the score divides by the estimated scale, which the coordinate descent holds at one."""
        return halved_loss(n * scale)

    def recognises(self, fitted: Any) -> bool:
        """The Gaussian family alone."""
        return _family(fitted) == "Gaussian"

    def _of_family(self, result: Any, penalty: dict[str, Any], likelihood: Likelihood, source: str) -> Reading:
        if penalty["L1_wt"] != 0:
            return super()._of_family(result, penalty, likelihood, source)
        model, n = result.model, float(result.model.nobs)
        residuals = model.endog - model.exog @ np.asarray(result.params)
        variance = float(residuals @ residuals) / float(model.df_resid)
        rates = self.to_rates(penalty, n=n, scale=variance)
        return _with_constant(result, rates, likelihood, source, n=n, data_dependent=PROFILED)


class Logit(Convention):
    """NLL + sum_j a_j |w_j|, kept in ``mle_settings``: b = 1/a, the constant among w."""

    key = "sm-logit"
    name = "statsmodels.Logit.fit_regularized"
    library = "statsmodels Logit.fit_regularized (l1)"
    objective = r"\mathrm{NLL} + a \|w\|_1"
    prior = r"b = 1/a"
    intercept = "a scalar $a$ penalises the constant too"
    known = "run"
    package = "statsmodels"
    version = "0.15"
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

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """Models with a binary response, and Poisson."""
        del facts
        result = _result(fitted)
        name = type(result.model).__name__
        rates = self.to_rates({"alpha": _alphas(result.mle_settings["alpha"], result.model)})
        return _with_constant(result, rates, "poisson" if name == "Poisson" else "bernoulli", f"statsmodels {name}")


def _result(fitted: Any) -> Any:
    return getattr(fitted, "_results", fitted)


def _family(fitted: Any) -> str:
    """The family of a GLM, "" of any other model."""
    model = _result(fitted).model
    return type(model.family).__name__ if type(model).__name__ == "GLM" else ""


def _alphas(alpha: Any, model: Any) -> Vector:
    try:
        return np.array(np.broadcast_to(np.asarray(alpha, dtype=np.float64), (model.exog.shape[1],)))
    except (TypeError, ValueError):
        raise BadInput(f"alpha is {alpha!r}; expected a number, or one for each of {model.exog_names}") from None


def _with_constant(result: Any, rates: Rates, likelihood: Likelihood, source: str, **more: Any) -> ImpliedPrior:
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
