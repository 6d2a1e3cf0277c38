"""scikit-learn's robust regressions: quantiles, and Huber's loss."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Convention, NoPrior, Params, Reading, Seen
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior, Likelihood, NotAPrior
from mapsto.conventions.libraries.sklearn.fitted import VERSION, attribute, linear, name_of, tol_of, with_intercept
from mapsto.conventions.rates import Factors, Rates, halved_loss
from mapsto.data.statistics import Vector
from mapsto.marks import number

LBFGS_GAIN = 1e7 * float(np.finfo(float).eps)
"""The relative gain of a step below which SciPy's lbfgs stops, where a library passes no ftol."""


class QuantileRegressor(Convention):
    """mean(pinball) + a ||w||_1: with asymmetric Laplace noise of scale s, a Laplace prior with b = s / (n a)."""

    key = "quantile"
    name = "sklearn.QuantileRegressor"
    library = "sklearn QuantileRegressor"
    objective = r"\mathrm{mean(pinball)} + a \|w\|_1"
    prior = r"s = d/(n a), \; d \text{ the scale of the asymmetric Laplace noise}"
    intercept = "free"
    known = "run"
    package = "scikit-learn"
    version = VERSION
    likelihood: ClassVar[Likelihood] = "asymmetric-laplace"
    l2 = False
    # HiGHS's default tolerances are 1e-7; at a vertex it has more digits than it promises
    strictest: ClassVar = {
        "solver": "highs",
        "solver_options": {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    }
    backward = 1e-9
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
    objective = r"\sum_i (\sigma + H(r_i/\sigma) \sigma) + a \|w\|^2"
    prior = r"\text{not a prior; } \sigma_w = \sqrt{\sigma/a} \text{ at the fitted } \sigma"
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
        """The same of a fit, with the prior that its slopes have at the fitted scale."""
        del facts
        scale = float(attribute(fitted, "scale_"))
        held = linear(fitted, Rates(fitted.alpha), likelihood="huber").with_noise(scale, "scale_, held as fitted")
        return _reason(scale, fitted.alpha, name_of(fitted), held)

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """No slope of its objective, which is 2 s times minus the log likelihood, exceeds tol."""
        tol = tol_of(fitted)
        rule = (
            f"lbfgs stops where no slope of its objective exceeds tol = {number(tol, 6)}, or where a step gains less "
            f"than {number(LBFGS_GAIN, 2)} of it"
        )
        fall = LBFGS_GAIN * max(1.0, seen.total * float(fitted.scale_) + 2 * seen.objective)
        return np.full(seen.X.shape[1], max(0.5 * tol, seen.slope_above(0.5 * fall))), rule


def _reason(scale: float | None, alpha: float | None, source: str, held: ImpliedPrior | None = None) -> NotAPrior:
    at = f" (= {(scale / alpha) ** 0.5:.4g})" if scale and alpha else ""
    return NotAPrior(
        "its scale s is estimated by a term that is not minus the logarithm of any normalised joint likelihood; with s "
        f"held at the fitted scale_ and taken for the noise sd, the slopes are Normal with sd sqrt(s / alpha){at}",
        source,
        held,
    )
