"""scikit-learn's logistic regression."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Params, Reading, Seen
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior, Likelihood
from mapsto.conventions.libraries.sklearn.fitted import (
    VERSION,
    attribute,
    feature_names,
    linear,
    name_of,
    tol_of,
    with_intercept,
)
from mapsto.conventions.libraries.sklearn.glm import mean_slope
from mapsto.conventions.rates import Factors, Rates, halved_loss, mixed, split
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.marks import number

MOST_SWEEPS = 20_000  # of saga over the rows
MOST_STEPS = 100  # of Newton's method where it is tried out
NOISE = 10  # times the slope that a sweep's move shows


class LogisticRegression(Convention):
    """C sum(loss) + (1 - rho)/2 ||w||^2 + rho ||w||_1, so J = 2 NLL + (1 - rho)/C ||w||^2 + 2 rho/C ||w||_1."""

    key = "logistic"
    name = "sklearn.LogisticRegression"
    library = "sklearn LogisticRegression"
    objective = r"C \sum \mathrm{loss} + \tfrac12 \|w\|^2"
    prior = r"\sigma_w = \sqrt{C} \text{ (L1: } s = C\text{)}"
    intercept = "lbfgs leaves it free, liblinear penalises it; multinomial penalises all $K$ rows"
    known = "run"
    package = "scikit-learn"
    version = VERSION
    likelihood: ClassVar[Likelihood] = "bernoulli"
    reads: ClassVar = {"sklearn": ("LogisticRegression",)}

    def factors(self) -> Factors:
        """Divided by C it is a summed loss with halves."""
        return halved_loss()

    def strengths(self, *, C: float, l1_ratio: float = 0.0) -> Rates:
        """1 / C; none where C is infinite."""
        return split(1 / C, l1_ratio)

    def parameters(self, strengths: Rates) -> Params:
        """Absolute values take the solver saga."""
        whole, rho = mixed(strengths.l2, strengths.l1)
        params = with_intercept(strengths, C=1 / whole if whole else math.inf, l1_ratio=rho)
        return params | ({"solver": "saga"} if strengths.l1 else {})

    def strict(self, parameters: Mapping[str, Any]) -> tuple[Params, float]:
        """See :class:`Convention`: Newton's method for squares, saga's last sweep for absolute values.

        The default solver lbfgs stops where no slope of the mean loss exceeds 1e-4: two to four digits of the slopes,
        and six to eight at ``tol=1e-15``, where its own step fails. ``solver="newton-cholesky", tol=1e-15`` has all.
        """
        if "solver" in parameters:
            return {**parameters, "tol": 1e-14, "max_iter": MOST_SWEEPS}, 1e-9
        return {**parameters, "solver": "newton-cholesky", "tol": 1e-15, "max_iter": 1_000}, 0.0

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """By solver: a slope of the mean loss, a share of the first slope, or a change of the largest slope."""
        tol, columns = tol_of(fitted), seen.X.shape[1]
        if fitted.solver == "liblinear":
            # Fan et al. (2008), JMLR 9: |gradient| <= tol |gradient at zero|, here by the length of X'(y - 1/2)
            first = 0.5 * float(np.sqrt(seen.total * seen.steepest_row))
            return np.full(columns, tol * first), f"liblinear stops at tol = {number(tol, 6)} of its first gradient"
        if fitted.solver in ("sag", "saga"):
            # a sweep of n steps 1/(3L) along the mean slope moves a coefficient by n / (3L) times it, if it were not
            # for the noise of the steps, which may hide most of it
            curvature = 0.25 * (seen.steepest_row + bool(fitted.fit_intercept)) + 1 / (fitted.C * seen.total)
            rule = (
                f"{fitted.solver} stops where a sweep moves no slope by more than tol = {number(tol, 6)} of the largest"
            )
            return np.full(columns, NOISE * tol * seen.longest * 3 * curvature), rule
        return mean_slope(fitted, seen)

    def longest_search(self, fitted: Any) -> Params:
        """See :class:`Convention`: by what its penalty holds, and only where the intercept is free or absent."""
        if fitted.solver == "liblinear" and fitted.fit_intercept:
            return {}
        if _l1_share(fitted):
            return self.strict({"solver": "saga"})[0]
        return {"solver": "newton-cholesky", "tol": 1e-15, "max_iter": MOST_STEPS}

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """One row of slopes, or one for each of several classes."""
        del facts
        w = np.asarray(attribute(fitted, "coef_"), dtype=float)
        if not hasattr(fitted, "C"):  # LogisticRegressionCV
            chosen = ", ".join(f"{one:.6g}" for one in np.unique(fitted.C_))
            raise BadInput(
                f"{name_of(fitted)} chose C = {chosen} by cross-validation, a number for each class; fit "
                "LogisticRegression with the C you want, and read that"
            )
        unpenalised = fitted.penalty is None or math.isinf(fitted.C)
        rates = Rates() if unpenalised else self.to_rates({"C": fitted.C, "l1_ratio": _l1_share(fitted)})
        more: dict[str, Any] = {}
        if fitted.fit_intercept and fitted.solver == "liblinear" and not unpenalised:
            # liblinear sees the intercept as the slope of a column that holds intercept_scaling
            s = fitted.intercept_scaling
            more = {"intercept": "penalised", "intercept_l2": rates.l2 / s**2, "intercept_l1": rates.l1 / s}
        if len(w) == 1:
            return linear(fitted, rates, likelihood="bernoulli", **more)
        names = feature_names(fitted, w.shape[1])
        return ImpliedPrior(
            features=tuple(f"{name} for {label}" for label in fitted.classes_ for name in names),
            l2=(rates.l2,) * w.size,
            l1=(rates.l1,) * w.size,
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
