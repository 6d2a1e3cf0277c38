"""How to run: the numbers that are the user's to choose."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.errors import BadInput
from mapsto.scales import whole

MOST_SEED = 2**64 - 1  # the largest that the record holds
MOST_DRAWS, MOST_CHAINS = 10**7, 10**4  # beyond them memory ends, not patience


@dataclass(frozen=True)
class Settings:
    """How to run: ``draws`` a chain, ``chains``, and the ``seed`` that everything random follows from.

    ``warm_up`` iterations of each chain adapt the sampler and are dropped; None leaves their number to the engine.
    """

    seed: int = 1
    draws: int = 1000
    chains: int = 4
    warm_up: int | None = None

    def __post_init__(self) -> None:
        for name, least, most, why in (
            ("seed", 0, MOST_SEED, "any whole number from 0 up"),
            ("draws", 10, MOST_DRAWS, "a mean of fewer says nothing"),
            ("chains", 2, MOST_CHAINS, "R-hat compares chains"),
            ("warm_up", 10, MOST_DRAWS, "a sampler has to adapt"),
        ):
            value = getattr(self, name)
            if value is None and name == "warm_up":
                continue
            if isinstance(value, float):
                raise BadInput(f"{name} is {value!r}; expected a whole number of at least {least}: {why}")
            object.__setattr__(self, name, whole(value, name, least=least, most=most, why=why))
