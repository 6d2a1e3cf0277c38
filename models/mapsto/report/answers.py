"""What the record's engines answered, in the order in which the record has them."""

from __future__ import annotations

from collections.abc import Sequence

from mapsto.runs.record import DrawsRecord, ModeRecord, Number, Numbers, Record

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def answered(record: Record) -> dict[str, ModeRecord]:
    """The engines that brought a mode."""
    return {name: mode for name, mode in record.modes.items() if mode.status == "ok" and mode.coef is not None}


def sampled(record: Record) -> dict[str, DrawsRecord]:
    """The engines that brought draws."""
    return {name: draws for name, draws in record.draws.items() if draws.status == "ok" and draws.mean is not None}


def best_mode(record: Record) -> tuple[Numbers, Number] | None:
    """Coefficients and intercept by the first engine that has a mode, or None."""
    for mode in answered(record).values():
        if mode.coef is not None:
            return mode.coef, mode.intercept
    return None


def label_of(record: Record, engine: str) -> str:
    """An engine's name for readers, as its answers have it."""
    if engine in record.modes:
        return record.modes[engine].label
    return record.draws[engine].label if engine in record.draws else engine


def columns_of(record: Record) -> set[str]:
    """The user's own names, which are no mathematics even where they are letters."""
    return {*record.problem.features, record.problem.target}


def at[T](values: Sequence[T] | None, j: int) -> T | None:
    """The j-th of the values, or None where there are none."""
    return None if values is None else values[j]


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def in_words(count: int) -> str:
    """A small number in words, with a capital, as a heading starts with it."""
    return WORDS[count].capitalize() if count < len(WORDS) else str(count)
