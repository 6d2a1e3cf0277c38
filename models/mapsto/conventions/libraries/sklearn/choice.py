"""Which of scikit-learn's linear models has a given penalty."""

from __future__ import annotations

import numpy as np

from mapsto.conventions.base import Convention
from mapsto.conventions.libraries.sklearn.coordinate_descent import ElasticNet, Lasso
from mapsto.conventions.libraries.sklearn.glm import PoissonRegressor
from mapsto.conventions.libraries.sklearn.logistic import LogisticRegression
from mapsto.conventions.libraries.sklearn.ridge import LinearRegression, NonnegativeRidge, Ridge
from mapsto.conventions.libraries.sklearn.robust import QuantileRegressor
from mapsto.conventions.rates import Rates
from mapsto.likelihoods.base import Likelihood
from mapsto.outcome import Unsupported

LOG_LINK = {"poisson": "PoissonRegressor", "gamma": "GammaRegressor"}


def estimator_for(rates: Rates) -> tuple[str, Convention] | Unsupported:
    """The estimator's name in ``sklearn.linear_model``, and its convention; or why there is none.

    Its parameters are then ``convention.from_rates(rates, **convention.units(n=total_weight))``, with those of
    ``convention.strictest`` for a search that leaves no more than ``convention.backward``.
    """
    squares, absolute = bool(np.any(rates.l2)), bool(np.any(rates.l1))
    if rates.nonnegative:
        if absolute or not squares:
            return Unsupported("Of scikit-learn's models above zero, mapsto knows the one with squares alone.")
        return "Ridge", NonnegativeRidge()
    if squares and absolute:
        return "ElasticNet", ElasticNet()
    if absolute:
        return "Lasso", Lasso()
    return ("Ridge", Ridge()) if squares else ("LinearRegression", LinearRegression())


def glm_for(rates: Rates, likelihood: Likelihood) -> tuple[str, Convention] | Unsupported:
    """:func:`estimator_for` under another likelihood than the Gaussian."""
    if likelihood.name == "huber":
        return Unsupported(
            "scikit-learn's HuberRegressor fits a scale with the slopes by a term that no density has, so its "
            "answer is not this mode."
        )
    if likelihood.name == "asymmetric_laplace":
        if rates.nonnegative or np.any(rates.l2):
            return Unsupported("scikit-learn's QuantileRegressor penalises absolute values alone.")
        return "QuantileRegressor", QuantileRegressor()
    logistic = likelihood.name in ("bernoulli", "binomial")
    name = "LogisticRegression" if logistic else LOG_LINK.get(likelihood.name)
    if name is None:
        return Unsupported(f"scikit-learn has no penalised linear model with the {likelihood.label} likelihood.")
    if rates.nonnegative:
        return Unsupported(f"scikit-learn's {name} has no bound at zero.")
    if np.any(rates.l1) and not logistic:
        return Unsupported(f"scikit-learn's {name} penalises squares alone.")
    return name, LogisticRegression() if logistic else PoissonRegressor()
