"""What likelihoods with a link function have in common: the mean of y is a curve of the linear predictor.

The weight q of a row says how many unit measurements its response is the mean of, as in weighted least squares: the
number of trials behind a share, the exposure behind a rate. Source: McCullagh & Nelder (1989), "Generalized Linear
Models", sections 2.2 and 2.5.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mapsto.data.products import predictor_size, sizes
from mapsto.data.statistics import Vector
from mapsto.data.table import Table
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood
from mapsto.rounding import UNIT_ROUNDOFF

Flags = NDArray[np.bool_]
LARGEST_EXPONENT = 600.0  # beyond it a mean is out of all reason, and sums of its like would overflow
MANY = 1e15  # counts whose spread a Normal has to all digits of a double
HALVINGS = 200


Slopes = tuple[float, float, Callable[[], float]]
"""A loss's first derivative, the size of what was summed for it, and the second derivative, for when it is wanted."""


def lowest(at: Callable[[float], Slopes], b: float) -> float:
    """Where a convex loss of one number is least, from b on.

    Newton's steps in an interval that the sign of the slope narrows (Press et al. 2007, "Numerical Recipes", section
    9.4). It ends where rounding error stops the steps from shrinking.
    """
    low, high, last = -np.inf, np.inf, np.inf
    for _ in range(HALVINGS):
        slope, steepness, curvature = at(b)
        if abs(slope) <= 4 * UNIT_ROUNDOFF * steepness:  # the rounding of the sum
            break
        low, high = (low, b) if slope > 0 else (b, high)
        bent = curvature()
        ahead = b - float(np.clip(slope / bent if bent > 0 else np.sign(slope) * np.inf, -10.0, 10.0))
        if ahead == b:
            break
        if not low < ahead < high:
            ahead = (low + high) / 2
        size = abs(ahead - b)
        if size < 1e-7 * (1 + abs(b)) and not size < last:
            break
        b, last = ahead, size if size < 1e-7 * (1 + abs(b)) else np.inf
    return b


class GeneralisedLinear(Likelihood):
    """A likelihood with a link function whose minus log density is convex in eta."""

    location: ClassVar[bool] = False
    newton: ClassVar[bool] = True
    self_concordant: ClassVar[bool] = True
    """Whether the third derivative of minus the log density by eta is no larger than the second."""

    @abstractmethod
    def parts(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """Size of the parts that cancel in :meth:`gradient`."""

    def best_intercept(self, table: Table, w: Vector, near: float | None = None) -> float:
        """The intercept of least loss for slopes w; 0.0 without an intercept."""
        if not table.intercept:
            return 0.0
        (X, y), q = table.rows, table.q
        fixed = X @ w
        b = float(np.median(self.link(y, q) - fixed)) if near is None else near

        def at(b: float) -> Slopes:
            slopes = self.gradient(y, fixed + b, q)
            steepness = float(np.abs(slopes).sum())
            return float(slopes.sum()), steepness, lambda: float(self.curvature(y, fixed + b, q).sum())

        return lowest(at, b)

    def gradient_size(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """See :class:`Likelihood`."""
        (X, y), b = table.rows, self.best_intercept(table, w, near)
        eta, q = table.predictor(w, b), table.q
        of_eta = self.curvature(y, eta, q) * predictor_size(X, w, b)
        return sizes(X, table.moments.x_mean, of_eta + self.parts(y, eta, q))

    def loss_size(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`."""
        (X, y), q = table.rows, table.q
        slope = np.abs(self.gradient(y, table.predictor(w, b), q)) * self.factor
        return float(slope @ predictor_size(X, w, b))

    def intercept_size(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`."""
        (X, y), q = table.rows, table.q
        eta = table.predictor(w, b)
        bent = self.curvature(y, eta, q)
        of_eta = bent * predictor_size(X, w, b)
        return float((of_eta + self.parts(y, eta, q)).sum() / max(bent.sum(), np.finfo(float).tiny))


def exp(eta: Vector) -> Vector:
    """The exponential, which does not overflow: far out it is as large as ever matters."""
    return np.exp(np.clip(eta, -LARGEST_EXPONENT, LARGEST_EXPONENT))


def log_or_zero(y: Vector) -> Vector:
    """log y, and 0 where y is 0."""
    return np.log(np.where(y > 0, y, 1.0))


def softplus(eta: Vector) -> Vector:
    """log(1 + exp(eta)), to full accuracy on both sides; three times as fast as ``logaddexp``."""
    return np.maximum(eta, 0.0) + np.log1p(np.exp(-np.abs(eta)))


def logistic(eta: Vector) -> tuple[Vector, Vector]:
    """1 / (1 + exp(-eta)) and 1 / (1 + exp(eta)), each to full accuracy on both sides."""
    small = np.exp(-np.abs(eta))
    larger = 1 / (1 + small)
    smaller = small * larger
    up = np.asarray(eta) >= 0
    return np.where(up, larger, smaller), np.where(up, smaller, larger)


def poisson_draws(mean: Vector, rng: np.random.Generator) -> Vector:
    """Poisson counts of these means; beyond what the generator takes, Normal ones as good as they."""
    counts = rng.poisson(np.minimum(mean, MANY)).astype(np.float64)
    many = mean > MANY
    if many.any():
        far = mean[many]
        counts[many] = np.rint(far + np.sqrt(far) * rng.standard_normal(len(far)))
    return counts


def refuse(likelihood: str, wrong: Flags, y: Vector, expected: str) -> None:
    """BadInput with the first responses that are wrong.

    Args:
        likelihood: its label.
        wrong: which rows are, shape (n,).
        y: the responses.
        expected: what was expected, and what to do.
    """
    if wrong.any():
        some = ", ".join(f"{value:g}" for value in np.unique(y[wrong])[:3])
        raise BadInput(
            f"the target holds {some} in {int(wrong.sum())} rows, and the {likelihood} likelihood expects {expected}"
        )


def whole(values: Vector) -> Flags:
    """Whether each value is a whole number to within the rounding of a share or rate times its weight."""
    return np.abs(values - np.rint(values)) <= 1e-9 * np.maximum(1.0, np.abs(values))
