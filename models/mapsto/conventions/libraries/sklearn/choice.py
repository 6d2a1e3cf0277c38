"""Which of scikit-learn's linear models has a given penalty."""

from __future__ import annotations

import numpy as np

from mapsto.conventions.base import Convention
from mapsto.conventions.libraries.sklearn.coordinate_descent import ElasticNet, Lasso
from mapsto.conventions.libraries.sklearn.ridge import LinearRegression, NonnegativeRidge, Ridge
from mapsto.conventions.rates import Rates
from mapsto.outcome import Unsupported


def estimator_for(rates: Rates) -> tuple[str, Convention] | Unsupported:
    """The estimator's name in ``sklearn.linear_model``, and its convention; or why there is none.

    Its parameters are then ``convention.from_rates(rates, **convention.units(n=total_weight))``, with those of
    ``convention.strictest`` for a search that leaves no more than ``convention.backward``.
    """
    squares, absolute = bool(np.any(rates.l2)), bool(np.any(rates.l1))
    if rates.nonnegative:
        if absolute or not squares:
            return Unsupported("Of scikit-learn's models above zero, mapsto knows the one with squares alone.")
        return "Ridge", NonnegativeRidge()
    if squares and absolute:
        return "ElasticNet", ElasticNet()
    if absolute:
        return "Lasso", Lasso()
    return ("Ridge", Ridge()) if squares else ("LinearRegression", LinearRegression())
