"""What a run found, all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mapsto.certificate import Certificate
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.problem import Problem
from mapsto.marks import plain as unmarked
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.curves import plots_record
from mapsto.posteriors.draws import DrawnPosterior, DrawsSummary
from mapsto.posteriors.exact import ExactPosterior
from mapsto.posteriors.live import live_record
from mapsto.posteriors.predictive import picture
from mapsto.posteriors.prior_curve import prior_view, shrinkage
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.priors.normal import Normal
from mapsto.runs.lessons.figure import Figure
from mapsto.runs.record import (
    exact_record,
    noise_record,
    nuts_record,
    plain,
    point_and_posterior,
    problem_record,
    route_record,
    uncertainty_record,
    versions,
)

SCHEMA = 1


@dataclass(frozen=True, eq=False)
class Result:
    """Everything a run found.

    Attributes:
        problem: data and noise.
        prior: the prior over the slopes, as it was given.
        modes: by engine, its estimate of the mode or why there is none.
        draws: by sampling engine, its draws with their summary, or why there are none.
        labels: by engine, its name as a page has it.
        certificate: the named checks and their verdict.
        exact: the exact posterior, or why there is none.
        posterior: ArviZ DataTree with the first sampler's draws, the exact posterior's, and what was observed and
            predicted.
        ledger: every term of the log posterior at the mode.
        settings: seed, draws and chains.
        programs: by engine, the program a user would type.
        made: when, in UTC.
        seconds: how long it took.
        title, question, answer: the experiment's words.
        command: what to type to run it again.
        figures: the experiment's own, the first of which opens the page.
        order: its place in the reading order, or None for a run that is no lesson.
        neighbours: the lessons "previous" and "next" in the reading order, as {"name", "title"} or None.
    """

    name: str
    problem: Problem
    prior: Prior
    modes: Mapping[str, Outcome]
    draws: Mapping[str, DrawnPosterior | Unsupported | Failed]
    labels: Mapping[str, str]
    certificate: Certificate
    exact: ExactPosterior | Unsupported
    posterior: Any
    ledger: tuple[Term, ...]
    settings: Settings
    programs: Mapping[str, str]
    made: datetime
    seconds: float
    title: str = ""
    question: str = ""
    answer: str = ""
    command: str = ""
    figures: tuple[Figure, ...] = ()
    order: int | None = None
    neighbours: Mapping[str, Any] = field(default_factory=lambda: {"previous": None, "next": None})

    @property
    def mode(self) -> Estimate:
        """The mode by the first route that has one.

        Raises:
            BadInput: the prior has no usable mode.
        """
        if self.mode_or_none is None:
            raise BadInput(f"there is no mode under the {self.prior.label} prior: {unmarked(self.prior.no_mode)}")
        return self.mode_or_none

    @property
    def mode_or_none(self) -> Estimate | None:
        """The mode by the first route that has one, if any has."""
        return next((outcome for outcome in self.modes.values() if isinstance(outcome, Estimate)), None)

    @property
    def summary(self) -> DrawsSummary | None:
        """ArviZ's summary of the first sampler's draws, or None where nothing was drawn."""
        return next((one.summary for one in self.draws.values() if isinstance(one, DrawnPosterior)), None)

    @property
    def absolute_prior(self) -> Prior:
        """The prior of w itself at the sigma of the mode: another than ``prior`` only if that is in units of sigma."""
        return self.prior.at(self.problem.noise_sd)

    def record(self) -> dict[str, Any]:
        """The result as JSON-ready data (see ``runs/schema.json``); numbers that are not finite become None."""
        problem, exact, mode = self.problem, self.exact, self.mode_or_none
        prior = self.absolute_prior
        view = prior_view(prior)
        data: dict[str, Any] = plain(
            {
                "schema": SCHEMA,
                "name": self.name,
                "title": self.title or self.name,
                "question": self.question,
                "answer": self.answer,
                "problem": problem_record(problem, self.prior),
                "routes": {name: route_record(problem, prior, outcome) for name, outcome in self.modes.items()},
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
                "uncertainty": uncertainty_record(problem, exact, self.posterior),
                "picture": None if mode is None else vars(picture(problem, prior, mode)),
                "prior_view": vars(view),
                "point_and_posterior": point_and_posterior(problem, mode, exact, self.summary),
                "shrinkage": self._shrinkage(),
                "noise": noise_record(problem, self.summary),
                "modes": None if mode is None else {"found": mode.modes, "starts": mode.starts, "convex": prior.convex},
                "figures": [asdict(figure) for figure in self.figures],
                "live": self._live(),
                "plots": None if self.summary is None else plots_record(self.posterior, problem.features),
                "lesson": None if self.order is None else {"order": self.order} | dict(self.neighbours),
                "model": next(iter(self.programs.values()), ""),
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

    def _live(self) -> dict[str, Any] | None:
        """What a browser needs to compute the ridge posterior for other scales, where the prior is ridge's."""
        prior = self.absolute_prior
        ridge = self.problem.likelihood.has_statistics
        if not (ridge and isinstance(prior, Normal) and isinstance(prior.scale, float) and prior.mean == 0.0):
            return None
        return live_record(self.problem, prior.scale)

    def _shrinkage(self) -> dict[str, Any] | None:
        if not isinstance(self.prior, ScaleMixture) or self.summary is None:
            return None
        meaning = (
            "0 leaves a slope unchanged, 1 shrinks it to zero: the posterior mean of "
            r"$1/(1+\lVert x\rVert^2 s^2/\sigma^2)$."
        )
        return {"mean": shrinkage(self.problem, self.posterior["posterior"]), "meaning": meaning}

    def to_html(self, path: str | Path) -> Path:
        """Write the report page to ``path``."""
        from mapsto.report.page import render  # Jinja2 and its kin are wanted only now

        path = Path(path)
        path.write_text(render(self.record()), encoding="utf-8")
        return path
