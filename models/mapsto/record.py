"""The parts of a Result as plain data: the JSON contract others build on (``schema/result.json``)."""

from __future__ import annotations

import math
import platform
from importlib.metadata import version
from typing import Any

from mapsto.conjugate import GaussianPosterior
from mapsto.estimate import Estimate, Failed, Outcome, Unsupported
from mapsto.priors.base import Prior
from mapsto.problem import Problem
from mapsto.remarks import remarks
from mapsto.summary import DrawsSummary
from mapsto.uncertainty import (
    PROB,
    correlation,
    effective_degrees_of_freedom,
    normal_eti,
    predictive,
    shown_rows,
)

LIBRARIES = ("mapsto", "pymc", "pytensor", "nutpie", "arviz", "scikit-learn", "numpy", "scipy")


def problem_record(problem: Problem, prior: Prior) -> dict[str, Any]:
    """The data and the prior."""
    return {
        "n": problem.n,
        "p": problem.p,
        "features": problem.features,
        "target": problem.target,
        "intercept": problem.intercept,
        "noise_sd": problem.noise_sd,
        "prior": {
            "name": prior.name,
            "params": prior.params,
            "formula": prior.formula,
            "penalty": prior.penalty_formula,
            "reference": prior.reference,
        },
        "alpha": prior.alpha(problem),
        "notes": remarks(problem),
    }


def route_record(problem: Problem, prior: Prior, outcome: Outcome) -> dict[str, Any]:
    """What one route brought back."""
    if not isinstance(outcome, Estimate):
        status = "failed" if isinstance(outcome, Failed) else "unsupported"
        empty = dict.fromkeys(("coef", "intercept", "objective", "seconds"))
        return {"status": status, "reason": outcome.reason} | empty
    penalty = prior.penalty(outcome.coef)
    return {
        "status": "ok",
        "reason": None,
        "coef": outcome.coef,
        "intercept": outcome.intercept,
        "objective": problem.objective(outcome.coef, outcome.intercept, penalty),
        "seconds": outcome.seconds,
    }


def exact_record(exact: GaussianPosterior | Unsupported) -> dict[str, Any] | None:
    """The exact posterior, where there is one."""
    if isinstance(exact, Unsupported):
        return None
    mean, sd = exact.intercept_mean, exact.intercept_sd
    interval = normal_eti(exact.mean[:1] * 0 + mean, exact.sd[:1] * 0 + sd)[0]
    return {
        "mean": exact.mean,
        "sd": exact.sd,
        "eti89": normal_eti(exact.mean, exact.sd),
        "intercept": {"mean": mean, "sd": sd, "eti89": interval} if exact.problem.intercept else None,
    }


def nuts_record(problem: Problem, summary: DrawsSummary) -> dict[str, Any]:
    """ArviZ's summary of the draws: slopes, then the intercept apart."""
    arrays = ("mean", "sd", "eti89", "ess_bulk", "ess_tail", "r_hat", "mcse_mean")
    slopes = {name: getattr(summary, name)[: problem.p] for name in arrays}
    intercept = {name: getattr(summary, name)[-1] for name in arrays} if problem.intercept else None
    return {**slopes, "divergences": summary.divergences, "intercept": intercept}


def uncertainty_record(problem: Problem, exact: GaussianPosterior | Unsupported) -> dict[str, Any] | None:
    """What the point estimate leaves out, where the posterior is known exactly."""
    if isinstance(exact, Unsupported):
        return None
    predicted = predictive(problem, exact)
    rows = None
    if predicted is not None and problem.y is not None:
        rows = {
            "prob": PROB,
            "coverage": predicted.coverage,
            "rows": [
                {
                    "row": row,
                    "observed": problem.y[row],
                    "mean": predicted.mean[row],
                    "sd": predicted.sd[row],
                    "eti89": predicted.eti89[row],
                }
                for row in shown_rows(predicted)
            ],
        }
    return {
        "effective_degrees_of_freedom": effective_degrees_of_freedom(exact),
        "correlation": correlation(exact),
        "predictive": rows,
    }


def versions() -> dict[str, str]:
    """The libraries that the numbers depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def plain(value: Any) -> Any:
    """``value`` with arrays as lists, tuples as lists, and NaN or infinity as None."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
