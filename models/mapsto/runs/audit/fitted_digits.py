"""How many digits a fit's search left of the mode, and the setting that gets them back, tried out."""

from __future__ import annotations

import warnings
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.certificate import Conditioning
from mapsto.conventions import ImpliedPrior, prior_of
from mapsto.conventions.base import Params
from mapsto.conventions.registry import convention_of
from mapsto.data.statistics import Vector
from mapsto.engines.direct.solve import solve
from mapsto.likelihoods.problem import Problem
from mapsto.marks import literal, number
from mapsto.outcome import Estimate
from mapsto.priors.base import Prior
from mapsto.rounding import digits
from mapsto.runs.audit.fitted_check import NO_FORMULA, seen_by_last
from mapsto.runs.audit.fitted_response import last_step

MOST_WORK = 10**9  # rows times columns times sweeps of a search that is tried out
CLOSE = 9.0  # digits beyond which there is nothing to tell


@dataclass(frozen=True)
class Digits:
    """Significant digits of the slopes that a fit shares with the mode, relative to the largest in its column's sd.

    Attributes:
        kept: of the fit.
        setting: parameters with which its search goes on as long as it can, as they are typed; "" where none are known.
        regained: of the same estimator fitted anew with them, or None where that was not tried.
        comparable: False where other slopes may be equally good, so that no digits need be shared.
    """

    kept: float
    setting: str = ""
    regained: float | None = None
    comparable: bool = True

    @property
    def words(self) -> str:
        """Both, in a sentence or two."""
        if not self.comparable:
            return "Other slopes may be as probable as its own, so its digits are not compared with those of one mode."
        kept = number(self.kept, 2) if self.kept >= 1 else "no"
        said = f"Its slopes share {kept} digits with the mode found here."
        if self.regained is None:
            return said
        return f"{said} Fitted again with {literal(self.setting)} they share {number(self.regained, 2)}."


def digits_kept(
    fitted: Any, X: Any, y: Any, sample_weight: Any, problem: Problem, prior: Prior, own: Vector
) -> Digits | None:
    """How near a fit is to the mode, and how near the same estimator is with its strictest search.

    Args:
        fitted: after ``fit``, or a pipeline.
        X: the table it was fitted to, shape (n, p).
        y: its response as it was passed.
        sample_weight: likewise.
        problem: what it was read as.
        prior: likewise.
        own: its slopes, in raw units, shape (p,).

    Returns:
        None where no mode was found to compare with.
    """
    mode = solve(problem, prior)
    if not isinstance(mode, Estimate):
        return None
    unit = problem.statistics.column_norms

    def shared(slopes: Vector) -> float:
        size = float(np.abs(mode.coef * unit).max())
        apart = float(np.abs((slopes - mode.coef) * unit).max())
        return digits(apart / size if size else apart)

    kept = shared(own)
    if problem.likelihood.kinked:
        unique = Conditioning.of(problem, prior, NO_FORMULA, [mode]).is_unique(mode)
        return Digits(kept, comparable=unique)  # its solver ends at a vertex: no setting gets digits back
    setting = {} if kept > CLOSE else _strictest(fitted, problem)
    if not setting:
        return Digits(kept)
    again = _refitted(fitted, X, y, sample_weight, setting)
    typed = ", ".join(f"{name}={value!r}" for name, value in setting.items())
    return Digits(kept, typed, None if again is None else shared(again))


def _strictest(fitted: Any, problem: Problem) -> Params:
    """The parameters of its longest search, where they are known and cheap enough to try."""
    last = last_step(fitted)
    convention = convention_of(last)
    setting = {} if convention is None else convention.longest_search(last)
    sweeps = setting.get("max_iter", 1) if setting.get("solver") == "saga" else 1
    return setting if problem.n * problem.p * sweeps <= MOST_WORK else {}


def _refitted(fitted: Any, X: Any, y: Any, sample_weight: Any, setting: Params) -> Vector | None:
    """The slopes of the same estimator, in raw units, once its last step was fitted anew; None where it refuses."""
    from sklearn.base import clone  # imported late: it came with the fit

    last, seen = seen_by_last(fitted, X)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is asked for more than it promises; what comes of it is measured
            made = clone(last).set_params(**setting).fit(seen, y, sample_weight=sample_weight)
    except (ValueError, TypeError, np.linalg.LinAlgError):
        return None
    whole = made
    if hasattr(fitted, "steps"):
        whole = copy(fitted)
        whole.steps = [*fitted.steps[:-1], (fitted.steps[-1][0], made)]
    read = prior_of(whole, X=X, sample_weight=sample_weight)
    return None if not isinstance(read, ImpliedPrior) or read.mode is None else np.asarray(read.mode)
