"""Generalised linear models of statsmodels."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Reading, Seen
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import Likelihood
from mapsto.conventions.libraries.statsmodels.base import Regularized, result_of, with_constant
from mapsto.conventions.rates import Factors, halved_loss
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.marks import number

GTOL = 1e-5  # the default of SciPy's BFGS
PROFILED = "alpha was multiplied by the residual variance of the very fit it shaped (n alpha RSS/df)"


class _GLM(Regularized):
    """A GLM: n is the number of rows."""

    families: ClassVar[dict[str, Likelihood]] = {"Gaussian": "gaussian", "Binomial": "bernoulli", "Poisson": "poisson"}

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """By its family."""
        result = result_of(fitted)
        penalty, family = self._penalty(fitted, facts, "statsmodels GLM"), _family(fitted)
        model = result.model
        uneven = not (np.all(model.freq_weights == 1) and np.all(model.var_weights == 1))
        if family not in self.families or uneven:
            raise BadInput(
                f"the penalty of statsmodels GLM with family {family}{' and weights' if uneven else ''} is not read; "
                f"expected {', '.join(self.families)} without weights"
            )
        return self._of_family(result, penalty, self.families[family], f"statsmodels GLM {family}")

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """Without absolute values it is SciPy's BFGS on the mean loss, which leaves no trace of its convergence."""
        if hasattr(result_of(fitted), "converged"):
            return super().stops(fitted, seen)
        rule = f"statsmodels' ridge stops where no slope of its mean loss exceeds {number(GTOL, 6)}"
        return np.full(seen.X.shape[1], seen.total * GTOL * self._per_loss(seen)), rule

    def _per_loss(self, seen: Seen) -> float:
        """What J / 2 is for each unit of its summed loss."""
        del seen
        return 1.0

    def _of_family(self, result: Any, penalty: dict[str, Any], likelihood: Likelihood, source: str) -> Reading:
        n = float(result.model.nobs)
        return with_constant(result, self.to_rates(penalty, n=n), likelihood, source, n=n)


class GLMBinomial(_GLM):
    """Binomial and Poisson: minus the log likelihood over n."""

    key = "sm-binomial"
    name = "statsmodels.GLM.fit_regularized"
    library = "statsmodels GLM (binomial)"
    objective = r"\mathrm{NLL}/n + a [\tfrac{1-L}{2} \|w\|^2 + L \|w\|_1]"
    prior = r"\sigma_w = 1/\sqrt{n a (1-L)}; \; s = 1/(n a L)"
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
    prior = r"L = 0: R = n a\,\mathrm{RSS}/\mathrm{df}; \; L = 1: s = \sigma^2/(n a)"
    intercept = "one class, two conventions; the constant is penalised; its search may stop short at $L = 0$"

    def factors(self, *, n: float, scale: float = 1.0) -> Factors:
        """At L1_wt = 0 the score divides by the estimated scale, which the coordinate descent holds at one."""
        return halved_loss(n * scale)

    def _per_loss(self, seen: Seen) -> float:
        """The variance that its score divides by."""
        return 2 * seen.objective / seen.total

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
        return with_constant(result, rates, likelihood, source, n=n, data_dependent=PROFILED)


def _family(fitted: Any) -> str:
    """The family of a GLM, "" of any other model."""
    model = result_of(fitted).model
    return type(model.family).__name__ if type(model).__name__ == "GLM" else ""
