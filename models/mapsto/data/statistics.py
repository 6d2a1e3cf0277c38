"""What a Gaussian likelihood needs to know of the rows: ``SufficientStatistics``.

With T the triangular factor of the (centred) table [X y],

    T = [ R  z ]        ||y - b - X w||^2  =  ||z - R w||^2 + residual_sum_of_squares + n (y_mean - b - x_mean . w)^2
        [ 0  s ]        residual_sum_of_squares = s^2

holds for every w and b, so however many rows there were, p + 1 of them carry the whole likelihood. Rows with weights
q_i (noise of variance sigma^2 / q_i) enter as sqrt(q_i) times themselves, with weighted means and sum q_i for n. The
factor comes from Householder reflections, block by block (Demmel, Grigori, Hoemmen & Langou 2012,
"Communication-optimal parallel and sequential QR and LU factorizations", SIAM J. Sci. Comput. 34(1), section 3), never
from X'X, so no digits are lost to the squared condition number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapsto.data.accumulator import Accumulator
from mapsto.data.blocks import checked_blocks
from mapsto.data.row_space import FEW, RowSpace, row_space
from mapsto.errors import BadInput

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
type RNG = np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | Sequence[int] | int | None
"""What ``numpy.random.default_rng`` takes; None is a new stream of random numbers at each call (SPEC 7)."""

FIELDS = ("n", "x_mean", "y_mean", "R", "z", "residual_sum_of_squares", "centred", "weight", "log_weights")


@dataclass(frozen=True, eq=False)
class SufficientStatistics:
    """The sufficient statistics of a table for a Gaussian linear model.

    Attributes:
        n: number of rows.
        x_mean: column means, shape (p,); zeros when the model has no intercept (nothing was centred).
        y_mean: mean of the target; 0.0 when nothing was centred.
        R: triangular (p, p) factor of the centred X; fewer rows where the table has fewer than columns, which are not
            triangular where columns are many.
        z: the response in the same rotated axes, shape (len(R),).
        residual_sum_of_squares: squared length of the part of y that no column reaches (the residual sum of squares of
            ordinary least squares), in squared units of y.
        centred: whether the means were taken out, that is, whether the model has a flat intercept.
        weight: sum of the rows' weights; n where they have none.
        log_weights: sum of the logarithms of the rows' weights; 0.0 where they have none.
    """

    n: int
    x_mean: Vector
    y_mean: float
    R: Matrix
    z: Vector
    residual_sum_of_squares: float
    centred: bool
    weight: float
    log_weights: float = 0.0

    @classmethod
    def from_rows(cls, X: Matrix, y: Vector, *, centred: bool, weights: Vector | None = None) -> SufficientStatistics:
        """Squeeze the rows X (n, p) and y (n,), with weights (n,) if they have any, into their statistics."""
        accumulator = Accumulator(cls, centred=centred)
        accumulator.add(X, y, weights)
        found = accumulator.statistics
        if found is None:
            raise BadInput("no rows came; pass at least one row")
        return found

    @classmethod
    def from_blocks(cls, blocks: Iterable[tuple[Any, ...]], *, centred: bool) -> SufficientStatistics:
        """Squeeze blocks of rows, each seen once: a table larger than memory, or a map-reduce.

        Args:
            blocks: (X, y) with shapes (m, p) and (m,), or (X, y, weights) with weights (m,) above zero.
            centred: whether the model has a flat intercept.

        Raises:
            BadInput: no rows in any block; a block of other shapes or of another number of columns than the first;
                NaN, infinity or a number out of range; weights that are not above zero. The block and its rows are
                named, both counted from 0.
        """
        accumulator = Accumulator(cls, centred=centred)
        for block in checked_blocks(blocks):
            accumulator.add(*block)
        found = accumulator.statistics
        if found is None:
            raise BadInput("no rows came; pass at least one block with rows in it")
        return found

    @classmethod
    def of_table(cls, table: Matrix, weights: Vector | None, *, centred: bool) -> SufficientStatistics:
        """Squeeze a table [X y] of rows (n, p + 1), which may be overwritten, into their statistics by reflections."""
        n, columns = table.shape
        if n < columns - 1 and columns - 1 > FEW:
            return cls._of_wide(table, weights, centred=centred)
        if weights is None:
            means = table.mean(axis=0) if centred else np.zeros(columns)
            return cls.from_factor(n, means, np.linalg.qr(table - means, mode="r"), centred, float(n))
        means = np.average(table, axis=0, weights=weights) if centred else np.zeros(columns)
        T = np.linalg.qr(np.sqrt(weights)[:, np.newaxis] * (table - means), mode="r")
        return cls.from_factor(n, means, T, centred, float(weights.sum()), float(np.log(weights).sum()))

    @classmethod
    def _of_wide(cls, table: Matrix, weights: Vector | None, *, centred: bool) -> SufficientStatistics:
        """Of [X y] with fewer rows than columns: the rows themselves, less the one that centring makes zero.

        The rows, times the roots of their weights, are then orthogonal to those roots. One Householder reflection
        takes the roots onto the first axis, and with it everything out of the first row.
        """
        n, columns = table.shape
        weight, logs = (float(n), 0.0) if weights is None else (float(weights.sum()), float(np.log(weights).sum()))
        means = np.average(table, axis=0, weights=weights) if centred else np.zeros(columns)
        table -= means
        roots = np.ones(n) if weights is None else np.sqrt(weights)
        if weights is not None:
            table *= roots[:, np.newaxis]
        if centred and n > 1:
            axis = roots / math.sqrt(weight)
            axis[0] += 1.0  # both are above zero, so nothing cancels
            along = (axis @ table) / axis[0]
            table = table[1:]
            table -= np.outer(axis[1:], along)
        return cls.from_factor(n, means, table, centred, weight, logs)

    @classmethod
    def from_factor(
        cls, n: int, means: Vector, T: Matrix, centred: bool, weight: float, log_weights: float = 0.0
    ) -> SufficientStatistics:
        """The statistics that a triangular factor T of the (centred, weighted) table [X y] holds.

        Args:
            n: number of rows.
            means: of the columns and of y, shape (p + 1,); zeros where nothing was centred.
            T: shape (k, p + 1) with k <= p + 1.
            centred: whether the means were taken out.
            weight: sum of the rows' weights.
            log_weights: sum of their logarithms.
        """
        p = T.shape[1] - 1
        residual_sum_of_squares = float(T[p, p] ** 2) if len(T) > p else 0.0
        return cls(
            n, means[:p], float(means[p]), T[:p, :p], T[:p, p], residual_sum_of_squares, centred, weight, log_weights
        )

    @property
    def p(self) -> int:
        """Number of columns."""
        return len(self.x_mean)

    @property
    def column_norms(self) -> Vector:
        """Length of each (centred) column, shape (p,), in the column's own units."""
        norms: Vector = np.linalg.norm(self.R, axis=0)
        return norms

    @cached_property
    def row_space(self) -> RowSpace:
        """The row space of R, where that has fewer rows than columns."""
        return row_space(self.R)

    @property
    def log_volume(self) -> float:
        """What weights, and a flat intercept integrated out, leave in log p(y) apart from powers of sigma, in nats."""
        return 0.5 * (self.log_weights - self.centred * math.log(self.weight))

    def misfit(self, w: Vector, b: float) -> float:
        """The (weighted) residual sum of squares ||y - b - X w||^2, in squared units of y."""
        rotated = self.z - self.R @ w
        mean_gap = self.y_mean - b - self.x_mean @ w
        return float(rotated @ rotated + self.residual_sum_of_squares + self.centred * self.weight * mean_gap**2)

    def best_intercept(self, w: Vector) -> float:
        """The intercept that fits best with the slopes w: y_mean - x_mean . w (0.0 without an intercept)."""
        return float(self.y_mean - self.x_mean @ w)

    def arrays(self) -> dict[str, Any]:
        """All of it as arrays by name, for a file; :meth:`from_arrays` gives the same bits back."""
        return {name: np.asarray(getattr(self, name)) for name in FIELDS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> SufficientStatistics:
        """What :meth:`arrays` made."""
        return cls(**{name: arrays[name].item() if arrays[name].ndim == 0 else arrays[name] for name in FIELDS})

    def means(self) -> Vector:
        """Of the columns and the response, shape (p + 1,); zeros when nothing was centred."""
        return np.append(self.x_mean, self.y_mean)

    def factor(self) -> Matrix:
        """A triangular factor of the (centred, weighted) table [X y], shape (len(R) + 1, p + 1)."""
        top = np.column_stack([self.R, self.z])
        return np.vstack([top, np.append(np.zeros(self.p), np.sqrt(self.residual_sum_of_squares))])

    def __add__(self, other: SufficientStatistics) -> SufficientStatistics:
        """The statistics of both sets of rows together.

        Two centred blocks differ from one by a single row, sqrt(n1 n2 / (n1 + n2)) times the gap between their means
        (Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance", equation 1.5); n is the weight.
        """
        if self.p != other.p or self.centred != other.centred:
            raise ValueError("statistics of different columns, or of different intercepts, cannot be merged")
        weight = self.weight + other.weight
        mine, theirs = self.means(), other.means()
        gap = np.sqrt(self.weight * other.weight / weight) * (theirs - mine)
        T = np.linalg.qr(np.vstack([self.factor(), other.factor(), gap]), mode="r")
        means = mine + (other.weight / weight) * (theirs - mine)
        logs = self.log_weights + other.log_weights
        return self.from_factor(self.n + other.n, means, T, self.centred, weight, logs)
