"""Least squares from the statistics of a table: its rank, its residual sum of squares, and the residual sd.

Whether columns repeat each other does not depend on their units, so the rank is that of the columns scaled to length
one (Golub & Van Loan 2013, "Matrix Computations", section 5.3.7). The factor R is that of a table whose columns erred
by gamma times their length before centring (Higham 2002, "Accuracy and Stability of Numerical Algorithms", theorem
19.4), so directions in which the scaled columns are no longer than that are rounding error, and so are residuals no
larger than that error times the slopes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapsto.data.row_space import FEW, row_space
from mapsto.data.statistics import Matrix, SufficientStatistics, Vector
from mapsto.errors import BadInput
from mapsto.rounding import gamma


@dataclass(frozen=True)
class LeastSquares:
    """What least squares leaves of the response.

    Attributes:
        rank: number of independent (centred) columns.
        degrees_of_freedom: rows beyond the intercept and the rank.
        residual_sum_of_squares: weighted where the rows are, in squared units of y.
        rounding: residuals of this length may come from rounding alone, in units of y.
    """

    rank: int
    degrees_of_freedom: int
    residual_sum_of_squares: float
    rounding: float

    @property
    def reason(self) -> str:
        """Why there is no residual standard deviation; empty where there is one."""
        if self.degrees_of_freedom < 1:
            return "least squares leaves 0 degrees of freedom"
        if math.sqrt(self.residual_sum_of_squares) <= self.rounding:
            return "least squares leaves no residuals (the columns fit the response exactly, up to rounding)"
        return ""

    @property
    def residual_sd(self) -> float:
        """The residual standard deviation, in units of y.

        Raises:
            BadInput: there is none; it says why.
        """
        if self.reason:
            raise BadInput(f"noise_sd cannot be estimated: {self.reason}; give noise_sd as a number")
        return math.sqrt(self.residual_sum_of_squares / self.degrees_of_freedom)


def least_squares(s: SufficientStatistics) -> LeastSquares:
    """Solve the least-squares problem that ``s`` holds, for its residuals."""
    error = gamma(s.n * (s.p + 1))
    norms = s.column_norms
    raw = np.hypot(norms, math.sqrt(s.weight) * s.x_mean)  # lengths before centring
    varies = norms > error * raw
    norms, raw = norms[varies], raw[varies]
    cutoff = error * float(np.linalg.norm(raw / norms))
    if FEW < len(norms) > len(s.R):
        U, along, rank, slopes = _wide(s, varies, norms, cutoff)
    else:
        U, d, Vt = np.linalg.svd(s.R[:, varies] / norms, full_matrices=False)
        rank = int((d > cutoff).sum()) if len(d) else 0
        along = U.T @ s.z
        slopes = Vt[:rank].T @ (along[:rank] / d[:rank]) / norms
    # what no column reaches, and the parts of z in directions that only rounding gives the columns
    beyond = s.z - U[:, :rank] @ along[:rank]
    response = math.hypot(np.linalg.norm(s.z), math.sqrt(s.residual_sum_of_squares), math.sqrt(s.weight) * s.y_mean)
    return LeastSquares(
        rank=rank,
        degrees_of_freedom=max(s.n - s.centred - rank, 0),
        residual_sum_of_squares=s.residual_sum_of_squares + float(beyond @ beyond),
        rounding=error * float(response + raw @ np.abs(slopes)),
    )


def _wide(
    s: SufficientStatistics, varies: NDArray[np.bool_], norms: Vector, cutoff: float
) -> tuple[Matrix, Vector, int, Vector]:
    """Left singular vectors, z along them, the rank, and slopes, of fewer rows than columns.

    Scaling columns to length one makes no singular value smaller than it was over the greatest length.
    """
    rows, units = (s.R if varies.all() else s.R[:, varies]), np.ones_like(norms)
    U, d, _ = np.linalg.svd(s.row_space.C.T if varies.all() else row_space(rows).C.T)
    if not d[-1] / norms.max() > cutoff:
        rows, units = rows / norms, norms
        U, d, _ = np.linalg.svd(row_space(rows).C.T)
        rank = int((d > cutoff).sum())
    else:
        rank = len(d)
    along = U.T @ s.z
    return U, along, rank, (U[:, :rank] @ (along[:rank] / d[:rank] ** 2)) @ rows / units
