"""The mode as scikit-learn's estimator finds it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.linalg import LinAlgWarning

from mapsto.conventions.libraries.sklearn.choice import estimator_for, glm_for
from mapsto.conventions.rates import Rates
from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table
from mapsto.engines.base import Engine
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Outcome, Unsupported
from mapsto.priors.base import Gaussian, PiecewiseQuadratic, Prior
from mapsto.rounding import gamma
from mapsto.scales import alpha_of


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


def ridge_alpha(problem: Problem, prior: Prior) -> float | None:
    """The ridge penalty that a prior amounts to, where one number says it: Normal, alike for all, at this sigma."""
    normal = prior.gaussian(problem.p)
    if not problem.likelihood.has_statistics or normal is None or normal.root.ndim > 1 or np.ptp(normal.root) > 0:
        return None
    return alpha_of(problem.noise_sd, float(normal.root[0]))


def recipe(problem: Problem, prior: Prior) -> Recipe | Unsupported:
    """The estimator whose penalty is the prior's, or why there is none; its numbers are the convention's."""
    if prior.no_mode:
        return Unsupported(prior.no_mode)
    linear = problem.likelihood.name == "gaussian"
    normal, shape, root, mean = prior.gaussian(problem.p), prior.piecewise_quadratic(problem.p), None, None
    if normal is not None:
        mean = normal.mean if normal.mean.any() else None
        shape, root = _of_normal(normal)
    elif shape is not None:
        if not (shape.symmetric or shape.nonnegative):
            return Unsupported(
                "scikit-learn's penalties are the same for a slope and for minus it; the ones of this prior are not."
            )
        evened = _evened(shape)
        if isinstance(evened, Unsupported):
            return evened
        shape, root = evened
    if shape is None:
        return Unsupported(f"scikit-learn has no linear model with the penalty of the {prior.label} prior.")
    rates = Rates.of(shape, problem.likelihood.dispersion, "free" if problem.intercept else "none")
    found = estimator_for(rates) if linear else glm_for(rates, problem.likelihood)
    if isinstance(found, Unsupported):
        return found
    name, convention = found
    if mean is not None and not linear:
        return Unsupported(f"scikit-learn's {name} shrinks to zero and takes no offset, and this prior has a mean.")
    own = convention.from_rates(rates, **convention.units(n=problem.table.moments.weight))
    params, backward = convention.strict(own)
    params |= {key: value for key, value in problem.likelihood.params.items() if key == "quantile"}
    if root is not None and root.ndim > 1:  # on the way back from u to w a matrix enlarges rounding by its condition
        backward = max(backward, gamma(problem.p) * float(np.linalg.cond(root)))
    return Recipe(name, params, root, mean, backward)


def _of_normal(normal: Gaussian) -> tuple[PiecewiseQuadratic, Vector | Matrix | None]:
    """One penalty for all of u in w = mean + root u, and that root; none where the slopes are alike anyway."""
    p = len(normal.mean)
    if normal.root.ndim == 1 and np.ptp(normal.root) == 0:
        return PiecewiseQuadratic(np.zeros(p), normal.root**-2.0), None
    return PiecewiseQuadratic(np.zeros(p), np.ones(p)), normal.root


def _evened(shape: PiecewiseQuadratic) -> tuple[PiecewiseQuadratic | None, Vector | None] | Unsupported:
    """The same penalty with one rate for all columns, and the factor of each column that makes it so."""
    l1, l2 = shape.l1, shape.l2
    if not np.ptp(l1) and not np.ptp(l2):
        return shape, None
    scales = 1 / l1 if l1.all() else l2**-0.5 if l2.all() and not l1.any() else None
    if scales is None:
        return None, None
    one, two = l1 * scales, l2 * scales**2
    if np.ptp(np.sqrt(two)) > gamma(4) * np.sqrt(two.max()):
        return Unsupported(
            "scikit-learn's ElasticNet has one l1_ratio; these scales differ in ratio from column to column, so no "
            "rescaling of the columns makes it theirs."
        )
    p = len(l1)
    return PiecewiseQuadratic(np.full(p, one[0]), np.full(p, two[0]), shape.nonnegative), scales


class Sklearn(Engine):
    """The estimator of scikit-learn whose penalty the prior is."""

    name: ClassVar[str] = "sklearn"
    label: ClassVar[str] = "scikit-learn"
    summary: ClassVar[str] = "the estimator whose penalty the prior is, fitted to the rows as a user would"

    def mode(self, near: Sequence[Estimate] = ()) -> Outcome:
        """See :class:`Engine`."""
        del near
        problem = self.question.problem
        if problem.X is None and not problem.likelihood.has_statistics:
            return Unsupported(
                f"scikit-learn needs all rows in memory under the {problem.likelihood.label} likelihood, and these are "
                "read a piece at a time."
            )
        return fit(self.question.at_point, self.question.absolute)


def fit(problem: Problem, prior: Prior) -> Estimate | Unsupported:
    """Fit the estimator whose penalty the prior is, on the rows as a user would.

    Where the rows are gone it is fitted on the rotated rows [R z], which carry the same loss.
    """
    how = recipe(problem if problem.X is not None else _rotated(problem), prior)
    return how if isinstance(how, Unsupported) else follow(how, problem)


def follow(recipe: Recipe, problem: Problem) -> Estimate | Unsupported:
    """Fit the estimator of a recipe."""
    from sklearn import linear_model  # imported late: it takes a second
    from sklearn.exceptions import ConvergenceWarning

    start = time.perf_counter()
    at_hand = problem if problem.X is not None else _rotated(problem)
    assert at_hand.X is not None
    assert at_hand.y is not None
    mean = np.zeros(problem.p) if recipe.mean is None else recipe.mean
    estimator = getattr(linear_model, recipe.estimator)(**recipe.params)
    with warnings.catch_warnings():
        # SciPy warns of a condition number that rescaling a column would mend, and coordinate descent that it stopped
        # at rounding error instead of below it; the certificate judges the answer.
        warnings.simplefilter("ignore", LinAlgWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        rows, response, weights = _times(at_hand.X, recipe.root), at_hand.y - at_hand.X @ mean, at_hand.weights
        if problem.likelihood.name == "binomial":
            rows, response, weights = _trials(rows, response, at_hand.table.q)
        with np.errstate(all="ignore"):  # a step of its search may go where a mean overflows; it turns back by itself
            estimator.fit(rows, response, sample_weight=weights)
    if recipe.params.get("solver") == "saga" and np.max(estimator.n_iter_) >= recipe.params["max_iter"]:
        return Unsupported(
            f"scikit-learn's solver saga did not reach its end in {recipe.params['max_iter']:,} sweeps over the rows; "
            "columns of about the same size, centred, need fewer."
        )
    found = np.ravel(np.asarray(estimator.coef_, dtype=np.float64))
    coef = mean + _times(found, None if recipe.root is None else recipe.root.T)
    own = float(np.ravel(estimator.intercept_)[0])
    intercept = own if at_hand is problem else problem.statistics.best_intercept(coef)
    if recipe.params.get("solver") == "saga" and problem.intercept:
        off = abs(problem.best_intercept(coef, intercept) - intercept)
        if off > recipe.backward * problem.likelihood.intercept_size(problem.table, coef, intercept):
            return Unsupported(
                "scikit-learn's solver saga stops once the slopes stand still, and its intercept had not arrived: it "
                f"is {off:.2g} from the best one for these slopes."
            )
    return Estimate(coef, intercept, time.perf_counter() - start, backward=recipe.backward)


def _trials(rows: Matrix, share: Vector, trials: Vector) -> tuple[Matrix, Vector, Vector]:
    """Counts of successes as a classifier takes them: each row as a one and as a zero, weighted by how often it was."""
    weights = np.append(trials * share, trials * (1 - share))
    some = weights > 0
    labels = np.repeat([1.0, 0.0], len(share))
    return np.vstack([rows, rows])[some], labels[some], weights[some]


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
