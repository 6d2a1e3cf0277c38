"""The parameters that give another library the same penalty: each target is one library's convention, backwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mapsto.conventions.implied import ImpliedPrior, Likelihood
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.scales import positive

Params = dict[str, Any]
Target = Callable[..., Params]

TARGETS: dict[str, Target] = {}
SAME = 1e-12  # penalties that differ by less than this came from the same number


def target(name: str) -> Callable[[Target], Target]:
    """Register a function (implied, **facts) -> parameters under the name of a library's class."""

    def register(function: Target) -> Target:
        TARGETS[name] = function
        return function

    return register


@target("sklearn.Ridge")
def ridge(a: ImpliedPrior) -> Params:
    """RSS + alpha ||w||^2."""
    _only(a, "sklearn.Ridge", l1=False)
    return {"alpha": _one(a.l2, a, "l2"), **_fit_intercept(a)}


@target("sklearn.KernelRidge")
def kernel_ridge(a: ImpliedPrior) -> Params:
    """Ridge without an intercept."""
    _only(a, "sklearn.KernelRidge", l1=False, intercepts=("none",))
    return {"alpha": _one(a.l2, a, "l2"), "kernel": "linear"}


@target("sklearn.Lasso")
def lasso(a: ImpliedPrior, *, n: float | None = None) -> Params:
    """RSS/(2n) + alpha ||w||_1."""
    _only(a, "sklearn.Lasso", l2=False)
    return {"alpha": _one(a.l1, a, "l1") / (2 * _rows(a, n)), **_fit_intercept(a)}


@target("sklearn.ElasticNet")
def elastic_net(a: ImpliedPrior, *, n: float | None = None) -> Params:
    """RSS/(2n) + alpha rho ||w||_1 + alpha (1 - rho)/2 ||w||^2."""
    _only(a, "sklearn.ElasticNet")
    return {**_mixed(a, _rows(a, n)), **_fit_intercept(a)}


@target("sklearn.SGDRegressor")
def sgd(a: ImpliedPrior, *, n: float | None = None) -> Params:
    """RSS/(2n) + alpha (rho ||w||_1 + (1 - rho)/2 ||w||^2)."""
    _only(a, "sklearn.SGDRegressor")
    return {"penalty": "elasticnet", **_mixed(a, _rows(a, n)), **_fit_intercept(a)}


@target("sklearn.TweedieRegressor")
def tweedie(a: ImpliedPrior, *, n: float | None = None) -> Params:
    """RSS/(2n) + alpha/2 ||w||^2 at power 0."""
    _only(a, "sklearn.TweedieRegressor", l1=False)
    alpha = _one(a.l2, a, "l2") / _rows(a, n)
    return {"power": 0, "alpha": alpha, **_fit_intercept(a)}


@target("sklearn.PoissonRegressor")
def poisson(a: ImpliedPrior, *, n: float | None = None) -> Params:
    """deviance/(2n) + alpha/2 ||w||^2."""
    _only(a, "sklearn.PoissonRegressor", l1=False, likelihood="poisson")
    return {"alpha": _one(a.l2, a, "l2") / _rows(a, n), **_fit_intercept(a)}


@target("sklearn.LogisticRegression")
def logistic(a: ImpliedPrior) -> Params:
    """C sum(loss) + (1 - rho)/2 ||w||^2 + rho ||w||_1, so 1/C = R + L/2."""
    _only(a, "sklearn.LogisticRegression", likelihood="bernoulli")
    R, half = _one(a.l2, a, "l2"), _one(a.l1, a, "l1") / 2
    whole = R + half
    params: Params = {"C": 1 / whole if whole else math.inf, "l1_ratio": half / whole if whole else 0.0}
    return params | _fit_intercept(a) | ({"solver": "saga"} if half else {})


@target("statsmodels.OLS.fit_regularized")
def statsmodels_ols(a: ImpliedPrior, *, n: float | None = None) -> Params:
    """RSS/(2n) + sum_j alpha_j [...]: a vector, whose first entry is the constant's (put it first in exog)."""
    _only(a, "statsmodels.OLS.fit_regularized", intercepts=("none", "free", "penalised"))
    rows = _rows(a, n)
    R, half = np.asarray(a.l2), np.asarray(a.l1) / 2
    if a.intercept != "none":
        R, half = np.append(a.intercept_l2, R), np.append(a.intercept_l1 / 2, half)
    share = _common_share(half, R + half, a)
    return {"method": "elastic_net", "alpha": [float(v) for v in (R + half) / rows], "L1_wt": share}


@target("glmnet")
def glmnet(a: ImpliedPrior, *, n: float | None = None, sd_y: float | None = None) -> Params:
    """Glmnet with standardize=FALSE; slopes that differ become its penalty.factor, which it rescales to sum to p."""
    _only(a, "glmnet", intercepts=("free",))
    rows = _rows(a, n)
    if any(a.l2) and sd_y is None:
        raise BadInput("glmnet divides its l2 part by the sd of y; pass sd_y= (with divisor n)")
    by_y = positive(sd_y, "sd_y") if sd_y is not None else 1.0
    ridge, half = np.asarray(a.l2) * by_y, np.asarray(a.l1) / 2
    each = (ridge + half) / rows
    mean = float(each.mean())
    params: Params = {"lambda": mean, "alpha": _common_share(half, ridge + half, a), "standardize": False}
    if mean and not _equal(each):
        params["penalty.factor"] = [float(v) for v in each / mean]
    return params


@target("lm.ridge")
def lm_ridge(a: ImpliedPrior, *, sd_x: Sequence[float]) -> Params:
    """RSS + lambda sum_j s_j^2 w_j^2."""
    _only(a, "lm.ridge", l1=False, intercepts=("free",))
    return {"lambda": _one(np.asarray(a.l2) / np.asarray(sd_x, dtype=float) ** 2, a, "l2 (over sd_x^2)")}


@target("torch")
def torch(a: ImpliedPrior, *, n: float | None = None, reduction: str = "mean") -> Params:
    """SGD's or Adam's weight_decay beside MSELoss, and the bias's in a parameter group of its own."""
    _only(a, "torch", l1=False, intercepts=("none", "free", "penalised"))
    if reduction not in ("mean", "sum"):
        raise BadInput(f"reduction is {reduction!r}; expected 'mean' or 'sum'")
    rows = _rows(a, n) if reduction == "mean" else 1.0
    params: Params = {"weight_decay": 2 * _one(a.l2, a, "l2") / rows, "bias": a.intercept != "none"}
    return params | ({"bias_weight_decay": 2 * a.intercept_l2 / rows} if params["bias"] else {})


@target("keras")
def keras(a: ImpliedPrior, *, n: float | None = None) -> Params:
    """A kernel_regularizer beside the mean squared error: RSS/n + l2 sum(w^2) + l1 sum(|w|)."""
    _only(a, "keras")
    rows = _rows(a, n)
    return {
        "l2": _one(a.l2, a, "l2") / rows,
        "l1": _one(a.l1, a, "l1") / rows,
        "use_bias": a.intercept == "free",
    }


@target("mllib")
def mllib(a: ImpliedPrior, *, sd_y: float, n: float | None = None) -> Params:
    """Spark's LinearRegression with standardization off; sd_y with divisor n, or n - 1 for solver l-bfgs."""
    _only(a, "mllib", intercepts=("free",))
    ridge, half = _one(a.l2, a, "l2") * positive(sd_y, "sd_y"), _one(a.l1, a, "l1") / 2
    whole = ridge + half
    share = half / whole if whole else 0.0
    return {"regParam": whole / _rows(a, n), "elasticNetParam": share, "standardization": False}


@target("xgboost.gblinear")
def gblinear(a: ImpliedPrior, *, n: float | None = None) -> Params:
    """RSS/2 + n (lambda/2 ||w||^2 + alpha ||w||_1)."""
    _only(a, "xgboost.gblinear", intercepts=("free",))
    rows = _rows(a, n)
    return {
        "booster": "gblinear",
        "reg_lambda": _one(a.l2, a, "l2") / rows,
        "reg_alpha": _one(a.l1, a, "l1") / (2 * rows),
    }


def _only(
    a: ImpliedPrior,
    to: str,
    *,
    l1: bool = True,
    l2: bool = True,
    likelihood: Likelihood = "gaussian",
    intercepts: tuple[str, ...] = ("none", "free"),
) -> None:
    """Refuse what the target's penalty, likelihood or intercept cannot express."""
    if a.likelihood != likelihood:
        raise BadInput(f"{to} has a {likelihood} likelihood and {a.source} a {a.likelihood} one; no fit is the same")
    if (any(a.l1) and not l1) or (any(a.l2) and not l2):
        kind = "Normal" if l2 else "Laplace"
        raise BadInput(f"{to} has a {kind} prior or none; that of {a.source} is {a.family}: try sklearn.ElasticNet")
    if a.intercept not in intercepts:
        raise BadInput(
            f"the intercept of {a.source} is {a.intercept}; that of {to} can be {' or '.join(intercepts)}: no fit is "
            "the same"
        )
    if any(math.isinf(R) for R in a.l2):
        raise BadInput(f"{a.source} holds slopes at 0, which no finite penalty does; drop those columns first")


def _equal(values: Vector) -> bool:
    return bool(np.ptp(values) <= SAME * np.abs(values).max())


def _one(values: Any, a: ImpliedPrior, name: str) -> float:
    numbers = np.asarray(values, dtype=float)
    if not _equal(numbers):
        raise BadInput(
            f"{a.source} has {len(set(numbers))} different values of {name}, one a column, and this target takes one; "
            "multiply each raw column by the scale of its prior first, or translate to glmnet or statsmodels"
        )
    return float(numbers[0])


def _common_share(part: Vector, whole: Vector, a: ImpliedPrior) -> float:
    shares = part[whole > 0] / whole[whole > 0]
    if not len(shares):
        return 0.0
    if not _equal(shares):
        raise BadInput(f"the columns of {a.source} mix l1 and l2 in different shares, and this target takes one share")
    return float(shares[0])


def _mixed(a: ImpliedPrior, rows: float) -> Params:
    R, half = _one(a.l2, a, "l2"), _one(a.l1, a, "l1") / 2
    whole = R + half
    return {"alpha": whole / rows, "l1_ratio": half / whole if whole else 0.0}


def _rows(a: ImpliedPrior, n: float | None) -> float:
    known = a.n if n is None else n
    if known is None:
        raise BadInput(f"this target divides its loss by the number of rows, which {a.source} does not; pass n=")
    return positive(known, "n")


def _fit_intercept(a: ImpliedPrior) -> Params:
    return {"fit_intercept": a.intercept == "free"}
