"""How long JAX compiles, told apart from what it computes, by the durations that JAX itself announces."""

from __future__ import annotations

import time
from typing import Any, ClassVar

COMPILING = "/jax/core/compile/"


class CompileClock:
    """Within its ``with`` block it adds up the time in which JAX traces, lowers or compiles."""

    _listening: ClassVar[bool] = False
    _running: ClassVar[list[CompileClock]] = []

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []

    def __enter__(self) -> CompileClock:
        if not CompileClock._listening:
            import jax  # imported late: it takes a second

            jax.monitoring.register_event_duration_secs_listener(_announced)
            CompileClock._listening = True
        CompileClock._running.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        CompileClock._running.remove(self)

    @property
    def seconds(self) -> float:
        """The time in which anything was compiled; spans inside one another count once."""
        total, end = 0.0, -float("inf")
        for begin, finish in sorted(self._spans):
            total += max(0.0, finish - max(begin, end))
            end = max(end, finish)
        return total

    def announced(self, finish: float, duration: float) -> None:
        """Something was compiled from ``finish - duration`` to ``finish``."""
        self._spans.append((finish - duration, finish))


def _announced(event: str, duration: float, **_more: Any) -> None:
    if event.startswith(COMPILING):
        now = time.perf_counter()
        for clock in CompileClock._running:
            clock.announced(now, duration)
