"""R's MASS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Params, Reading
from mapsto.conventions.libraries.glmnet import STANDARD_X
from mapsto.conventions.numbers import column_names, not_negative, spreads
from mapsto.conventions.rates import Factors, Intercept, Rates
from mapsto.data.statistics import Matrix, Vector


class LmRidge(Convention):
    """RSS + lambda sum_j s_j^2 w_j^2, s_j the sd of column j with divisor n."""

    key = "lm-ridge"
    name = "lm.ridge"
    library = "MASS lm.ridge"
    objective = r"\mathrm{RSS} + \lambda \sum_j \text{sd}_j^2 w_j^2"
    prior = r"\sigma_{w,j} = \sigma/(\text{sd}_j \sqrt{\lambda})"
    intercept = r"free; $\text{sd}_j$ with divisor $n$"
    known = "source"
    package = "MASS (R)"
    l1 = False
    l2_name = "l2 (over sd_x^2)"
    intercepts: ClassVar[tuple[Intercept, ...]] = ("free",)
    backward = 0.0
    call = "lm_ridge"

    def factors(self, *, sd_x: Sequence[float]) -> Factors:
        """The penalty is on columns divided by their sd."""
        return np.asarray(sd_x, dtype=float) ** 2, 0.0

    def strengths(self, *, lambda_: float) -> Rates:
        """No half."""
        return Rates(lambda_)

    def parameters(self, strengths: Rates) -> Params:
        """One lambda."""
        return {"lambda": strengths.l2}

    def minimises(self, X: Matrix, y: Vector, w: Vector, b: float, *, lambda_: float) -> float:
        """From its source: the columns are centred and divided by their sd, with divisor n."""
        spread = X.std(axis=0)
        Z = (X - X.mean(axis=0)) / spread
        return float(np.sum((y - b - X.mean(axis=0) @ w - Z @ (spread * w)) ** 2) + lambda_ * np.sum((spread * w) ** 2))

    def from_numbers(
        self,
        *,
        lambda_: float,
        sd_x: Sequence[float],
        features: Sequence[str] | None = None,
        noise_sd: float | None = None,
    ) -> Reading:
        """The prior that lm.ridge's numbers say.

        Args:
            lambda_: as passed.
            sd_x: sd of each column with divisor n.
            features: names of the columns.
            noise_sd: sigma in units of y.

        Raises:
            BadInput: a number out of its range.
        """
        names = column_names(features, None, sd_x)
        rates = self.to_rates(
            {"lambda_": not_negative(lambda_, "lambda_")}, sd_x=spreads(sd_x, True, names, "lm.ridge")
        )
        return self.implied(rates, names, noise_sd=noise_sd, data_dependent=STANDARD_X)
