"""scikit-learn's estimators with Gaussian noise. Each line of arithmetic is a row of ``conventions.py``."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import NotAPrior
from mapsto.conventions.readers import Reading, name_of, reader
from mapsto.conventions.sklearn_fit import attribute, linear, one_number
from mapsto.errors import BadInput

CROSS_VALIDATED = "its penalty was chosen by cross-validation on the same data"
EVIDENCE = "its scale was chosen to make the same data most probable (empirical Bayes)"


@reader("sklearn", "LinearRegression")
def linear_regression(fitted: Any, facts: Facts) -> Reading:
    """RSS alone: a flat prior."""
    del facts
    return linear(fitted)


@reader("sklearn", "Ridge")
def ridge(fitted: Any, facts: Facts) -> Reading:
    """RSS + a ||w||^2; sample weights enter as they are, so no n is needed."""
    del facts
    return linear(fitted, l2=one_number(fitted.alpha, fitted, "alpha"))


@reader("sklearn", "RidgeCV")
def ridge_cv(fitted: Any, facts: Facts) -> Reading:
    """Ridge at the alpha that cross-validation chose."""
    del facts
    alpha = one_number(attribute(fitted, "alpha_"), fitted, "alpha_")
    return linear(fitted, l2=alpha, data_dependent=CROSS_VALIDATED)


@reader("sklearn", "ElasticNet", "Lasso", "ElasticNetCV", "LassoCV", "LassoLars")
def elastic_net(fitted: Any, facts: Facts) -> Reading:
    """RSS/(2n) + a rho ||w||_1 + a (1 - rho)/2 ||w||^2; weights are normalised, so n is their sum."""
    attribute(fitted, "coef_")
    alpha, chosen = getattr(fitted, "alpha", None), None
    if alpha is None:  # the ones that choose it themselves
        alpha, chosen = fitted.alpha_, CROSS_VALIDATED
    rho = float(getattr(fitted, "l1_ratio_", getattr(fitted, "l1_ratio", 1.0)))
    n = facts.need_weight(name_of(fitted))
    a = one_number(alpha, fitted, "alpha")
    return linear(fitted, l2=n * a * (1 - rho), l1=2 * n * a * rho, n=n, data_dependent=chosen)


@reader("sklearn", "MultiTaskElasticNet", "MultiTaskLasso", "MultiTaskElasticNetCV", "MultiTaskLassoCV")
def multi_task(fitted: Any, facts: Facts) -> Reading:
    """A norm over the targets of each column ties slopes of several regressions together."""
    del facts
    raise BadInput(
        f"{name_of(fitted)} penalises the slopes of all targets by one norm, so no slope has a prior of its own; fit "
        "one target at a time"
    )


@reader("sklearn", "SGDRegressor")
def sgd(fitted: Any, facts: Facts) -> Reading:
    """RSS/(2n) + a (rho ||w||_1 + (1 - rho)/2 ||w||^2); sample weights are not normalised, so n counts rows."""
    if fitted.loss != "squared_error":
        raise BadInput(f"{name_of(fitted)} with loss {fitted.loss!r} has no Gaussian noise; fit with 'squared_error'")
    attribute(fitted, "coef_")
    rho = {None: 0.0, "l2": 0.0, "l1": 1.0, "elasticnet": fitted.l1_ratio}[fitted.penalty]
    if fitted.penalty is None:
        return linear(fitted)
    n = facts.need_rows(name_of(fitted))
    halts = "stochastic steps stop near the mode, not at it"
    return linear(fitted, l2=n * fitted.alpha * (1 - rho), l1=2 * n * fitted.alpha * rho, n=n, remarks=(halts,))


@reader("sklearn", "BayesianRidge")
def bayesian_ridge(fitted: Any, facts: Facts) -> Reading:
    """Ridge(lambda_ / alpha_), with sigma = alpha_^-1/2 of its own."""
    del facts
    precision = float(attribute(fitted, "alpha_"))
    return linear(
        fitted,
        l2=float(fitted.lambda_) / precision,
        noise_sd=precision**-0.5,
        noise_from="alpha_^-1/2 of the fit",
        data_dependent=EVIDENCE,
        remarks=("the sd it predicts with includes the noise and leaves out the intercept's variance",),
    )


@reader("sklearn", "ARDRegression")
def ard(fitted: Any, facts: Facts) -> Reading:
    """A Normal for each slope, sd lambda_j^-1/2; above the threshold the slope is held at zero."""
    del facts
    precision, each = float(attribute(fitted, "alpha_")), np.asarray(attribute(fitted, "lambda_"), dtype=float)
    return linear(
        fitted,
        l2=np.where(each < fitted.threshold_lambda, each / precision, np.inf),
        noise_sd=precision**-0.5,
        noise_from="alpha_^-1/2 of the fit",
        data_dependent=EVIDENCE,
    )


@reader("sklearn", "KernelRidge")
def kernel_ridge(fitted: Any, facts: Facts) -> Reading:
    """With a linear kernel: ridge without an intercept, its slopes X' dual_coef_."""
    del facts
    dual = np.asarray(attribute(fitted, "dual_coef_"), dtype=float)
    if fitted.kernel != "linear":
        raise BadInput(
            f"{name_of(fitted)} with kernel {fitted.kernel!r} puts a Gaussian process over functions, not a prior over "
            "slopes; use kernel='linear'"
        )
    if dual.ndim == 2 and dual.shape[1] > 1:
        raise BadInput(f"{name_of(fitted)} was fitted to {dual.shape[1]} targets at once; fit one at a time")
    w = np.asarray(fitted.X_fit_, dtype=float).T @ dual.ravel()
    return linear(fitted, l2=one_number(fitted.alpha, fitted, "alpha"), coef=w)


@reader("sklearn", "HuberRegressor")
def huber(fitted: Any, facts: Facts) -> Reading:
    """Sum(s + H(r / s) s) + a ||w||^2 over w and s: not a joint likelihood."""
    del facts
    s = float(attribute(fitted, "scale_"))
    return huber_reason(s, fitted.alpha, name_of(fitted))


def huber_reason(scale: float | None, alpha: float | None, source: str) -> NotAPrior:
    """Why the concomitant scale leaves no prior, with the conditional one where the numbers are there."""
    at = f" (= {(scale / alpha) ** 0.5:.4g})" if scale and alpha else ""
    return NotAPrior(
        "its scale s is estimated by a term that is not minus the logarithm of any normalised joint likelihood; with s "
        f"held at the fitted scale_ and taken for the noise sd, the slopes are Normal with sd sqrt(s / alpha){at}",
        source,
    )
