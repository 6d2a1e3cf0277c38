"""Several experiments side by side, one process for each core: what a machine has is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mapsto.engines.base import Engine
from mapsto.engines.registry import choose as engines_chosen
from mapsto.engines.registry import engine_named
from mapsto.engines.settings import Settings
from mapsto.likelihoods.noise_priors.registry import parse_learned, parse_noise
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.registry import parse_likelihood
from mapsto.priors.registry import parse_prior
from mapsto.runs.imports import import_arviz_base
from mapsto.runs.lessons.discovery import choose
from mapsto.runs.lessons.experiment import Experiment
from mapsto.runs.output import Pages, clear_up, standing, write
from mapsto.runs.pool import Pool
from mapsto.runs.record import Record
from mapsto.runs.run import Stage


@dataclass(frozen=True)
class Job:
    """One experiment to run and write: everything a process needs to know of it.

    Attributes:
        name: what its files will be called.
        asked: the experiment's name, or its script.
        folder: where the scripts are.
        out: where the reports go.
        settings: seed, draws and chains.
        prior, noise, likelihood: as the command line names them, or None for the experiment's own.
        learn: parameters of the likelihood that are learned, likewise.
        command: what to type to run it again.
        order: its place in the reading order, or None.
        neighbours: the lessons before and after.
        together: whether the lesson that it shares its common part with is run at the same time.
        pages: what makes the pages.
        engines: those that are asked as well as the ones that are by default, as the command line names them.
    """

    name: str
    asked: str
    folder: Path
    out: Path
    settings: Settings
    prior: str | None
    noise: str | None
    likelihood: str | None
    learn: tuple[str, ...]
    command: str
    order: int | None
    neighbours: Mapping[str, Mapping[str, str] | None]
    together: bool
    pages: Pages
    engines: tuple[str, ...] = ()

    def run(self) -> Record:
        """Load the experiment and :meth:`finish` it."""
        prior = None if self.prior is None else parse_prior(self.prior)
        noise = None if self.noise is None else parse_noise(self.noise)
        likelihood = None if self.likelihood is None else parse_likelihood(self.likelihood)
        experiment = choose([self.asked], self.folder)[self.asked].under(
            prior, noise, likelihood, parse_learned(self.learn)
        )
        return self.finish(experiment, experiment.problem())

    def finish(self, experiment: Experiment, problem: Problem, stage: Stage | None = None) -> Record:
        """Run the experiment, write its files, and return its record."""
        asked: list[str | type[Engine]] | None = None
        if self.engines:
            asked = [*engines_chosen(None), *map(engine_named, self.engines)]
        result = experiment.run(self.settings, problem=problem, command=self.command, stage=stage, engines=asked)
        placed = replace(result, order=self.order, neighbours=self.neighbours)
        placed = replace(placed, shares=placed.shares if self.together else "")
        return write(placed, self.out, self.pages)


class Workers(Pool):
    """As many processes as there are cores; they warm up while their parent still looks at what was asked for."""

    def __init__(self, most: int) -> None:
        super().__init__(most, _import_the_sampler)

    def results(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Record]]:
        """Run jobs side by side, the longest first; each with its record as it is done.

        Whatever stops this stops the processes too, and nothing half-written is left.

        Raises:
            BadInput: a process was killed.
        """
        order = sorted(jobs, key=lambda job: -_last_time(job))
        try:
            for j, record in self.run(Job.run, order):
                yield order[j], record
        except BaseException:
            self.__exit__()
            clear_up(jobs[0].out)
            raise


def _import_the_sampler() -> None:
    """Import what takes long, in the order that takes least."""
    import_arviz_base()
    importlib.import_module("mapsto.engines.pymc.densities.coordinates")


def _last_time(job: Job) -> float:
    """Seconds that the same experiment took when it was last written there; none if it was not."""
    record = standing(job.out / f"{job.name}.json")
    return 0.0 if record is None else record.provenance.seconds
