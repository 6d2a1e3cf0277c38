"""scikit-learn's generalised linear models, and its stochastic gradient descent: a mean loss with halves."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Params, Reading, Seen
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import Likelihood
from mapsto.conventions.libraries.sklearn.fitted import VERSION, attribute, linear, name_of, tol_of, with_intercept
from mapsto.conventions.rates import Factors, Rates, halved_loss, mixed, split
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.marks import number

FTOL = 64 * float(np.finfo(float).eps)
"""The relative gain of a step below which scikit-learn's lbfgs stops."""


def mean_slope(fitted: Any, seen: Seen) -> tuple[Vector, str]:
    """The solver stops where no slope of the mean loss exceeds tol; lbfgs also where a step gains next to nothing."""
    tol, total = tol_of(fitted), seen.total or len(seen.X)
    left = total * tol
    if fitted.solver == "lbfgs":
        left = max(left, seen.slope_above(FTOL * max(total, seen.objective)))
    rule = f"the solver {fitted.solver} stops where no slope of its mean loss exceeds tol = {number(tol, 6)}"
    return np.full(seen.X.shape[1], left), rule


class _Deviance(Convention):
    """deviance/(2n) + a/2 ||w||^2; weights are normalised, so n is their sum."""

    known = "run"
    package = "scikit-learn"
    version = VERSION
    l1 = False

    def factors(self, *, n: float) -> Factors:
        """A mean with halves."""
        return halved_loss(n)[0], 0.0

    def strengths(self, *, alpha: float) -> Rates:
        """As passed."""
        return Rates(alpha)

    def parameters(self, strengths: Rates) -> Params:
        """As passed."""
        return with_intercept(strengths, alpha=strengths.l2)

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """Its dispersion is not part of the fit."""
        attribute(fitted, "coef_")
        n = self.rows(facts, name_of(fitted))
        return linear(fitted, self.to_rates({"alpha": fitted.alpha}, n=n), likelihood=self._likelihood(fitted), n=n)

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """No slope of the mean loss exceeds tol."""
        return mean_slope(fitted, seen)

    def longest_search(self, fitted: Any) -> Params:
        """See :class:`Convention`: Newton's method, which needs few steps."""
        del fitted
        return {**self.strictest, "max_iter": 100} if self.strictest else {}

    def _likelihood(self, fitted: Any) -> Likelihood:
        del fitted
        return self.likelihood


class PoissonRegressor(_Deviance):
    """R = n a at unit dispersion. GammaRegressor's dispersion is not part of the fit."""

    key = "poisson"
    name = "sklearn.PoissonRegressor"
    library = "sklearn PoissonRegressor, GammaRegressor"
    objective = r"\mathrm{deviance}/(2n) + \tfrac{a}{2} \|w\|^2"
    prior = r"\sigma_w = 1/\sqrt{n a} \text{ at unit dispersion}"
    intercept = "free; weights normalised"
    likelihood: ClassVar[Likelihood] = "poisson"
    # lbfgs, the default, leaves four digits of the slopes at its tolerance and seven at the least; this has all
    strictest: ClassVar = {"solver": "newton-cholesky", "tol": 1e-15, "max_iter": 1_000}
    backward = 0.0
    reads: ClassVar = {"sklearn": ("PoissonRegressor", "GammaRegressor")}

    def _likelihood(self, fitted: Any) -> Likelihood:
        names = {kind.__qualname__ for kind in type(fitted).__mro__}
        return "gamma" if "GammaRegressor" in names else "poisson"


class TweedieRegressor(_Deviance):
    """Power 0 is Gaussian noise, 1 Poisson, 2 gamma; the link of power 0 has to be the identity."""

    key = "tweedie"
    name = "sklearn.TweedieRegressor"
    library = "sklearn TweedieRegressor(power=0)"
    objective = r"\mathrm{RSS}/(2n) + \tfrac{a}{2} \|w\|^2"
    prior = r"\sigma_w = \sigma/\sqrt{n a}"
    intercept = "free; weights normalised"
    reads: ClassVar = {"sklearn": ("TweedieRegressor",)}

    def parameters(self, strengths: Rates) -> Params:
        """At power 0."""
        return {"power": 0, **super().parameters(strengths)}

    def _likelihood(self, fitted: Any) -> Likelihood:
        likelihoods: dict[float, Likelihood] = {0: "gaussian", 1: "poisson", 2: "gamma"}
        link = "identity" if fitted.power <= 0 else "log"
        link = link if fitted.link == "auto" else fitted.link
        if fitted.power not in likelihoods or link != ("log" if fitted.power else "identity"):
            raise BadInput(
                f"{name_of(fitted)} with power {fitted.power:g} and link {link!r} is not read; expected power 0 with "
                "the identity, or 1 or 2 with the log"
            )
        return likelihoods[fitted.power]


class SGDRegressor(Convention):
    """RSS/(2n) + a (rho ||w||_1 + (1 - rho)/2 ||w||^2); sample weights are not normalised, so n counts rows."""

    key = "sgd"
    name = "sklearn.SGDRegressor"
    library = "sklearn SGDRegressor (l2)"
    objective = r"\mathrm{RSS}/(2n) + \tfrac{a}{2} \|w\|^2"
    prior = r"\sigma_w = \sigma/\sqrt{n a}"
    intercept = "free; weights not normalised; stops near the mode"
    known = "run"
    package = "scikit-learn"
    version = VERSION
    normalises_weights = False
    reads: ClassVar = {"sklearn": ("SGDRegressor",)}

    def factors(self, *, n: float) -> Factors:
        """A mean with halves."""
        return halved_loss(n)

    def strengths(self, *, alpha: float, l1_ratio: float = 0.0) -> Rates:
        """l1_ratio is the share of the absolute values."""
        return split(alpha, l1_ratio)

    def parameters(self, strengths: Rates) -> Params:
        """As an elastic net, whichever part there is."""
        alpha, rho = mixed(strengths.l2, strengths.l1)
        return with_intercept(strengths, penalty="elasticnet", alpha=alpha, l1_ratio=rho)

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """The name of its penalty says the share."""
        if fitted.loss != "squared_error":
            raise BadInput(
                f"{name_of(fitted)} with loss {fitted.loss!r} has no Gaussian noise; fit with 'squared_error'"
            )
        attribute(fitted, "coef_")
        rho = {None: 0.0, "l2": 0.0, "l1": 1.0, "elasticnet": fitted.l1_ratio}[fitted.penalty]
        if fitted.penalty is None:
            return linear(fitted)
        n = self.rows(facts, name_of(fitted))
        rates = self.to_rates({"alpha": fitted.alpha, "l1_ratio": rho}, n=n)
        return linear(fitted, rates, n=n, remarks=("stochastic steps stop near the mode, not at it",))

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """The mean loss of an epoch fell by less than tol.

        J / 2 may then be n tol above its floor, and its slope sqrt(2 |G| n tol), with G = X'X.
        """
        tol = tol_of(fitted)
        steepest = math.sqrt(2 * float(np.linalg.norm(seen.gram, 2)) * len(seen.X) * tol)
        return np.full(
            seen.X.shape[1], steepest
        ), f"stochastic steps stop where an epoch gains less than tol = {number(tol, 6)}"
