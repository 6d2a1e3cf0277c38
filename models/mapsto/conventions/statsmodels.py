"""Results of statsmodels' ``fit_regularized``, which do not keep their penalty: pass ``alpha=`` and ``L1_wt=``.

A scalar alpha penalises the constant too; in a vector the constant's entry may be zero. Nor do they say how they were
fitted: what is read here holds for the default method, not for ``sqrt_lasso`` or ``profile_scale=True``, whose
objectives are no log posterior with sigma known.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior, Likelihood, NotAPrior
from mapsto.conventions.readers import Reading, reader
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput

PROFILED = "alpha was multiplied by the residual variance of the very fit it shaped (n alpha RSS/df)"


@reader("statsmodels", "RegularizedResults", "RegularizedResultsWrapper")
def regularized(fitted: Any, facts: Facts) -> Reading:
    """OLS, WLS and GLM: NLL/n + a [(1 - L1_wt)/2 ||w||^2 + L1_wt ||w||_1], the constant among w."""
    result = getattr(fitted, "_results", fitted)
    model, kind = result.model, _kind(result.model)
    source = f"statsmodels {kind}"
    if facts.alpha is None or facts.L1_wt is None:
        raise BadInput(f"the result of {source}.fit_regularized does not keep its penalty; pass alpha= and L1_wt=")
    a, share = _alphas(facts.alpha, model), facts.L1_wt
    if kind in ("OLS", "WLS"):
        weight = float(np.sum(model.weights))
        return _with_constant(result, weight * a * (1 - share), 2 * weight * a * share, "gaussian", source, n=weight)
    family = type(model.family).__name__
    n, likelihoods = float(model.nobs), {"Gaussian": "gaussian", "Binomial": "bernoulli", "Poisson": "poisson"}
    uneven = not (np.all(model.freq_weights == 1) and np.all(model.var_weights == 1))
    if family not in likelihoods or uneven:
        raise BadInput(
            f"the penalty of statsmodels GLM with family {family}{' and weights' if uneven else ''} is not read; "
            f"expected {', '.join(likelihoods)} without weights"
        )
    likelihood: Any = likelihoods[family]
    source = f"{source} {family}"
    if family == "Gaussian" and share == 0:
        # Only here the score divides by the estimated scale, which the coordinate descent holds at one.
        left = model.endog - model.exog @ np.asarray(result.params)
        variance = float(left @ left) / float(model.df_resid)
        return _with_constant(result, n * a * variance, 0 * a, likelihood, source, n=n, data_dependent=PROFILED)
    return _with_constant(result, n * a * (1 - share), 2 * n * a * share, likelihood, source, n=n)


@reader("statsmodels", "L1BinaryResults", "L1BinaryResultsWrapper", "L1PoissonResults", "L1PoissonResultsWrapper")
def l1_discrete(fitted: Any, facts: Facts) -> Reading:
    """NLL + sum_j a_j |w_j|, kept in ``mle_settings``: b = 1/a, the constant among w."""
    del facts
    result = getattr(fitted, "_results", fitted)
    name = type(result.model).__name__
    a = _alphas(result.mle_settings["alpha"], result.model)
    likelihood: Likelihood = "poisson" if name == "Poisson" else "bernoulli"
    return _with_constant(result, 0 * a, 2 * a, likelihood, f"statsmodels {name}")


@reader("statsmodels", "RegressionResults", "RegressionResultsWrapper")
def refitted(fitted: Any, facts: Facts) -> Reading:
    """Plain least squares is flat; ``refit=True`` leaves the penalty only the choice of the columns."""
    del facts
    result = getattr(fitted, "_results", fitted)
    if getattr(result, "regularized", False):
        return NotAPrior(
            "with refit=True the penalty only chose the columns, and their slopes are least squares: no density's mode",
            "statsmodels OLS",
        )
    zero = np.zeros(result.model.exog.shape[1])
    return _with_constant(result, zero, zero, "gaussian", f"statsmodels {_kind(result.model)}")


def weights_of(fitted: Any) -> Vector | None:
    """The row weights that a statsmodels WLS result keeps, shape (n,); None of any other fit."""
    model = getattr(getattr(fitted, "_results", fitted), "model", None)
    return np.asarray(model.weights, dtype=np.float64) if type(model).__name__ == "WLS" else None  # type: ignore[union-attr]


def _kind(model: Any) -> str:
    name = type(model).__name__
    if name not in ("OLS", "WLS", "GLM"):
        raise BadInput(f"the penalty of a statsmodels {name} is not read; expected OLS, WLS or GLM")
    return name


def _alphas(alpha: Any, model: Any) -> Vector:
    try:
        return np.array(np.broadcast_to(np.asarray(alpha, dtype=np.float64), (model.exog.shape[1],)))
    except (TypeError, ValueError):
        raise BadInput(f"alpha is {alpha!r}; expected a number, or one for each of {model.exog_names}") from None


def _with_constant(
    result: Any, l2: Vector, l1: Vector, likelihood: Likelihood, source: str, **more: Any
) -> ImpliedPrior:
    """Penalties of all columns of exog, with the constant's taken apart from the slopes'."""
    model, params = result.model, np.asarray(result.params, dtype=float)
    constant = model.data.const_idx
    at = [j for j in range(len(params)) if j != constant]
    if not at:
        raise BadInput(f"the model of {source} has a constant and no slopes; there is no prior to read")
    here = constant is not None
    R, L = (float(l2[constant]), float(l1[constant])) if here else (0.0, 0.0)
    level = float(params[constant]) if here else 0.0
    if here:  # it may be a column of any one number
        height = float(model.exog[0, constant])
        R, L, level = R / height**2, L / abs(height), level * height
    return ImpliedPrior(
        features=tuple(model.exog_names[j] for j in at),
        l2=tuple(float(l2[j]) for j in at),
        l1=tuple(float(l1[j]) for j in at),
        intercept="none" if not here else "penalised" if R or L else "free",
        intercept_l2=R,
        intercept_l1=L,
        columns=tuple(at),
        likelihood=likelihood,
        source=source,
        mode=tuple(float(params[j]) for j in at),
        mode_intercept=level,
        **more,
    )
