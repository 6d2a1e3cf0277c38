"""What a benchmark is: a function that makes its data and returns what is timed, beside what it is compared with."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

Call = Callable[[], object]
MEGABYTE = 2**20


@dataclass(frozen=True)
class Pair:
    """Two calls that take turns: ours and its peer's. Without a peer our own figure is held against the goal.

    ``size`` gives a file's size in bytes after a call, for a scenario that is about space and not about time.
    ``worth`` says what a call's result is worth, such as effective draws: seconds are then seconds for each.
    """

    ours: Call
    peer: Call | None = None
    size: Callable[[], int] | None = None
    worth: Callable[[object], float] = lambda _result: 1.0


@dataclass(frozen=True)
class Scenario:
    """One row of the table.

    Attributes:
        name: what is asked for on the command line.
        work: what is done, with its size.
        peer: what it is compared with; empty where it is held against a number alone.
        goal: at most this: a ratio to the peer, seconds, or megabytes.
        make: makes the data and returns the two calls.
        large: whether it takes gigabytes or minutes, and is run only if it is asked for.
    """

    name: str
    work: str
    peer: str
    goal: float
    make: Callable[[], Pair]
    large: bool = False


ALL: dict[str, Scenario] = {}
Make = Callable[[], Pair]


def scenario(work: str, *, goal: float, peer: str = "", large: bool = False) -> Callable[[Make], Scenario]:
    """Put the function it decorates into the table, under its own name."""

    def put(make: Make) -> Scenario:
        one = Scenario(make.__name__.replace("_", "-"), work, peer, goal, make, large)
        if one.name in ALL:
            raise ValueError(f"two scenarios are named {one.name}")
        ALL[one.name] = one
        return one

    return put


@dataclass(frozen=True)
class Figures:
    """What was measured of one scenario: seconds of each call in its turn, and the memory above the data's."""

    ours: list[float]
    peer: list[float]
    megabytes: float
    size: float | None

    @property
    def ratios(self) -> list[float]:
        """Ours over the peer's, pair by pair."""
        return [a / b for a, b in zip(self.ours, self.peer, strict=True)] if self.peer else []

    def figure(self) -> float:
        """What the goal is about: megabytes of a file, the median ratio, or the median of our seconds."""
        if self.size is not None:
            return self.size
        return statistics.median(self.ratios or self.ours)


def measure(pair: Pair, runs: int) -> Figures:
    """Time both calls in turns, after one of each that is not counted."""
    before = _peak()
    pair.ours()
    above = _peak() - before
    if pair.peer is not None:
        pair.peer()
    ours, peer = [], []
    for _ in range(runs):
        ours.append(_seconds(pair.ours, pair.worth))
        if pair.peer is not None:
            peer.append(_seconds(pair.peer, pair.worth))
    return Figures(ours, peer, above, None if pair.size is None else pair.size() / MEGABYTE)


def _seconds(call: Call, worth: Callable[[object], float]) -> float:
    start = time.perf_counter()
    result = call()
    return (time.perf_counter() - start) / worth(result)


def _peak() -> float:
    """The largest memory of this process so far, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (MEGABYTE if sys.platform == "darwin" else 1024)
