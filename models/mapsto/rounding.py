"""How large a rounding error may be: the tolerances of every deterministic check come from here.

Worst-case constants such as ``n * u`` are far above what happens. Higham & Mary (2019), "A new approach to
probabilistic rounding error analysis", SIAM J. Sci. Comput. 41(5), Theorem 2.4, replace them by
``lambda * sqrt(n) * u``, which fails with a probability of at most ``2 exp(-lambda^2 (1 - u)^2 / 2)`` for an inner
product of length n. ``LAMBDA = 6`` makes that about 3e-8 a product.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

UNIT_ROUNDOFF = float(np.finfo(np.float64).eps) / 2
LAMBDA = 6.0


def gamma(length: int) -> float:
    """Relative rounding error of an inner product of ``length`` terms (dimensionless).

    Source: Higham & Mary (2019), equation (2.2).
    """
    u = UNIT_ROUNDOFF
    return math.expm1(LAMBDA * math.sqrt(length) * u + length * u * u / (1 - u))


def largest(values: ArrayLike) -> float:
    """The largest of ``values`` in size, whatever their shape; NaN if any is."""
    return float(np.abs(values).max())


def digits(relative_error: float) -> float:
    """Significant digits that agree, given a relative error; at most the 15.95 that a double holds."""
    return -math.log10(max(relative_error, UNIT_ROUNDOFF))
