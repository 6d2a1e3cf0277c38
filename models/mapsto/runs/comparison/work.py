"""What is asked of one engine: to show that its density is this posterior's, and to sample it. Here or in a process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from threadpoolctl import threadpool_limits

from mapsto.certificate.gate import Gate, gate
from mapsto.data.statistics import Matrix
from mapsto.engines.base import Engine
from mapsto.engines.question import Question
from mapsto.engines.registry import engine_named
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput, one_line, told
from mapsto.marks import literal
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.draws import Cost
from mapsto.posteriors.exact import no_integral
from mapsto.posteriors.joint.point import learned_scales
from mapsto.runs.comparison.asked import Asked
from mapsto.runs.comparison.process import alone

KEPT = ("diverging", "energy")


@dataclass(frozen=True)
class Admission:
    """What one engine showed before any of its draws.

    Attributes:
        gate: the verdict on its density; None where it neither states one nor samples.
        mode: its mode, or why there is none; None where it does not look for one.
        program: what a user would type, or None.
    """

    gate: Gate | Unsupported | Failed | None
    mode: Outcome | None
    program: str | None


@dataclass(frozen=True, eq=False)
class Sampled:
    """Draws of every parameter, in the order of :func:`parameters`.

    Attributes:
        draws: shape (chains, draws, parameters).
        statistics: ``diverging`` and ``energy`` where the sampler has them, shape (chains, draws).
        cost: what they cost, as far as the engine can tell.
        memory: the most that the process held at once, in bytes.
    """

    draws: Matrix
    statistics: Mapping[str, Any]
    cost: Cost
    memory: int | None = None


class Runner(Protocol):
    """Who asks the engines."""

    @property
    def threads(self) -> str:
        """How many threads an engine has, in a sentence."""

    def admit(self, engine: str, seed: int) -> Admission | Failed:
        """Have the engine pass the gate."""

    def sample(self, engine: str, how: Settings, mode: Estimate | None) -> Sampled | Unsupported | Failed:
        """Have it sample, from nothing: it compiles anew."""


@dataclass(frozen=True)
class Here:
    """Asks engines in this process: for tests and for use from Python. Memory is not told apart."""

    question: Question
    kinds: Mapping[str, type[Engine]]
    threads: str = "In one process with one BLAS thread; memory is not told apart."

    def admit(self, engine: str, seed: int) -> Admission | Failed:
        """See :class:`Runner`."""
        with threadpool_limits(1):
            return _attempt(lambda: admission(self.question, self.kinds[engine], seed))

    def sample(self, engine: str, how: Settings, mode: Estimate | None) -> Sampled | Unsupported | Failed:
        """See :class:`Runner`."""
        with threadpool_limits(1):
            return _attempt(lambda: sampled(self.question, self.kinds[engine], how, mode))


@dataclass(frozen=True)
class Apart:
    """Asks each engine, each time, in a process of its own that may use so many cores.

    ``engines`` has their names, and how the command line names each.
    """

    asked: Asked
    engines: Mapping[str, str]
    cores: int = 1

    @property
    def threads(self) -> str:
        """See :class:`Runner`."""
        cores = f"{self.cores} core{'s' * (self.cores > 1)}"
        can = hasattr(os, "sched_setaffinity")
        return (
            "Each engine and repeat ran in a process of its own, one at a time, with one thread in each pool of BLAS, "
            f"OpenMP, Numba and XLA, {'and was held to' if can else 'on a system that cannot hold it to'} {cores}."
        )

    def admit(self, engine: str, seed: int) -> Admission | Failed:
        """See :class:`Runner`."""
        if not engine_named(self.engines[engine]).samples():  # nothing of it is timed: it may be asked here
            with threadpool_limits(1):
                return _attempt(lambda: _admit(self.asked, self.engines[engine], seed))
        found, _ = alone(_admit, self.asked, self.engines[engine], seed, cores=self.cores)
        return cast("Admission | Failed", found)

    def sample(self, engine: str, how: Settings, mode: Estimate | None) -> Sampled | Unsupported | Failed:
        """See :class:`Runner`."""
        found, memory = alone(_sample, self.asked, self.engines[engine], how, mode, cores=self.cores)
        if isinstance(found, Sampled):
            return Sampled(found.draws, found.statistics, found.cost, memory)
        return cast("Unsupported | Failed", found)


def _admit(asked: Asked, engine: str, seed: int) -> Admission:
    return admission(asked.subject().question(), engine_named(engine), seed)


def _sample(asked: Asked, engine: str, how: Settings, mode: Estimate | None) -> Sampled | Unsupported | Failed:
    return sampled(asked.subject().question(), engine_named(engine), how, mode)


def _attempt[T](ask: Callable[[], T]) -> T | Failed:
    try:
        return ask()
    except (BadInput, KeyboardInterrupt):
        raise
    except BaseException as error:  # an engine or its library may raise anything: told, never lost
        return Failed(literal(one_line(told(error))))


def parameters(question: Question) -> tuple[str, ...]:
    """The names of what is compared: slopes, the intercept if there is one, learned scales."""
    names = [str(name) for name in question.problem.features]
    if question.problem.intercept:
        names.append("intercept")
    return (*names, *learned_scales(question.problem, question.prior))


def admission(question: Question, kind: type[Engine], seed: int) -> Admission:
    """The gate, the mode and the program of one engine."""
    engine = kind(question)
    verdict = gate(question, engine, seed) if kind.samples() or kind.states_density() else None
    mode: Outcome | None = None
    if kind.finds_mode() and not isinstance(verdict, Failed) and not (isinstance(verdict, Gate) and not verdict.passed):
        mode = Unsupported(question.no_mode) if question.no_mode else _attempt(engine.mode)
    return Admission(verdict, mode, engine.program())


def sampled(
    question: Question, kind: type[Engine], how: Settings, mode: Estimate | None
) -> Sampled | Unsupported | Failed:
    """The draws of one engine that has passed the gate."""
    if (improper := no_integral(question.problem, question.prior)) is not None:
        return improper
    if not question.prior.proper and question.no_mode:
        return Unsupported(question.no_mode)  # a likelihood that runs off leaves nothing to draw from
    found = kind(question).draws(how, mode)
    if isinstance(found, Unsupported | Failed):
        return found
    names = ["w", *(["b"] if question.problem.intercept else []), *learned_scales(question.problem, question.prior)]
    absent = [name for name in names if name not in found.variables]
    if absent:
        return Failed(f"It brought no draws of {', '.join(absent)}")
    parts = [np.asarray(found.variables[name], dtype=np.float64) for name in names]
    draws = np.concatenate([one if one.ndim == 3 else one[:, :, np.newaxis] for one in parts], axis=2)
    if not np.isfinite(draws).all():
        return Failed("Some of its draws are not finite")
    statistics = {name: np.asarray(found.statistics[name]) for name in KEPT if name in found.statistics}
    return Sampled(draws, statistics, found.cost or Cost(draw_seconds=found.seconds))
