"""The mode as scikit-learn's estimator finds it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.linalg import LinAlgWarning

from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table
from mapsto.engines.base import Engine
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Outcome, Unsupported
from mapsto.priors.base import PiecewiseQuadratic, Prior
from mapsto.rounding import gamma
from mapsto.scales import alpha_of

STRICTEST = {"tol": 1e-15, "max_iter": 200_000}


@dataclass(frozen=True, eq=False)
class Recipe:
    """A scikit-learn estimator as data.

    Attributes:
        estimator: its name in ``sklearn.linear_model``.
        params: its parameters.
        root: if given, the estimator is fitted to u in w = mean + root u: one factor for each coefficient (p,), or a
            matrix (p, p). That is how a penalty with one number serves a prior with a scale for each coefficient.
        mean: the prior mean, shape (p,), or None for zero.
        backward: relative distance from stationarity at which its own search stops, or to which the root enlarges
            rounding; 0.0 for rounding itself.
    """

    estimator: str
    params: dict[str, Any]
    root: Vector | Matrix | None = None
    mean: Vector | None = None
    backward: float = 0.0


def ridge(problem: Problem, prior_sd: float) -> float:
    """Ridge's alpha: RSS + alpha ||w||^2 has the minimiser of RSS / (2 sigma^2) + ||w||^2 / (2 prior_sd^2)."""
    return alpha_of(problem.noise_sd, prior_sd)


def lasso(problem: Problem, rate: float) -> float:
    """Lasso's alpha: the misfit is a mean, so RSS / (2 n) + alpha |w| is meant, for RSS / (2 sigma^2) + rate |w|."""
    return float(rate * problem.noise_sd**2 / problem.statistics.weight)


def elastic_net(problem: Problem, l1: float, l2: float) -> tuple[float, float]:
    """ElasticNet's alpha and l1_ratio of the penalty l1 |w| + l2 w^2 / 2; the misfit is a mean as the lasso's."""
    return lasso(problem, l1 + l2), float(l1 / (l1 + l2))


def ridge_alpha(problem: Problem, prior: Prior) -> float | None:
    """The ridge penalty that a prior amounts to, where one number says it: Normal, alike for all, at this sigma."""
    normal = prior.gaussian(problem.p)
    if normal is None or normal.root.ndim > 1 or np.ptp(normal.root) > 0:
        return None
    return ridge(problem, float(normal.root[0]))


def recipe(problem: Problem, prior: Prior) -> Recipe | Unsupported:
    """The estimator whose penalty is the prior's, or why there is none."""
    if prior.no_mode:
        return Unsupported(prior.no_mode)
    normal, family, shape = prior.gaussian(problem.p), prior.family(problem.p), prior.piecewise_quadratic(problem.p)
    if normal is not None:
        mean = normal.mean if normal.mean.any() else None
        alpha = ridge_alpha(problem, prior)
        if alpha is not None:
            return Recipe("Ridge", {"alpha": alpha}, mean=mean)
        # u is solved for; on the way back to w a matrix enlarges rounding by its condition number
        enlarged = gamma(problem.p) * float(np.linalg.cond(normal.root)) if normal.root.ndim > 1 else 0.0
        return Recipe("Ridge", {"alpha": ridge(problem, 1.0)}, root=normal.root, mean=mean, backward=enlarged)
    if family is not None and family.name == "flat":
        return Recipe("LinearRegression", {})
    found = None if shape is None else _of_shape(problem, shape)
    return found or Unsupported(f"scikit-learn has no linear model with the penalty of the {prior.label} prior.")


def _of_shape(problem: Problem, shape: PiecewiseQuadratic) -> Recipe | Unsupported | None:
    """Ridge, lasso or elastic net, with or without the edge at zero."""
    l1, l2 = shape.l1, shape.l2
    edge = {"positive": True} if shape.nonnegative else {}
    if not l1.any():
        if np.ptp(l2) or not l2.any():
            return None
        params = {"alpha": ridge(problem, float(l2[0] ** -0.5))} | edge | ({"tol": 1e-15} if edge else {})
        return Recipe("Ridge", params, backward=1e-6 if edge else 0.0)
    if not l1.all():
        return None
    # With columns times b = 1 / l1 the penalty of every one of them is |u| + l2 b^2 u^2 / 2.
    share = l2 / l1**2
    if np.ptp(np.sqrt(share)) > gamma(4) * np.sqrt(share.max()):
        return Unsupported(
            "scikit-learn's ElasticNet has one l1_ratio; these scales differ in ratio from column to column, so no "
            "rescaling of the columns makes it theirs."
        )
    root, one, two = (1 / l1, 1.0, float(share[0])) if np.ptp(l1) else (None, float(l1[0]), float(l2[0]))
    if not l2.any():
        return Recipe("Lasso", {"alpha": lasso(problem, one)} | STRICTEST | edge, root=root, backward=1e-9)
    alpha, ratio = elastic_net(problem, one, two)
    return Recipe("ElasticNet", {"alpha": alpha, "l1_ratio": ratio} | STRICTEST | edge, root=root, backward=1e-9)


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
    if problem.likelihood.name != "gaussian":
        return Unsupported(
            f"scikit-learn has no penalised linear model with the {problem.likelihood.label} likelihood."
        )
    how = recipe(problem if problem.X is not None else _rotated(problem), prior)
    return how if isinstance(how, Unsupported) else follow(how, problem)


def follow(recipe: Recipe, problem: Problem) -> Estimate:
    """Fit the estimator of a recipe."""
    from sklearn import linear_model  # here, not above: importing it takes a second
    from sklearn.exceptions import ConvergenceWarning

    start = time.perf_counter()
    at_hand = problem if problem.X is not None else _rotated(problem)
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
