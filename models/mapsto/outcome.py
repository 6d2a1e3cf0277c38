"""What a route brings back: a mode, a reason why it has none, or the error it met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Estimate:
    """A mode of the posterior, as one route found it.

    Attributes:
        coef: slopes, shape (p,), in units of y per unit of each column.
        intercept: in units of y; 0.0 when the model has none.
        seconds: wall-clock time the route took.
        starts: number of points the search was started from.
        modes: number of distinct local modes it ended in; the highest is this one.
        backward: relative distance from stationarity at which its search stops by design; 0.0 for rounding error.
    """

    coef: NDArray[np.float64]
    intercept: float
    seconds: float = 0.0
    starts: int = 1
    modes: int = 1
    backward: float = 0.0


@dataclass(frozen=True)
class Unsupported:
    """A question that has no answer on this route, with the reason (never an empty row)."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """A route that should have answered and did not, with the error it met."""

    reason: str


Outcome = Estimate | Unsupported | Failed
