"""scikit-learn's robust regressions: quantiles, and Huber's loss."""

from __future__ import annotations

from typing import Any, ClassVar

from mapsto.conventions.base import Convention, NoPrior, Params, Reading
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import Likelihood, NotAPrior
from mapsto.conventions.libraries.sklearn.fitted import VERSION, attribute, linear, name_of, with_intercept
from mapsto.conventions.rates import Factors, Rates, halved_loss


class QuantileRegressor(Convention):
    """mean(pinball) + a ||w||_1: with asymmetric Laplace noise of scale s, a Laplace prior with b = s / (n a)."""

    key = "quantile"
    name = "sklearn.QuantileRegressor"
    library = "sklearn QuantileRegressor"
    objective = r"\mathrm{mean(pinball)} + a \|w\|_1"
    prior = r"b = s/(n a), \; s \text{ the asymmetric Laplace scale}"
    intercept = "free"
    known = "run"
    package = "scikit-learn"
    version = VERSION
    likelihood: ClassVar[Likelihood] = "asymmetric-laplace"
    l2 = False
    reads: ClassVar = {"sklearn": ("QuantileRegressor",)}

    def factors(self, *, n: float) -> Factors:
        """A mean of s times minus the log likelihood."""
        return 0.0, halved_loss(n)[1]

    def strengths(self, *, alpha: float) -> Rates:
        """As passed."""
        return Rates(0.0, alpha)

    def parameters(self, strengths: Rates) -> Params:
        """As passed."""
        return with_intercept(strengths, alpha=strengths.l1)

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """The scale s of the noise is not part of the fit."""
        attribute(fitted, "coef_")
        n = self.rows(facts, name_of(fitted))
        return linear(fitted, self.to_rates({"alpha": fitted.alpha}, n=n), likelihood=self.likelihood, n=n)


class HuberRegressor(NoPrior):
    """Sum(s + H(r / s) s) + a ||w||^2 over w and s: not a joint likelihood."""

    key = "huber"
    name = "sklearn.HuberRegressor"
    library = "sklearn HuberRegressor"
    objective = r"\sum_i (s + H(r_i/s) s) + a \|w\|^2"
    prior = r"\text{not a prior; } \tau = \sqrt{s/a} \text{ at the fitted } s"
    intercept = "free; the scale's term is no normalised likelihood's"
    known = "run"
    package = "scikit-learn"
    version = VERSION
    reads: ClassVar = {"sklearn": ("HuberRegressor",)}
    call = "huber"

    def from_numbers(self, *, scale: float | None = None, alpha: float | None = None) -> NotAPrior:
        """Why the concomitant scale leaves no prior, with the conditional one where the numbers are there."""
        return _reason(scale, alpha, "Huber with a concomitant scale")

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """The same of a fit."""
        del facts
        return _reason(float(attribute(fitted, "scale_")), fitted.alpha, name_of(fitted))


def _reason(scale: float | None, alpha: float | None, source: str) -> NotAPrior:
    at = f" (= {(scale / alpha) ** 0.5:.4g})" if scale and alpha else ""
    return NotAPrior(
        "its scale s is estimated by a term that is not minus the logarithm of any normalised joint likelihood; with s "
        f"held at the fitted scale_ and taken for the noise sd, the slopes are Normal with sd sqrt(s / alpha){at}",
        source,
    )
