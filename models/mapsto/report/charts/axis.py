"""A straight or logarithmic axis: where a value is drawn, and which round values are named along it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

from mapsto.report.text.numerals import compact, decimals_for, fixed, power_of_ten


@dataclass(frozen=True)
class Axis:
    """Data from ``low`` to ``high``, drawn from ``start`` to ``end``; values outside are drawn outside."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    @classmethod
    def over(cls, values: Iterable[float | None], start: float, end: float, *, log: bool, margin: float = 0.0) -> Axis:
        """An axis that holds the finite values (on a logarithmic axis the positive ones), with a margin at each end."""
        held = [v for v in values if v is not None and math.isfinite(v) and (v > 0 or not log)]
        low, high = (min(held), max(held)) if held else (0.1, 1.0)
        if log:
            room = (high / low) ** margin if high > low else 2.0
            return cls(low / room, high * room, start, end, log=True)
        room = (high - low) * margin if high > low else max(abs(high), 1.0) / 2
        return cls(low - room, high + room, start, end)

    def __call__(self, value: float) -> float:
        """The drawing coordinate of ``value``."""
        return self.start + self._share(value) * (self.end - self.start)

    def can_draw(self, value: float | None) -> TypeGuard[float]:
        """Whether ``value`` has a place at all: a number, and positive on a logarithmic axis."""
        return value is not None and math.isfinite(value) and (value > 0 or not self.log)

    def _share(self, value: float) -> float:
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, about: int = 5) -> list[tuple[float, str]]:
        """Round values within the axis, at most some ``about`` of them, each with its text."""
        if self.log and self.high / self.low > 20:
            return self._decades(about)
        step = round_step((self.high - self.low) / about)
        decimals = decimals_for(step, 1)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        large = max(abs(self.low), abs(self.high)) >= 1e7 or step < 1e-6
        return [(k * step, compact(k * step) if large else fixed(k * step, decimals)) for k in range(first, last + 1)]

    def _decades(self, about: int) -> list[tuple[float, str]]:
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        every = max(1, math.ceil((last - first + 1) / about))
        powers = [k for k in range(first, last + 1) if k % every == 0]
        if len(powers) > 2:
            return [(10.0**k, power_of_ten(k)) for k in powers]
        between = [m * 10.0**k for k in range(first - 1, last + 1) for m in (1, 2, 5)]
        return [(v, compact(v)) for v in between if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]


def round_step(rough: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
