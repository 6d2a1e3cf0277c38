"""scikit-learn's estimators with other likelihoods: the prior only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior, Likelihood
from mapsto.conventions.readers import Reading, name_of, reader
from mapsto.conventions.sklearn_fit import attribute, feature_names, linear
from mapsto.errors import BadInput


@reader("sklearn", "LogisticRegression")
def logistic(fitted: Any, facts: Facts) -> Reading:
    """C sum(loss) + (1 - rho)/2 ||w||^2 + rho ||w||_1, so J = 2 NLL + (1 - rho)/C ||w||^2 + 2 rho/C ||w||_1."""
    del facts
    w = np.asarray(attribute(fitted, "coef_"), dtype=float)
    rho = _l1_share(fitted)
    unpenalised = fitted.penalty is None or math.isinf(fitted.C)
    R, L = (0.0, 0.0) if unpenalised else ((1 - rho) / fitted.C, 2 * rho / fitted.C)
    more: dict[str, Any] = {}
    if fitted.fit_intercept and fitted.solver == "liblinear" and not unpenalised:
        # liblinear sees the intercept as the slope of a column that holds intercept_scaling
        s = fitted.intercept_scaling
        more = {"intercept": "penalised", "intercept_l2": R / s**2, "intercept_l1": L / s}
    if len(w) == 1:
        return linear(fitted, l2=R, l1=L, likelihood="bernoulli", **more)
    names = feature_names(fitted, w.shape[1])
    return ImpliedPrior(
        features=tuple(f"{name} for {label}" for label in fitted.classes_ for name in names),
        l2=(R,) * w.size,
        l1=(L,) * w.size,
        likelihood="bernoulli",
        columns=tuple(range(w.shape[1])) * len(w),
        mode=tuple(map(float, w.ravel())),
        **{"intercept": "free" if fitted.fit_intercept else "none", "source": name_of(fitted)} | more,
        remarks=("the rows of all classes are penalised, none is a reference",),
    )


def _l1_share(fitted: Any) -> float:
    """rho in [0, 1]; ``penalty``, which is deprecated, says it where it was used."""
    by_name = {"l2": 0.0, "l1": 1.0, None: 0.0}
    if fitted.penalty in by_name:
        return by_name[fitted.penalty]
    return float(fitted.l1_ratio or 0.0)


@reader("sklearn", "PoissonRegressor")
def poisson(fitted: Any, facts: Facts) -> Reading:
    """deviance/(2n) + a/2 ||w||^2, with weights normalised: R = n a at unit dispersion."""
    return _deviance(fitted, facts, "poisson")


@reader("sklearn", "GammaRegressor")
def gamma(fitted: Any, facts: Facts) -> Reading:
    """As Poisson's; its dispersion is not part of the fit."""
    return _deviance(fitted, facts, "gamma")


@reader("sklearn", "TweedieRegressor")
def tweedie(fitted: Any, facts: Facts) -> Reading:
    """Power 0 is Gaussian noise, 1 Poisson, 2 gamma; the link of power 0 has to be the identity."""
    likelihoods: dict[float, Likelihood] = {0: "gaussian", 1: "poisson", 2: "gamma"}
    link = "identity" if fitted.power <= 0 else "log"
    link = link if fitted.link == "auto" else fitted.link
    if fitted.power not in likelihoods or link != ("log" if fitted.power else "identity"):
        raise BadInput(
            f"{name_of(fitted)} with power {fitted.power:g} and link {link!r} is not read; expected power 0 with the "
            "identity, or 1 or 2 with the log"
        )
    return _deviance(fitted, facts, likelihoods[fitted.power])


@reader("sklearn", "QuantileRegressor")
def quantile(fitted: Any, facts: Facts) -> Reading:
    """mean(pinball) + a ||w||_1: with asymmetric Laplace noise of scale s, a Laplace prior with b = s / (n a)."""
    attribute(fitted, "coef_")
    n = facts.need_weight(name_of(fitted))
    return linear(fitted, l1=2 * n * fitted.alpha, likelihood="asymmetric-laplace", n=n)


def _deviance(fitted: Any, facts: Facts, likelihood: Likelihood) -> Reading:
    attribute(fitted, "coef_")
    n = facts.need_weight(name_of(fitted))
    return linear(fitted, l2=n * fitted.alpha, likelihood=likelihood, n=n)
