"""Spark's MLlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Params, Reading
from mapsto.conventions.implied import ImpliedPrior
from mapsto.conventions.libraries.glmnet import Glmnet
from mapsto.conventions.rates import Factors, Intercept, Rates, mixed, split
from mapsto.data.statistics import Matrix, Vector


class LinearRegression(Convention):
    """glmnet's convention, with the sds of its solver.

    The solver "normal", which "auto" takes up to 4096 columns, divides by n, and "l-bfgs" by n - 1: pass ``sd_y`` and
    ``sd_x`` accordingly.
    """

    key = "mllib"
    name = "mllib"
    library = "Spark MLlib LinearRegression"
    objective = r"\text{as glmnet}"
    prior = r"R = n \lambda/\text{sd}_y \text{ on scaled columns}"
    intercept = "free; standardises by default (divisor $n$; $n - 1$ with solver l-bfgs)"
    known = "source"
    package = "org.apache.spark.ml.regression"
    source = "Spark MLlib"
    intercepts: ClassVar[tuple[Intercept, ...]] = ("free",)
    call = "mllib"

    def factors(self, *, sd_y: float, n: float) -> Factors:
        """glmnet's; ``sd_y`` with divisor n, or n - 1 for solver l-bfgs."""
        return Glmnet().factors(n=n, sd_y=sd_y)

    def strengths(self, *, reg_param: float, elastic_net_param: float = 0.0) -> Rates:
        """On columns as they are."""
        return split(reg_param, elastic_net_param)

    def parameters(self, strengths: Rates) -> Params:
        """With standardization off."""
        whole, mix = mixed(strengths.l2, strengths.l1)
        return {"regParam": whole, "elasticNetParam": mix, "standardization": False}

    def minimises(
        self, X: Matrix, y: Vector, w: Vector, b: float, *, reg_param: float, elastic_net_param: float = 0.0
    ) -> float:
        """From its source: the response is divided by its sd, and the penalty with it, before anything is minimised."""
        scale = float(y.std())
        v, mix = w / scale, elastic_net_param
        penalty = 0.5 * (1 - mix) * float(v @ v) + mix * float(np.abs(v).sum())
        return float(np.mean(((y - b - X @ w) / scale) ** 2) / 2 + reg_param / scale * penalty)

    def from_numbers(
        self,
        *,
        reg_param: float,
        n: float,
        sd_y: float,
        elastic_net_param: float = 0.0,
        sd_x: Sequence[float] | None = None,
        standardization: bool = True,
        features: Sequence[str] | None = None,
        p: int | None = None,
        noise_sd: float | None = None,
    ) -> Reading:
        """The prior that its numbers say: glmnet's arguments by Spark's names.

        Args:
            reg_param: as passed.
            n: rows.
            sd_y: sd of y with the divisor of its solver.
            elastic_net_param: as passed.
            sd_x: sd of each column, likewise, where ``standardization`` is on.
            standardization: as passed (its default is on).
            features: names of the columns.
            p: how many columns, where nothing else says it.
            noise_sd: sigma in units of y.

        Raises:
            BadInput: a number out of its range, or one that is missing.
        """
        read = Glmnet().from_numbers(
            lambda_=reg_param,
            n=n,
            alpha=elastic_net_param,
            sd_y=sd_y,
            sd_x=sd_x,
            standardize=standardization,
            features=features,
            p=p,
            noise_sd=noise_sd,
        )
        assert isinstance(read, ImpliedPrior)  # sd_y is there
        return replace(read, source=self.source)
