"""What all linear estimators of scikit-learn have in common once they are fitted."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.conventions.implied import ImpliedPrior, Likelihood
from mapsto.conventions.rates import Rates
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput

VERSION = "1.9"
"""The series whose conventions these are."""


def linear(
    fitted: Any,
    rates: Rates | None = None,
    *,
    likelihood: Likelihood = "gaussian",
    coef: Vector | None = None,
    **more: Any,
) -> ImpliedPrior:
    """The reading of a fitted linear estimator, given its rates in J (none: flat).

    Raises:
        BadInput: an estimator that is not fitted, has several targets, or keeps its slopes on one side of zero.
    """
    if getattr(fitted, "positive", False):
        raise BadInput(
            f"{name_of(fitted)}(positive=True) cuts its prior off at zero, which prior_of does not read; fit it with "
            "positive=False"
        )
    w = slopes(fitted) if coef is None else coef
    offset = np.ravel(getattr(fitted, "intercept_", 0.0))
    if len(offset) > 1:
        raise BadInput(f"{name_of(fitted)} was fitted to {len(offset)} targets at once; fit one at a time")
    rates = Rates() if rates is None else rates
    return ImpliedPrior(
        features=feature_names(fitted, len(w)),
        l2=_each(rates.l2, len(w)),
        l1=_each(rates.l1, len(w)),
        likelihood=likelihood,
        mode=tuple(map(float, w)),
        mode_intercept=float(offset[0]),
        **{"intercept": "free" if getattr(fitted, "fit_intercept", False) else "none", "source": name_of(fitted)}
        | more,
    )


def name_of(fitted: Any) -> str:
    """'sklearn Ridge', for a message or a source."""
    return f"{type(fitted).__module__.partition('.')[0]} {type(fitted).__qualname__}"


def slopes(fitted: Any) -> Vector:
    """The slopes of one target, shape (p,), or BadInput."""
    w = np.asarray(attribute(fitted, "coef_"), dtype=np.float64)
    if w.ndim == 2 and len(w) == 1:
        w = w[0]
    if w.ndim != 1:
        raise BadInput(f"{name_of(fitted)} was fitted to {len(w)} targets at once; fit one at a time")
    return w


def attribute(fitted: Any, name: str) -> Any:
    """An attribute that fitting makes, or BadInput: call fit first."""
    value = getattr(fitted, name, None)
    if value is None:
        raise BadInput(f"this {name_of(fitted)} is not fitted (it has no {name}); call its fit(X, y) first")
    return value


def feature_names(fitted: Any, p: int) -> tuple[str, ...]:
    """The column names that fit saw, or x0, x1, ..."""
    return tuple(map(str, getattr(fitted, "feature_names_in_", [f"x{j}" for j in range(p)])))


def one_number(value: Any, fitted: Any, name: str) -> float:
    """A penalty that may be an array over targets, as one number."""
    numbers = np.unique(np.asarray(value, dtype=np.float64))
    if len(numbers) != 1:
        raise BadInput(f"{name_of(fitted)} has {len(numbers)} values of {name}, one a target; fit one at a time")
    return float(numbers[0])


def tol_of(fitted: Any) -> float:
    """Its ``tol``, zero where it has none."""
    return float(getattr(fitted, "tol", 0.0) or 0.0)


def with_intercept(rates: Rates, **params: Any) -> dict[str, Any]:
    """Parameters, and ``fit_intercept`` as the rates have it."""
    return {**params, "fit_intercept": rates.intercept == "free"}


def _each(value: Any, p: int) -> tuple[float, ...]:
    return tuple(float(v) for v in np.broadcast_to(np.asarray(value, dtype=np.float64), (p,)))
