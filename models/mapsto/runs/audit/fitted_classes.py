"""Multinomial logistic regression: the mode of a fit to several classes, certified; there is no posterior of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mapsto.certificate import Check
from mapsto.conventions import NotAPrior, prior_of
from mapsto.data.numbers import real_numbers
from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.direct.classes import LARGEST, ClassesProblem, solve_classes
from mapsto.errors import BadInput
from mapsto.rounding import gamma
from mapsto.runs.audit.fitted_response import class_weighted

FTOL = 64 * 2.0**-52  # lbfgs stops too where a step gains no more than this share of the mean loss
STOPS = ("lbfgs", "newton-cg", "newton-cholesky")
"""Solvers that stop where no slope of the mean loss exceeds tol."""


@dataclass(frozen=True, eq=False)
class MultinomialMode:
    """The mode that a fit to several classes is held against.

    Attributes:
        classes: the labels, in the order of the rows.
        coef: slopes, shape (K, p), in log-odds per unit of a column.
        intercept: shape (K,), with sum zero; zeros where the fit has none.
        digits: decimal digits that the fit's slopes share with the mode, relative to the largest.
        checks: that the mode is stationary to rounding, that it is the only one, and that the fit is it as far as its
            search went.
        not_there: what is not known of it here.
    """

    classes: tuple[Any, ...]
    coef: Matrix
    intercept: Vector
    digits: float
    checks: tuple[Check, ...]
    not_there: ClassVar[str] = (
        "Of several classes only the prior and the mode are known here: there is no posterior, no interval, no "
        "evidence and no page."
    )

    @property
    def certified(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


def multinomial_mode(fitted: Any, X: Any, y: Any, sample_weight: Any = None) -> MultinomialMode:
    """The mode of the posterior that scikit-learn's LogisticRegression of three classes or more searches for.

    Args:
        fitted: LogisticRegression after ``fit``, with an l2 penalty.
        X: the table it was fitted to, shape (n, p).
        y: its labels, shape (n,).
        sample_weight: its weights, shape (n,).

    Raises:
        BadInput: two classes (``audit`` has all of these); another estimator; no penalty or an l1 penalty; labels that
            are no class of the fit; more coefficients than are solved for at once.
    """
    read = prior_of(fitted, X=X, sample_weight=sample_weight)
    labels, rows = np.asarray(y).ravel(), real_numbers(X, "X")
    classes = np.asarray(getattr(fitted, "classes_", ()))
    if isinstance(read, NotAPrior) or read.likelihood != "bernoulli" or not hasattr(fitted, "solver"):
        raise BadInput(
            f"multinomial_mode takes a LogisticRegression, and a {type(fitted).__name__} came; scale X before the fit "
            "instead of in a pipeline"
        )
    if len(classes) < 3:
        raise BadInput("the fit tells two classes apart; audit(fitted, X, y) has its mode and its posterior")
    if read.intercept == "penalised" or any(read.l1) or not all(read.l2):
        raise BadInput("multinomial_mode takes an l2 penalty on the slopes alone; fit with it, and with solver='lbfgs'")
    if not np.isin(labels, classes).all() or len(labels) != len(rows):
        raise BadInput("y holds other labels, or another number of them, than the fit and X; pass its own X and y")
    K, p = len(classes), rows.shape[1]
    if K * (p + 1) > LARGEST:
        raise BadInput(f"{K} classes times {p + 1} coefficients are more than {LARGEST}, which is most at once")
    weights = None if sample_weight is None else np.ravel(real_numbers(sample_weight, "sample_weight"))
    q = class_weighted(fitted, labels, weights)
    problem = ClassesProblem(
        rows,
        np.searchsorted(classes, labels).astype(float),
        np.ones(len(rows)) if q is None else q,
        np.reshape(read.l2, (K, p)),
        intercept=read.intercept == "free",
    )
    mode = solve_classes(problem)
    w = np.column_stack([fitted.coef_, fitted.intercept_]) if problem.intercept else np.asarray(fitted.coef_)
    left = float(np.abs(problem.gradient(w)[0]).max()) / float(problem.q.sum())
    at = np.column_stack([mode.coef, mode.intercept]) if problem.intercept else mode.coef
    bends = np.linalg.eigvalsh(problem.hessian(at))
    apart = float(np.abs(fitted.coef_ - mode.coef).max() / np.abs(mode.coef).max())
    rounding = gamma(len(rows) + 4 * p + 2 * K)
    checks = [
        Check(
            "the-mode-is-stationary",
            mode.backward,
            rounding,
            "The gradient of the log posterior over the size of its parts; the rounding of the sums over rows.",
        ),
        Check(
            "it-is-the-only-one",
            rounding * float(bends[-1]) / float(bends[int(problem.intercept)]),
            1.0,
            "Rounding over the least second derivative of the log posterior, which is concave; one number added to all "
            "intercepts, which changes nothing, is left out.",
        ),
    ]
    if fitted.solver in STOPS:
        total = float(problem.q.sum())
        gain = FTOL * max(1.0, problem.value(at) / total) if fitted.solver == "lbfgs" else 0.0
        checks.append(
            Check(
                "fit-is-the-mode",
                left,
                max(float(fitted.tol), math.sqrt(2 * gain * float(bends[-1]) / total)) + rounding,
                f"The steepest slope of the mean loss at the fit; {fitted.solver} stops at tol"
                f"{', or where a step gains next to nothing' if gain else ''}.",
            )
        )
    return MultinomialMode(
        tuple(classes.tolist()),
        mode.coef,
        mode.intercept,
        math.inf if apart == 0 else -math.log10(apart),
        tuple(checks),
    )
