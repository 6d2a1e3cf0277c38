"""What a run found, all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mapsto.agreement import Certificate
from mapsto.conjugate import GaussianPosterior
from mapsto.estimate import Estimate, Outcome, Unsupported
from mapsto.ledger import Term
from mapsto.priors.base import Prior
from mapsto.problem import Problem
from mapsto.record import (
    exact_record,
    nuts_record,
    plain,
    problem_record,
    route_record,
    uncertainty_record,
    versions,
)
from mapsto.settings import Settings
from mapsto.summary import DrawsSummary
from mapsto.uncertainty import picture

SCHEMA = 1


@dataclass(frozen=True, eq=False)
class Result:
    """Everything a run found.

    Attributes:
        problem: data and noise.
        prior: the prior over the slopes.
        outcomes: by route ("closed_form", "sklearn", "pymc"), its estimate or why there is none.
        certificate: the named checks and their verdict.
        exact: the exact posterior, or why there is none.
        summary: ArviZ's summary of the draws.
        posterior: ArviZ DataTree with the draws, the exact posterior's, and what was observed and predicted.
        ledger: every term of the log posterior at the mode.
        settings: seed, draws and chains.
        model_code: the PyMC model as a user would write it.
        made: when, in UTC.
        seconds: how long it took.
    """

    name: str
    problem: Problem
    prior: Prior
    outcomes: Mapping[str, Outcome]
    certificate: Certificate
    exact: GaussianPosterior | Unsupported
    summary: DrawsSummary
    posterior: Any
    ledger: tuple[Term, ...]
    settings: Settings
    model_code: str
    made: datetime
    seconds: float
    title: str = ""
    question: str = ""
    answer: str = ""
    command: str = ""

    @property
    def mode(self) -> Estimate:
        """The mode by the first route that has one."""
        return next(outcome for outcome in self.outcomes.values() if isinstance(outcome, Estimate))

    def record(self) -> dict[str, Any]:
        """The result as JSON-ready data (see ``schema/result.json``); numbers that are not finite become None."""
        problem, prior, exact = self.problem, self.prior, self.exact
        data: dict[str, Any] = plain(
            {
                "schema": SCHEMA,
                "name": self.name,
                "title": self.title or self.name,
                "question": self.question,
                "answer": self.answer,
                "problem": problem_record(problem, prior),
                "routes": {name: route_record(problem, prior, outcome) for name, outcome in self.outcomes.items()},
                "agreement": {
                    "passed": self.certificate.passed,
                    "digits": self.certificate.digits,
                    "checks": [
                        {
                            "name": check.name,
                            "observed": check.observed,
                            "tolerance": check.tolerance,
                            "reason": check.reason,
                            "passed": check.passed,
                        }
                        for check in self.certificate.checks
                    ],
                },
                "posterior": {
                    "exact": exact_record(exact),
                    "nuts": nuts_record(problem, self.summary),
                },
                "ledger": [vars(term) for term in self.ledger],
                "uncertainty": uncertainty_record(problem, exact),
                "picture": vars(picture(problem, prior, self.mode)),
                "model": self.model_code,
                "provenance": {
                    "command": self.command,
                    "seed": self.settings.seed,
                    "draws": self.settings.draws,
                    "chains": self.settings.chains,
                    "made": self.made.isoformat(timespec="seconds"),
                    "versions": versions(),
                    "data_sha256": problem.sha256,
                    "seconds": self.seconds,
                },
            }
        )
        return data

    def to_html(self, path: str | Path) -> Path:
        """Write the report page to ``path``."""
        from mapsto.report.page import render  # Jinja2 and its kin are wanted only now

        path = Path(path)
        path.write_text(render(self.record()), encoding="utf-8")
        return path
