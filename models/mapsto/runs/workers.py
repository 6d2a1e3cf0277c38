"""Several experiments side by side, one process for each core: what a machine has is used."""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from mapsto.engines.settings import Settings
from mapsto.errors import told
from mapsto.likelihoods.noise_priors.registry import parse_noise
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.registry import parse_likelihood
from mapsto.priors.registry import parse_prior
from mapsto.runs.imports import import_arviz_base
from mapsto.runs.lessons.discovery import choose
from mapsto.runs.lessons.experiment import Experiment
from mapsto.runs.output import Pages, clear_up, standing, write
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
        command: what to type to run it again.
        order: its place in the reading order, or None.
        neighbours: the lessons before and after.
        together: whether the lesson that it shares its common part with is run at the same time.
        pages: what makes the pages.
    """

    name: str
    asked: str
    folder: Path
    out: Path
    settings: Settings
    prior: str | None
    noise: str | None
    likelihood: str | None
    command: str
    order: int | None
    neighbours: Mapping[str, Mapping[str, str] | None]
    together: bool
    pages: Pages

    def run(self) -> Record:
        """Load the experiment and :meth:`finish` it."""
        prior = None if self.prior is None else parse_prior(self.prior)
        noise = None if self.noise is None else parse_noise(self.noise)
        likelihood = None if self.likelihood is None else parse_likelihood(self.likelihood)
        experiment = choose([self.asked], self.folder)[self.asked].under(prior, noise, likelihood)
        return self.finish(experiment, experiment.problem())

    def finish(self, experiment: Experiment, problem: Problem, stage: Stage | None = None) -> Record:
        """Run the experiment, write its files, and return its record."""
        result = experiment.run(self.settings, problem=problem, command=self.command, stage=stage)
        placed = replace(result, order=self.order, neighbours=self.neighbours)
        placed = replace(placed, shares=placed.shares if self.together else "")
        return write(placed, self.out, self.pages)


class Workers:
    """As many processes as there are cores; they warm up while their parent still looks at what was asked for."""

    def __init__(self, most: int) -> None:
        # Not forked: PyTensor's and nutpie's threads do not survive a fork.
        # Ctrl-C is the parent's from their first moment: a process takes over that it is ignored.
        usual, options = signal.signal(signal.SIGINT, signal.SIG_IGN), list(sys.warnoptions)
        try:
            if not options:  # processes inherit these: what libraries warn of is not for the user's terminal
                sys.warnoptions.append("ignore")
            self._pool = multiprocessing.get_context("spawn").Pool(min(most, os.cpu_count() or 1), _begin)
        finally:
            signal.signal(signal.SIGINT, usual)
            sys.warnoptions[:] = options

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.terminate()
        self._pool.join()

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Record]]:
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


def _numbered(numbered: tuple[int, Job]) -> tuple[int, Record]:
    try:
        return numbered[0], numbered[1].run()
    except Exception:
        raise
    except BaseException as error:  # the pool would lose this process, and wait for its answer for ever
        raise RuntimeError(told(error)) from None


def _begin() -> None:
    """What a process does first: import what takes long."""
    gc.set_threshold(100_000, 20, 100)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import_arviz_base()
    importlib.import_module("mapsto.engines.pymc.densities.coordinates")


def _end_with_parent() -> None:
    """End this process at once when the one that started it has ended, however it ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _last_time(job: Job) -> float:
    """Seconds that the same experiment took when it was last written there; none if it was not."""
    record = standing(job.out / f"{job.name}.json")
    return 0.0 if record is None else record.provenance.seconds
