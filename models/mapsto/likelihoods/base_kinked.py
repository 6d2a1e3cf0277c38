"""What likelihoods whose loss is piecewise linear have in common: a kink where the predictor meets the response.

At a kink any slope between those of the two sides is a subgradient, so a mode is where some choice of them cancels
the prior's pull: a row that the mode fits exactly is the rule and no accident. Source: Koenker & Bassett (1978),
"Regression quantiles", Econometrica 46(1), theorem 3.3.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table
from mapsto.likelihoods.base import Likelihood


class PiecewiseLinear(Likelihood):
    """Minus the log density of a row rises linearly on both sides of eta = y."""

    kinked: ClassVar[bool] = True

    @abstractmethod
    def rates(self, q: Vector) -> tuple[Vector, Vector]:
        """How steeply minus the log density rises with y - eta above zero and below it, in nats per unit; (n,) each."""

    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: at the kink 0, which is one of the subgradients there."""
        above, below = self.rates(np.broadcast_to(q, np.broadcast_shapes(np.shape(y), np.shape(eta))))
        return np.where(y > eta, -above, np.where(y < eta, below, 0.0))

    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: none away from the kink."""
        return np.zeros(np.broadcast_shapes(np.shape(y), np.shape(eta), np.shape(q)))

    def best_intercept(self, table: Table, w: Vector, near: float | None = None) -> float:
        """The intercept of least loss for slopes w: a weighted quantile of y - X w; 0.0 without an intercept.

        Where a whole interval is equally good it is the one next to ``near``, by default its lower end.
        """
        if not table.intercept:
            return 0.0
        (X, y), (above, below) = table.rows, self.rates(table.q)
        left = y - X @ w
        order = np.argsort(left, kind="stable")
        # the slope of the loss just above each residual; the rounding of its sum decides nothing
        slope = np.cumsum((above + below)[order]) - above.sum()
        rounding = np.finfo(float).eps * len(y) * float(above.sum())
        low = left[order[int(np.argmax(slope >= -rounding))]]
        high = left[order[min(int(np.argmax(np.append(slope > rounding, True))), len(y) - 1)]]
        return float(low if near is None else np.clip(near, low, high))

    def gradient_size(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """See :class:`Likelihood`."""
        del w, near
        size: Vector = np.abs(table.rows[0] - table.moments.x_mean).T @ np.maximum(*self.rates(table.q))
        return size

    def intercept_size(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`: the largest of the numbers whose difference is the residual that it meets."""
        X, y = table.rows
        return abs(b) + float((np.abs(y) + np.abs(X) @ np.abs(w)).max())

    def loss_size(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`."""
        X, y = table.rows
        return self.factor * float(np.maximum(*self.rates(table.q)) @ (np.abs(y) + abs(b) + np.abs(X) @ np.abs(w)))

    def raw_sizes(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """See :class:`Likelihood`: in the units of the expected information."""
        del w, near
        return np.asarray(np.sqrt(self.information_of_rows(table.q) @ table.rows[0] ** 2))

    def information_of_rows(self, q: Vector) -> Vector:
        """The variance of each row's gradient, shape (n,)."""
        above, below = self.rates(q)
        return above * below

    def information(self, table: Table, w: Vector, near: float | None = None) -> Matrix:
        """See :class:`Likelihood`: the variance of the gradient, above times below for each row."""
        del w, near
        X, bent = table.rows[0], self.information_of_rows(table.q)
        centred = X - (bent @ X / bent.sum() if table.intercept else 0.0)
        H: Matrix = (centred.T * bent) @ centred
        return (H + H.T) / 2
