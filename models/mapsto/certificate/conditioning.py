"""How far rounding can move an answer, and how far from stationary an answer is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapsto.certificate import kinks
from mapsto.data.statistics import Vector
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.priors.base import Prior
from mapsto.rounding import gamma


@dataclass(frozen=True, eq=False)
class Conditioning:
    """How far rounding can move an answer.

    Attributes:
        unit: size of each column in the stacked problem, shape (p,): errors are measured in these units.
        condition: condition number of the scaled normal equations.
        backward: the backward error that rounding explains.
    """

    unit: Vector
    condition: float
    backward: float

    @classmethod
    def of(
        cls,
        problem: Problem,
        prior: Prior,
        posterior: GaussianPosterior | Unsupported,
        estimates: Sequence[Estimate] = (),
    ) -> Conditioning:
        """Take the conditioning from the posterior's own root, or from the curvature at the answers.

        The backward error is that of a Cholesky solve of the normal equations, gamma(n + 3p + 1) an entry (Higham
        2002, "Accuracy and Stability of Numerical Algorithms", theorem 10.4 and section 20.4), times the digits
        that centring a column far from zero costs.
        """
        s = problem.table.moments
        if isinstance(posterior, GaussianPosterior):
            unit, condition = posterior.unit_and_condition()
        else:
            unit, condition = _curvature(problem, prior, estimates)
        w, near = (estimates[0].coef, estimates[0].intercept) if estimates else (np.zeros(problem.p), None)
        raw = problem.likelihood.raw_sizes(problem.table, w, near)
        centring = max(1.0, float((raw / unit).max()))
        if problem.likelihood.location and s.spread:
            centring = max(centring, math.sqrt(s.weight) * abs(s.y_mean) / s.spread)
        backward = problem.rounding * centring
        return cls(unit, condition, backward)

    def within(self, *estimates: Estimate) -> float:
        """The sum of the backward errors of these answers: rounding, or where their own search stops by design."""
        return sum(max(self.backward, estimate.backward) for estimate in estimates)

    def is_unique(self, *estimates: Estimate) -> bool:
        """Whether the mode is told apart from its neighbours: else only loss and fit can be compared."""
        return self.within(*estimates) * self.condition < 1


def _curvature(problem: Problem, prior: Prior, estimates: Sequence[Estimate]) -> tuple[Vector, float]:
    """Size of each column, and condition number of the curvature among the coefficients that are not at a kink."""
    w = estimates[0].coef if estimates else np.zeros(problem.p)
    H = problem.information(w, estimates[0].intercept if estimates else None)
    if not prior.no_mode:
        H = H + prior.curvature(w)
    unit = np.sqrt(np.abs(np.diag(H)))
    unit = np.where(unit > 0, unit, 1.0)
    if problem.likelihood.kinked:
        return unit, max((kinks.condition(problem, prior, one, unit) for one in estimates), default=math.inf)
    free = (
        np.any([e.coef != 0 for e in estimates], axis=0)
        if prior.kinked and estimates
        else np.ones(problem.p, dtype=bool)
    )
    if not free.any():
        return unit, 1.0
    values = np.abs(np.linalg.eigvalsh((H / np.outer(unit, unit))[np.ix_(free, free)]))
    return unit, float(values.max() / max(values.min(), np.finfo(float).tiny))


def constant_columns(problem: Problem) -> NDArray[np.bool_]:
    """Which columns are constant, shape (p,): what centring leaves of them is rounding error of their own size."""
    s = problem.table.moments
    rounding = gamma(problem.n * (problem.p + 1)) * np.hypot(s.column_norms, math.sqrt(s.weight) * s.x_mean)
    constant: NDArray[np.bool_] = s.column_norms <= rounding
    return constant


def gradient_parts(problem: Problem, prior: Prior, w: Vector, near: float | None = None) -> Vector:
    """Size of the parts of the gradient whose sum should vanish at a mode, slope by slope, shape (p,)."""
    of_data = problem.likelihood.gradient_size(problem.table, w, near)
    constant = constant_columns(problem)
    if constant.any():
        spread = problem.table.moments.spread / problem.noise_sd
        of_data = of_data + constant * problem.likelihood.raw_sizes(problem.table, w, near) * spread
    return of_data + prior.stationarity(w, np.zeros_like(w))


def over(left: float, size: float) -> float:
    """left / size; 0.0 where nothing is left of parts that are all zero, as with columns that are."""
    return left / size if size else math.inf if left else 0.0


def backward_error(problem: Problem, prior: Prior, estimate: Estimate, unit: Vector) -> float:
    """Distance from stationarity, relative to the parts whose sum should vanish (dimensionless).

    Source: the normwise backward error of Rigal & Gaches (Higham 2002, theorem 7.1), in the columns' own units.
    """
    w, near = estimate.coef, estimate.intercept
    chosen = kinks.nearest_subgradient(problem, prior, estimate, unit) if problem.likelihood.kinked else None
    gradient = problem.data_gradient(w, near) if chosen is None else chosen.slopes(problem)
    left = prior.stationarity(w, gradient) / unit
    parts = gradient_parts(problem, prior, w, near) / unit
    constant = constant_columns(problem)  # apart from the others, which have nothing to do with their size
    groups = [group for group in (constant, ~constant) if group.any()]
    slopes = float(np.max([over(float(left[group].max()), float(parts[group].max())) for group in groups]))
    if not problem.intercept:
        return slopes
    if chosen is not None:
        return float(np.max([slopes, chosen.intercept(problem)]))
    size = problem.likelihood.intercept_size(problem.table, w, estimate.intercept)
    off = abs(problem.best_intercept(w, near) - near)
    return float(np.max([slopes, over(off, size)]))  # unlike max(), this does not lose a NaN
