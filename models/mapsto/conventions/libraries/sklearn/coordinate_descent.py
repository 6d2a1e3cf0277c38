"""scikit-learn's lasso and elastic net."""

from __future__ import annotations

from typing import Any, ClassVar

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
from mapsto.conventions.libraries.sklearn.ridge import CROSS_VALIDATED
from mapsto.conventions.rates import Factors, Rates, halved_loss, mixed, split
from mapsto.conventions.registry import reader
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.marks import number


class _CoordinateDescent(Convention):
    """RSS/(2n) + a rho ||w||_1 + a (1 - rho)/2 ||w||^2; weights are normalised, so n is their sum."""

    known = "run"
    package = "scikit-learn"
    version = VERSION
    strictest: ClassVar = {"tol": 1e-15, "max_iter": 200_000}
    backward = 1e-9

    def factors(self, *, n: float) -> Factors:
        """A mean with halves."""
        return halved_loss(n)

    def strengths(self, *, alpha: float, l1_ratio: float = 1.0) -> Rates:
        """l1_ratio is the share of the absolute values."""
        return split(alpha, l1_ratio)

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """Alpha and l1_ratio as passed, or as chosen."""
        attribute(fitted, "coef_")
        alpha, chosen = getattr(fitted, "alpha", None), None
        if alpha is None:  # the ones that choose it themselves
            alpha, chosen = fitted.alpha_, CROSS_VALIDATED
        rho = float(getattr(fitted, "l1_ratio_", getattr(fitted, "l1_ratio", 1.0)))
        n = self.rows(facts, name_of(fitted))
        rates = self.to_rates({"alpha": one_number(alpha, fitted, "alpha"), "l1_ratio": rho}, n=n)
        return linear(fitted, rates, n=n, data_dependent=chosen)

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """No step of its last sweep was longer than tol |w|_max, with G = X'X.

        So no slope of the loss has moved by more than tol |w|_max sum_k |G_jk| since that coefficient was set.
        """
        if not hasattr(fitted, "tol"):  # LassoLars follows the path instead
            return super().stops(fitted, seen)
        tol = tol_of(fitted)
        return tol * seen.longest * seen.gram.sum(axis=0), f"coordinate descent stops at tol = {number(tol, 6)}"


class Lasso(_CoordinateDescent):
    """RSS/(2n) + a ||w||_1."""

    key = "lasso"
    name = "sklearn.Lasso"
    library = "sklearn Lasso"
    objective = r"\mathrm{RSS}/(2n) + a \|w\|_1"
    prior = r"s = \sigma^2/(n a)"
    intercept = "free; weights normalised"
    l2 = False
    reads: ClassVar = {"sklearn": ("Lasso", "LassoCV", "LassoLars")}

    def parameters(self, strengths: Rates) -> Params:
        """Alpha alone."""
        return with_intercept(strengths, alpha=strengths.l1)


class ElasticNet(_CoordinateDescent):
    """RSS/(2n) + a rho ||w||_1 + a (1 - rho)/2 ||w||^2."""

    key = "elastic-net"
    name = "sklearn.ElasticNet"
    library = "sklearn ElasticNet"
    objective = r"\mathrm{RSS}/(2n) + a \rho \|w\|_1 + \tfrac{a (1-\rho)}{2} \|w\|^2"
    prior = r"e^{-n a [\rho |w| + (1-\rho) w^2/2]/\sigma^2}"
    intercept = r"free; $\rho = 0$ is Ridge($na$)"
    reads: ClassVar = {"sklearn": ("ElasticNet", "ElasticNetCV")}

    def parameters(self, strengths: Rates) -> Params:
        """Alpha, and the share of the absolute values."""
        alpha, rho = mixed(strengths.l2, strengths.l1)
        return with_intercept(strengths, alpha=alpha, l1_ratio=rho)


@reader("sklearn", "MultiTaskElasticNet", "MultiTaskLasso", "MultiTaskElasticNetCV", "MultiTaskLassoCV")
def multi_task(fitted: Any, facts: Facts) -> Reading:
    """A norm over the targets of each column ties slopes of several regressions together."""
    del facts
    raise BadInput(
        f"{name_of(fitted)} penalises the slopes of all targets by one norm, so no slope has a prior of its own; fit "
        "one target at a time"
    )
