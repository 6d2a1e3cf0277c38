"""The mode as scikit-learn's estimator finds it."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace

import numpy as np
from scipy.linalg import LinAlgWarning

from mapsto.estimate import Estimate, Unsupported
from mapsto.priors.base import Prior
from mapsto.problem import Problem
from mapsto.sufficient import SufficientStatistics


def fit(problem: Problem, prior: Prior) -> Estimate | Unsupported:
    """Fit the estimator whose penalty the prior is, on the rows as a user would.

    Where the rows are gone it is fitted on the rotated rows [R z], which carry the same loss.
    """
    from sklearn import linear_model  # here, not above: importing it takes a second

    start = time.perf_counter()
    at_hand = problem if problem.X is not None else _rotated(problem)
    recipe = prior.to_sklearn(at_hand)
    if isinstance(recipe, Unsupported):
        return recipe
    estimator = getattr(linear_model, recipe.estimator)(**recipe.params, fit_intercept=at_hand.intercept)
    with warnings.catch_warnings():
        # SciPy warns of a condition number that rescaling a column would mend; the certificate judges the answer.
        warnings.simplefilter("ignore", LinAlgWarning)
        estimator.fit(at_hand.X, at_hand.y)
    coef = np.asarray(estimator.coef_, dtype=np.float64)
    intercept = float(estimator.intercept_) if at_hand is problem else problem.statistics.best_intercept(coef)
    return Estimate(coef, intercept, time.perf_counter() - start)


def _rotated(problem: Problem) -> Problem:
    """The rotated rows as a problem; they passed their checks as rows, and need not look like a table again."""
    s = problem.statistics
    statistics = SufficientStatistics.from_rows(s.R, s.z, centred=False)
    return replace(problem, statistics=statistics, X=s.R, y=s.z)
