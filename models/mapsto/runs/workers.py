"""Several experiments side by side, one process for each core: what a machine has is used."""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from mapsto.engines.settings import Settings
from mapsto.likelihoods.problem import Problem
from mapsto.plugins import parse_noise, parse_prior
from mapsto.runs.lessons.discovery import choose
from mapsto.runs.lessons.experiment import Experiment
from mapsto.runs.output import clear_up, write
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
        prior, noise: as the command line names them, or None for the experiment's own.
        command: what to type to run it again.
        neighbours: the lessons before and after.
    """

    name: str
    asked: str
    folder: Path
    out: Path
    settings: Settings
    prior: str | None
    noise: str | None
    command: str
    neighbours: dict[str, Any]

    def run(self) -> dict[str, Any]:
        """Load the experiment and :meth:`finish` it."""
        prior = None if self.prior is None else parse_prior(self.prior)
        noise = None if self.noise is None else parse_noise(self.noise)
        experiment = choose([self.asked], self.folder)[0].under(prior, noise)
        return self.finish(experiment, experiment.problem())

    def finish(self, experiment: Experiment, problem: Problem, stage: Stage | None = None) -> dict[str, Any]:
        """Run the experiment, write its files, and return its record."""
        result = experiment.run(self.settings, problem=problem, command=self.command, stage=stage)
        return write(replace(result, neighbours=self.neighbours), self.out)


class Workers:
    """As many processes as there are cores; they warm up while their parent still looks at what was asked for."""

    def __init__(self, most: int) -> None:
        # Not forked: PyTensor's and nutpie's threads do not survive a fork.
        # Ctrl-C is the parent's from their first moment: a process takes over that it is ignored.
        usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._pool = multiprocessing.get_context("spawn").Pool(min(most, os.cpu_count() or 1), _begin)
        finally:
            signal.signal(signal.SIGINT, usual)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.terminate()
        self._pool.join()

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, dict[str, Any]]]:
        """Run jobs side by side, the longest first; each with its record as it is done.

        Whatever stops this stops the processes too, and nothing half-written is left.
        """
        order = sorted(range(len(jobs)), key=lambda j: -_last_time(jobs[j]))
        try:
            for j, record in self._pool.imap_unordered(_numbered, [(j, jobs[j]) for j in order]):
                yield jobs[j], record
        except BaseException:
            self.__exit__()
            clear_up(jobs[0].out)
            raise


def _numbered(numbered: tuple[int, Job]) -> tuple[int, dict[str, Any]]:
    return numbered[0], numbered[1].run()


def _begin() -> None:
    """What a process does first: import what takes long."""
    gc.set_threshold(100_000, 20, 100)
    importlib.import_module("mapsto.engines.pymc.coordinates")


def _last_time(job: Job) -> float:
    """Seconds that the same experiment took when it was last written there; none if it was not."""
    try:
        record = json.loads((job.out / f"{job.name}.json").read_text(encoding="utf-8"))
        return float(record["provenance"]["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
