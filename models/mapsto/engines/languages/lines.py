"""A program in parts: what has to be imported, what is defined before the model, and the lines of the model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lines:
    """Lines of source, by where in a program they belong."""

    imports: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    model: tuple[str, ...] = ()

    def __add__(self, other: Lines) -> Lines:
        return Lines(self.imports + other.imports, self.before + other.before, self.model + other.model)
