"""What a run found, all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from threadpoolctl import threadpool_limits

from mapsto.certificate import Certificate
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.problem import Problem
from mapsto.marks import plain
from mapsto.notebook import SHOWN, shown
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.curves import curves
from mapsto.posteriors.draws import DrawnPosterior, DrawsSummary
from mapsto.posteriors.exact import ExactPosterior
from mapsto.posteriors.fit.all_checks import Fit, fit_checks
from mapsto.posteriors.intervals import PROB
from mapsto.posteriors.predictive import picture
from mapsto.posteriors.prior_curve import prior_view
from mapsto.priors.base import Prior
from mapsto.runs.lessons.figure import Figure
from mapsto.runs.plain import struct
from mapsto.runs.record import (
    SCHEMA,
    FigureRecord,
    LessonRecord,
    PictureRecord,
    PlotsRecord,
    PriorViewRecord,
    Record,
    SearchRecord,
    TermRecord,
)
from mapsto.runs.recording.answers import agreement_record, draws_record, exact_record, mode_record
from mapsto.runs.recording.fit import fit_record
from mapsto.runs.recording.laplace import laplace_record
from mapsto.runs.recording.left_out import (
    live_record,
    point_and_posterior,
    shrinkage_record,
    uncertainty_record,
    unsettled_record,
)
from mapsto.runs.recording.problem import problem_record
from mapsto.runs.recording.provenance import provenance_record
from mapsto.runs.recording.response import response_record


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
        title, question, answer, about, do, also: the experiment's words.
        shares: the experiment whose page shows what the two have in common, or "".
        claims: names of the certificate's checks that the lesson added.
        command: what to type to run it again.
        figures: the experiment's own, the first of which opens the page.
        others: the runs that its lesson compares it with, by name; not in the record.
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
    about: str = ""
    do: str = ""
    shares: str = ""
    also: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    command: str = ""
    figures: tuple[Figure, ...] = ()
    others: Mapping[str, Result] = field(default_factory=dict)
    order: int | None = None
    neighbours: Mapping[str, Mapping[str, str] | None] = field(default_factory=lambda: {"previous": None, "next": None})

    def _repr_html_(self) -> str:
        verdict = "certified" if self.certificate.passed else "not certified"
        failed = [
            (check.name, f"observed {check.observed:.3g}, allowed {check.tolerance:.3g}")
            for check in self.certificate.checks
            if not check.passed
        ]
        rows = range(min(self.problem.p, SHOWN))
        mode = self.mode_or_none
        slopes = {j: "" if mode is None else f"mode {mode.coef[j]:.4g}" for j in rows}
        if not isinstance(self.exact, Unsupported):
            slopes = {j: f"{slopes[j]} posterior {self.exact.mean[j]:.4g} ± {self.exact.sd[j]:.4g}" for j in rows}
        elif (drawn := self.summary) is not None:
            slopes = {j: f"{slopes[j]} posterior {drawn.mean[j]:.4g} ± {drawn.sd[j]:.4g}" for j in rows}
        found = [(self.problem.features[j], text.strip()) for j, text in slopes.items()]
        return shown(f"{self.name or 'run'}: {verdict}", [*failed, *found])

    @property
    def mode(self) -> Estimate:
        """The mode by the first route that has one.

        Raises:
            BadInput: the prior has no usable mode.
        """
        if self.mode_or_none is None:
            said = next(
                (one.reason for one in self.modes.values() if not isinstance(one, Estimate)), self.prior.no_mode
            )
            raise BadInput(f"there is no mode under the {self.prior.label} prior: {plain(said)}")
        return self.mode_or_none

    @property
    def mode_or_none(self) -> Estimate | None:
        """The mode by the first route that has one, if any has."""
        return next((outcome for outcome in self.modes.values() if isinstance(outcome, Estimate)), None)

    @property
    def summary(self) -> DrawsSummary | None:
        """ArviZ's summary of the first sampler's draws, or None where nothing was drawn."""
        return next((one.summary for one in self.drawn.values()), None)

    @property
    def drawn(self) -> dict[str, DrawnPosterior]:
        """The engines that brought draws, with them."""
        return {name: one for name, one in self.draws.items() if isinstance(one, DrawnPosterior)}

    @cached_property
    def fit(self) -> Fit | None:
        """Whether the model suits the data, judged by the first sampler's draws; None where nothing was drawn."""
        if self.summary is None:
            return None
        with threadpool_limits(1):
            return fit_checks(self.problem, self.absolute_prior, self.posterior, self.settings.seed)

    @property
    def absolute_prior(self) -> Prior:
        """The prior of w itself at the sigma of the mode: another than ``prior`` only if that is in units of sigma."""
        return self.prior.at(self.problem.noise_sd)

    def record(self) -> Record:
        """The result as its record, the plain data that is written (see ``runs/record``).

        Raises:
            BadInput: a figure of the lesson holds what cannot be drawn, such as a mark at NaN.
        """
        problem, exact, mode, summary = self.problem, self.exact, self.mode_or_none, self.summary
        prior = self.absolute_prior
        view = prior_view(prior, problem.p)
        return Record(
            schema=SCHEMA,
            name=self.name,
            title=self.title or self.name,
            question=self.question,
            answer=self.answer,
            about=self.about,
            do=self.do,
            also=list(self.also),
            common=self.shares or None,
            prob=PROB,
            problem=problem_record(problem, self.prior, summary),
            modes={
                name: mode_record(self.labels[name], problem, prior, outcome) for name, outcome in self.modes.items()
            },
            draws={name: draws_record(self.labels[name], problem, outcome) for name, outcome in self.draws.items()},
            exact=exact_record(exact),
            agreement=agreement_record(self.certificate, self.claims),
            ledger=[struct(TermRecord, term) for term in self.ledger],
            uncertainty=uncertainty_record(problem, exact, self.posterior),
            # a slice is a pass for each of its points where the rows are passed over
            picture=None
            if mode is None or (problem.table.sweeps is not None and not problem.likelihood.has_statistics)
            else struct(PictureRecord, picture(problem, prior, mode)),
            prior_view=None if view is None else struct(PriorViewRecord, view),
            point_and_posterior=point_and_posterior(problem, mode, exact, summary),
            unsettled=unsettled_record(problem, mode, exact, summary),
            laplace=laplace_record(problem, prior, mode, self.drawn, self.labels),
            fit=fit_record(self.fit, self.drawn, exact),
            shrinkage=shrinkage_record(problem, self.prior, self.posterior),
            response=response_record(problem, self.posterior, self.settings.seed),
            search=None
            if mode is None
            else SearchRecord(found=mode.modes, starts=mode.starts, convex=prior.convex and problem.likelihood.convex),
            figures=[_figure(figure) for figure in self.figures],
            live=live_record(problem, prior),
            plots=None
            if summary is None
            else struct(PlotsRecord, curves({name: one.tree for name, one in self.drawn.items()}, problem.features)),
            lesson=self._lesson(),
            programs=dict(self.programs),
            provenance=provenance_record(problem, self.settings, self.command, self.made, self.seconds),
        )

    def _lesson(self) -> LessonRecord | None:
        return None if self.order is None else struct(LessonRecord, {"order": self.order, **self.neighbours})

    def to_html(self, path: str | Path) -> Path:
        """Write the report page to ``path``."""
        from mapsto.report.page import render  # Jinja2 and its kin are wanted only now

        path = Path(path)
        path.write_text(render(self.record()), encoding="utf-8")
        return path


def _figure(figure: Figure) -> FigureRecord:
    try:
        return struct(FigureRecord, figure)
    except msgspec.ValidationError as error:
        raise BadInput(f"the figure {figure.title!r} holds what no figure can: {error}") from error
