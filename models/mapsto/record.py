"""A Result as plain data: the JSON contract others build on (``schema/result.json``, ``"schema": 1``)."""

from __future__ import annotations

import math
import platform
from importlib.metadata import version
from typing import Any

from mapsto.conjugate import GaussianPosterior
from mapsto.estimate import Estimate, Failed, Outcome
from mapsto.experiment import Result
from mapsto.problem import Problem
from mapsto.remarks import remarks
from mapsto.summary import DrawsSummary
from mapsto.uncertainty import (
    PROB,
    correlation,
    effective_degrees_of_freedom,
    normal_eti,
    picture,
    predictive,
    shown_rows,
)

SCHEMA = 1
LIBRARIES = ("mapsto", "pymc", "pytensor", "nutpie", "arviz", "scikit-learn", "numpy", "scipy")


def record(result: Result) -> dict[str, Any]:
    """The result as JSON-ready data; numbers that are not finite become null."""
    problem, exact = result.problem, result.exact
    plain: dict[str, Any] = _plain(
        {
            "schema": SCHEMA,
            "name": result.name,
            "title": result.title or result.name,
            "question": result.question,
            "answer": result.answer,
            "problem": _problem(result),
            "routes": {name: _route(result, outcome) for name, outcome in result.outcomes.items()},
            "agreement": {
                "passed": result.certificate.passed,
                "digits": result.certificate.digits,
                "checks": [
                    {
                        "name": check.name,
                        "observed": check.observed,
                        "tolerance": check.tolerance,
                        "reason": check.reason,
                        "passed": check.passed,
                    }
                    for check in result.certificate.checks
                ],
            },
            "posterior": {
                "exact": _exact(exact) if isinstance(exact, GaussianPosterior) else None,
                "nuts": _nuts(problem, result.summary),
            },
            "ledger": [vars(term) for term in result.ledger],
            "uncertainty": _uncertainty(problem, exact) if isinstance(exact, GaussianPosterior) else None,
            "picture": vars(picture(problem, result.prior, result.mode)),
            "model": result.model_code,
            "provenance": {
                "command": result.command,
                "seed": result.settings.seed,
                "draws": result.settings.draws,
                "chains": result.settings.chains,
                "made": result.made.isoformat(timespec="seconds"),
                "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
                "data_sha256": problem.sha256,
                "seconds": result.seconds,
            },
        }
    )
    return plain


def _problem(result: Result) -> dict[str, Any]:
    problem, prior = result.problem, result.prior
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


def _route(result: Result, outcome: Outcome) -> dict[str, Any]:
    if not isinstance(outcome, Estimate):
        status = "failed" if isinstance(outcome, Failed) else "unsupported"
        empty = dict.fromkeys(("coef", "intercept", "objective", "seconds"))
        return {"status": status, "reason": outcome.reason} | empty
    penalty = result.prior.penalty(outcome.coef)
    return {
        "status": "ok",
        "reason": None,
        "coef": outcome.coef,
        "intercept": outcome.intercept,
        "objective": result.problem.objective(outcome.coef, outcome.intercept, penalty),
        "seconds": outcome.seconds,
    }


def _exact(exact: GaussianPosterior) -> dict[str, Any]:
    mean, sd = exact.intercept_mean, exact.intercept_sd
    interval = normal_eti(exact.mean[:1] * 0 + mean, exact.sd[:1] * 0 + sd)[0]
    return {
        "mean": exact.mean,
        "sd": exact.sd,
        "eti89": normal_eti(exact.mean, exact.sd),
        "intercept": {"mean": mean, "sd": sd, "eti89": interval} if exact.problem.intercept else None,
    }


def _nuts(problem: Problem, summary: DrawsSummary) -> dict[str, Any]:
    arrays = ("mean", "sd", "eti89", "ess_bulk", "ess_tail", "r_hat", "mcse_mean")
    slopes = {name: getattr(summary, name)[: problem.p] for name in arrays}
    intercept = {name: getattr(summary, name)[-1] for name in ("mean", "sd", "eti89")} if problem.intercept else None
    return {**slopes, "divergences": summary.divergences, "intercept": intercept}


def _uncertainty(problem: Problem, exact: GaussianPosterior) -> dict[str, Any]:
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


def _plain(value: Any) -> Any:
    """``value`` with arrays as lists, tuples as lists, and NaN or infinity as None."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
