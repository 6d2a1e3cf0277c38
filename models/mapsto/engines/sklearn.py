"""The mode as scikit-learn's estimator finds it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from scipy.linalg import LinAlgWarning

from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table
from mapsto.engines.base import Engine
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Outcome, Unsupported
from mapsto.priors.base import Prior


class Sklearn(Engine):
    """The estimator of scikit-learn whose penalty the prior is."""

    name: ClassVar[str] = "sklearn"
    label: ClassVar[str] = "scikit-learn"
    summary: ClassVar[str] = "the estimator whose penalty the prior is, fitted to the rows as a user would"

    def mode(self, near: Sequence[Estimate] = ()) -> Outcome:
        """See :class:`Engine`."""
        del near
        return fit(self.question.at_point, self.question.absolute)


def fit(problem: Problem, prior: Prior) -> Estimate | Unsupported:
    """Fit the estimator whose penalty the prior is, on the rows as a user would.

    Where the rows are gone it is fitted on the rotated rows [R z], which carry the same loss.
    """
    from sklearn import linear_model  # here, not above: importing it takes a second
    from sklearn.exceptions import ConvergenceWarning

    if problem.likelihood.name != "gaussian":
        return Unsupported(
            f"scikit-learn has no penalised linear model with the {problem.likelihood.label} likelihood."
        )
    start = time.perf_counter()
    at_hand = problem if problem.X is not None else _rotated(problem)
    recipe = prior.to_sklearn(at_hand)
    if isinstance(recipe, Unsupported):
        return recipe
    assert at_hand.X is not None
    assert at_hand.y is not None
    mean = np.zeros(problem.p) if recipe.mean is None else recipe.mean
    estimator = getattr(linear_model, recipe.estimator)(**recipe.params, fit_intercept=at_hand.intercept)
    with warnings.catch_warnings():
        # SciPy warns of a condition number that rescaling a column would mend, and coordinate descent that it stopped
        # at rounding error instead of below it; the certificate judges the answer.
        warnings.simplefilter("ignore", LinAlgWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        rows, response = _times(at_hand.X, recipe.root), at_hand.y - at_hand.X @ mean
        estimator.fit(rows, response, sample_weight=at_hand.weights)
    coef = mean + _times(np.asarray(estimator.coef_, dtype=np.float64), None if recipe.root is None else recipe.root.T)
    intercept = float(estimator.intercept_) if at_hand is problem else problem.statistics.best_intercept(coef)
    return Estimate(coef, intercept, time.perf_counter() - start, backward=recipe.backward)


def _times(rows: Matrix, root: Vector | Matrix | None) -> Matrix:
    """``rows`` times a diagonal (p,) or whole (p, p) matrix."""
    if root is None:
        return rows
    product: Matrix = rows * root if root.ndim == 1 else rows @ root
    return product


def _rotated(problem: Problem) -> Problem:
    """The rotated rows as a problem; they passed their checks as rows, and need not look like a table again."""
    s = problem.statistics
    return Problem(Table(problem.features, problem.target, False, s.R, s.z), problem.likelihood)
