"""Keras's regularisers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mapsto.conventions.base import Convention, Params, Reading
from mapsto.conventions.numbers import column_names, not_negative
from mapsto.conventions.rates import Factors, Rates
from mapsto.data.statistics import Matrix, Vector
from mapsto.scales import positive


class KernelRegularizer(Convention):
    """With the mean squared error: RSS/n + l2 sum(w^2) + l1 sum(|w|), no 1/2."""

    key = "keras"
    name = "keras"
    library = "Keras l2"
    objective = r"\mathrm{loss} + \lambda \sum w^2"
    prior = r"R = n \lambda \text{ with the mean squared error}"
    intercept = "free, unless a bias_regularizer is attached"
    known = "source"
    package = "keras.regularizers.L2"
    call = "keras_l2"

    def factors(self, *, n: float) -> Factors:
        """J is n times it."""
        return n, n

    def strengths(self, *, l2: float = 0.0, l1: float = 0.0) -> Rates:
        """As passed."""
        return Rates(not_negative(l2, "l2"), not_negative(l1, "l1"))

    def parameters(self, strengths: Rates) -> Params:
        """For a kernel_regularizer."""
        return {"l2": strengths.l2, "l1": strengths.l1, "use_bias": strengths.intercept == "free"}

    def minimises(self, X: Matrix, y: Vector, w: Vector, b: float, *, l2: float, l1: float = 0.0) -> float:
        """The mean squared error and the regulariser's sums."""
        return float(np.mean((y - b - X @ w) ** 2) + l2 * np.sum(np.square(w)) + l1 * np.sum(np.abs(w)))

    def from_numbers(
        self,
        *,
        l2: float,
        n: float,
        l1: float = 0.0,
        bias_regularised: bool = False,
        features: Sequence[str] | None = None,
        p: int | None = None,
        noise_sd: float | None = None,
    ) -> Reading:
        """The prior that its numbers say.

        Args:
            l2: as passed.
            n: rows.
            l1: as passed.
            bias_regularised: whether the bias has the l2 part of it too.
            features: names of the columns.
            p: how many, where there are no names.
            noise_sd: sigma in units of y.

        Raises:
            BadInput: a number out of its range.
        """
        rows, names = positive(n, "n"), column_names(features, p)
        rates = self.to_rates({"l2": l2, "l1": l1}, n=rows)
        if bias_regularised and rates.l2 > 0:
            rates = Rates(rates.l2, rates.l1, "penalised", rates.l2)
        return self.implied(rates, names, n=rows, noise_sd=noise_sd)
