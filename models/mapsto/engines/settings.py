"""How to run: the numbers that are the user's to choose."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.errors import BadInput


@dataclass(frozen=True)
class Settings:
    """How to run: ``draws`` a chain, ``chains``, and the ``seed`` that everything random follows from."""

    seed: int = 1
    draws: int = 1000
    chains: int = 4

    def __post_init__(self) -> None:
        for name, least, why in (
            ("seed", 0, "any whole number from 0 up"),
            ("draws", 10, "a mean of fewer says nothing"),
            ("chains", 2, "R-hat compares chains"),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise BadInput(f"{name} is {value!r}; expected a whole number of at least {least}: {why}")
