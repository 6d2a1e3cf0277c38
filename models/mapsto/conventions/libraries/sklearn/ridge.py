"""scikit-learn's sums of squares: least squares, ridge, ridge above zero, kernel ridge."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Params, Reading, Seen
from mapsto.conventions.facts import Facts
from mapsto.conventions.libraries.sklearn.fitted import (
    VERSION,
    attribute,
    linear,
    name_of,
    one_number,
    tol_of,
    with_intercept,
)
from mapsto.conventions.rates import Factors, Intercept, Rates
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.marks import number

CROSS_VALIDATED = "its penalty was chosen by cross-validation on the same data"


class LinearRegression(Convention):
    """RSS alone: a flat prior."""

    key = "linear-regression"
    name = "sklearn.LinearRegression"
    library = "sklearn LinearRegression"
    objective = r"\mathrm{RSS}"
    prior = r"\text{flat}"
    intercept = "free; sample weights not normalised"
    known = "run"
    package = "scikit-learn"
    version = VERSION
    l2 = False
    l1 = False
    backward = 0.0
    reads: ClassVar = {"sklearn": ("LinearRegression",)}

    def factors(self) -> Factors:
        """It has no penalty."""
        return 0.0, 0.0

    def strengths(self) -> Rates:
        """None."""
        return Rates()

    def parameters(self, strengths: Rates) -> Params:
        """No penalty to pass."""
        return with_intercept(strengths)

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """Flat."""
        del facts
        return linear(fitted)


class _SumOfSquares(Convention):
    """RSS + a ||w||^2: J itself, so no n is needed, and sample weights enter as they are."""

    known = "run"
    package = "scikit-learn"
    version = VERSION
    l1 = False
    normalises_weights = False
    backward = 0.0

    def factors(self) -> Factors:
        """J itself."""
        return 1.0, 0.0

    def strengths(self, *, alpha: float) -> Rates:
        """As passed."""
        return Rates(alpha)

    def parameters(self, strengths: Rates) -> Params:
        """As passed."""
        return with_intercept(strengths, alpha=strengths.l2)


class Ridge(_SumOfSquares):
    """RSS + a ||w||^2. RidgeCV is Ridge at the alpha that cross-validation chose."""

    key = "ridge"
    name = "sklearn.Ridge"
    library = "sklearn Ridge"
    objective = r"\mathrm{RSS} + a \|w\|^2"
    prior = r"\sigma_w = \sigma/\sqrt{a}"
    intercept = "free; sample weights not normalised"
    reads: ClassVar = {"sklearn": ("Ridge", "RidgeCV")}

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """Alpha as passed, or as chosen."""
        del facts
        if not hasattr(fitted, "alphas"):
            return linear(fitted, self.to_rates({"alpha": one_number(fitted.alpha, fitted, "alpha")}))
        alpha = one_number(attribute(fitted, "alpha_"), fitted, "alpha_")
        return linear(fitted, self.to_rates({"alpha": alpha}), data_dependent=CROSS_VALIDATED)

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """Conjugate gradients and steps over the rows; its other solvers are direct.

        Conjugate gradients end with |G w + a w - X'y| <= tol |X'y|, and lsqr's test is as good as that. In sag and saga
        no step of a pass over n rows was longer than tol |w|_max, each of 1 / max |x_i|^2 times a slope.
        """
        solver, tol, p = getattr(fitted, "solver_", None), tol_of(fitted), seen.X.shape[1]
        rule = f"the solver {solver} stops at tol = {number(tol, 6)}"
        if solver in ("sparse_cg", "lsqr"):
            return np.full(p, tol * float(np.linalg.norm(seen.X.T @ seen.y))), rule
        if solver in ("sag", "saga"):
            steepness = len(seen.X) * float((seen.X**2).sum(axis=1).max())
            return np.full(p, steepness * tol * seen.longest), rule
        return super().stops(fitted, seen)

    def condition(self, fitted: Any, X: Matrix) -> float:
        """Of X X', where it leaves out rows to choose alpha, and for wide tables."""
        wide = X.shape[1] > X.shape[0] and getattr(fitted, "solver_", None) == "cholesky"
        leaves_out = hasattr(fitted, "alphas") and fitted.cv is None
        return _kernel_condition(fitted, X) if wide or leaves_out else 1.0


class NonnegativeRidge(_SumOfSquares):
    """RSS + a ||w||^2 over slopes at or above zero."""

    key = "nonnegative-ridge"
    name = "sklearn.Ridge(positive=True)"
    library = "sklearn Ridge(positive=True)"
    objective = r"\mathrm{RSS} + a \|w\|^2, \; w \ge 0"
    prior = r"\text{half-normal, } \sigma_w = \sigma/\sqrt{a}"
    intercept = "free; sample weights not normalised; prior_of does not read it"
    nonnegative = True
    strictest: ClassVar = {"tol": 1e-15}
    backward = 1e-6

    def strengths(self, *, alpha: float) -> Rates:
        """As passed, with the bound."""
        return Rates(alpha, nonnegative=True)

    def parameters(self, strengths: Rates) -> Params:
        """With the bound switched on."""
        return super().parameters(strengths) | {"positive": True}

    def from_numbers(self, **numbers: Any) -> Reading:
        """The reading of numbers has no place for the bound."""
        del numbers
        raise BadInput(f"{self.name} cuts its prior off at zero, which prior_of does not read")


class KernelRidge(_SumOfSquares):
    """With a linear kernel: ridge without an intercept, its slopes X' dual_coef_."""

    key = "kernel-ridge"
    name = "sklearn.KernelRidge"
    library = "sklearn KernelRidge (linear)"
    objective = r"\mathrm{RSS} + a \|w\|^2"
    prior = r"\sigma_w = \sigma/\sqrt{a}"
    intercept = "none"
    intercepts: ClassVar[tuple[Intercept, ...]] = ("none",)
    reads: ClassVar = {"sklearn": ("KernelRidge",)}

    def parameters(self, strengths: Rates) -> Params:
        """With the linear kernel."""
        return {"alpha": strengths.l2, "kernel": "linear"}

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """The slopes are X' dual_coef_."""
        del facts
        dual = np.asarray(attribute(fitted, "dual_coef_"), dtype=float)
        if fitted.kernel != "linear":
            raise BadInput(
                f"{name_of(fitted)} with kernel {fitted.kernel!r} puts a Gaussian process over functions, not a prior "
                "over slopes; use kernel='linear'"
            )
        if dual.ndim == 2 and dual.shape[1] > 1:
            raise BadInput(f"{name_of(fitted)} was fitted to {dual.shape[1]} targets at once; fit one at a time")
        w = np.asarray(fitted.X_fit_, dtype=float).T @ dual.ravel()
        return linear(fitted, self.to_rates({"alpha": one_number(fitted.alpha, fitted, "alpha")}), coef=w)

    def condition(self, fitted: Any, X: Matrix) -> float:
        """Of X X', whatever the table."""
        return _kernel_condition(fitted, X)


def _kernel_condition(fitted: Any, X: Matrix) -> float:
    """Condition number of X X' + alpha (n, n), which the solver forms and multiplies back."""
    alpha = float(np.min(getattr(fitted, "alpha_", getattr(fitted, "alpha", 0.0))))
    return 1 + float(np.linalg.norm(X, 2)) ** 2 / alpha if alpha > 0 else np.inf
