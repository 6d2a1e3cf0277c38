"""The parts of a Result as plain data: the JSON contract others build on (``runs/schema.json``)."""

from __future__ import annotations

import math
import platform
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from mapsto.data.diagnostics import remarks
from mapsto.data.statistics import Vector
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.draws import DrawsSummary
from mapsto.posteriors.exact import ExactPosterior
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.predictive import (
    PROB,
    correlation,
    effective_degrees_of_freedom,
    predictive,
    predictive_of_draws,
    shown_rows,
)
from mapsto.priors.base import Prior

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
        "weights": None if problem.weights is None else _weights_record(problem.weights),
        "prior": {
            "name": prior.name,
            "label": prior.label,
            "params": prior.params,
            "formula": prior.formula,
            "penalty": prior.penalty_formula,
            "constant": prior.constant_formula,
            "reference": prior.reference,
            "paragraph": prior.paragraph,
        },
        "alpha": prior.alpha(problem) if problem.likelihood.has_statistics else None,
        "notes": remarks(problem.table),
    }


def _weights_record(weights: Vector) -> dict[str, float]:
    return {"total": float(weights.sum()), "least": float(weights.min()), "most": float(weights.max())}


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


def exact_record(exact: ExactPosterior | Unsupported) -> dict[str, Any] | None:
    """The exact posterior, where there is one."""
    if isinstance(exact, Unsupported):
        return None
    intercept = {"mean": exact.intercept_mean, "sd": exact.intercept_sd, "eti89": exact.intercept_eti(PROB)}
    return {
        "mean": exact.mean,
        "sd": exact.sd,
        "eti89": exact.eti(PROB),
        "intercept": intercept if exact.problem.intercept else None,
        "log_evidence": exact.log_evidence,
    }


def nuts_record(problem: Problem, summary: DrawsSummary | None) -> dict[str, Any] | None:
    """ArviZ's summary of the draws: slopes, then the intercept and the learned scales apart."""
    if summary is None:
        return None
    arrays = ("mean", "median", "sd", "eti89", "ess_bulk", "ess_tail", "r_hat", "mcse_mean")
    p = problem.p
    slopes = {name: getattr(summary, name)[:p] for name in arrays}
    intercept = {name: getattr(summary, name)[p] for name in arrays} if problem.intercept else None
    first = p + problem.intercept
    scales = {
        scalar: {name: getattr(summary, name)[first + j] for name in arrays} for j, scalar in enumerate(summary.scalars)
    }
    return {**slopes, "divergences": summary.divergences, "intercept": intercept, "scales": scales}


def noise_record(problem: Problem, summary: DrawsSummary | None) -> dict[str, Any]:
    """Where sigma is from: known, plugged in, or learned, with what is then known of it."""
    sigma = problem.sigma
    how = None if sigma is None else sigma.how
    if problem.noise_prior is None:
        return {"kind": None if sigma is None else sigma.kind, "how": how, "prior": None, "posterior": None}
    noise, learned = problem.noise_prior, nuts_record(problem, summary)
    prior = {"name": noise.name, "label": noise.label, "params": noise.params}
    prior |= {"formula": noise.formula, "reference": noise.reference}
    posterior = learned["scales"].get("sigma") if learned else None
    return {"kind": "learned", "how": how, "prior": prior, "posterior": posterior}


def best_known(exact: ExactPosterior | Unsupported, summary: DrawsSummary) -> tuple[Vector, Vector, Vector]:
    """Means, medians and sds, the slopes first: exact where they are known so, else of the draws."""
    if isinstance(exact, Unsupported):
        return summary.mean, summary.median, summary.sd
    return exact.mean, exact.mean if isinstance(exact, GaussianPosterior) else summary.median, exact.sd


def point_and_posterior(
    problem: Problem, mode: Estimate | None, exact: ExactPosterior | Unsupported, summary: DrawsSummary | None
) -> list[dict[str, Any]] | None:
    """Each coefficient's mode beside the middle of its posterior: exact where that is known, else from the draws."""
    if summary is None:
        return None
    mean, median, sd = best_known(exact, summary)
    return [
        {
            "feature": name,
            "mode": None if mode is None else mode.coef[j],
            "mean": mean[j],
            "median": median[j],
            "sd": sd[j],
            "exactly_zero": mode is not None and bool(mode.coef[j] == 0),
        }
        for j, name in enumerate(problem.features)
    ]


def uncertainty_record(problem: Problem, exact: ExactPosterior | Unsupported, tree: Any) -> dict[str, Any] | None:
    """What the point estimate leaves out: exactly where the posterior is known so, else from its draws."""
    drawn = "posterior" in tree.children
    if isinstance(exact, Unsupported) and not drawn:
        return None
    if isinstance(exact, Unsupported):
        covariance = np.atleast_2d(np.cov(tree["posterior"]["w"].to_numpy().reshape(-1, problem.p).T))
    else:
        covariance = exact.covariance
    gaussian = isinstance(exact, GaussianPosterior)
    predicted = predictive(problem, exact) if isinstance(exact, GaussianPosterior) else None
    if predicted is None and drawn:
        predicted = predictive_of_draws(problem, tree)
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
        "effective_degrees_of_freedom": effective_degrees_of_freedom(exact) if gaussian else None,  # type: ignore[arg-type]
        "correlation": correlation(covariance),
        "predictive": rows,
    }


@cache
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
