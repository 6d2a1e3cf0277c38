"""Rows that are somewhere else and can be passed over again, a block at a time; what is made of blocks adds up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from mapsto.errors import BadInput

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Blocks = Callable[[], Iterable[tuple[Any, ...]]]


class Adds(Protocol):
    """What merges with ``+``."""

    def __add__(self, other: Self) -> Self:
        """Of both."""


class Sweeps(ABC):
    """Rows that every sum over them takes a pass for.

    Attributes:
        passes: how many there were so far.
    """

    passes: int = 0

    @abstractmethod
    def total[T: Adds](self, of: Callable[[Matrix, Vector, Vector | None], T]) -> T:
        """The sum of what ``of`` makes of each block: X (m, p), y (m,), and weights (m,) or None.

        Raises:
            BadInput: rows that cannot be read or used.
        """


@dataclass(eq=False)
class BlockSweeps(Sweeps):
    """Blocks that a function makes anew for each pass, as (X, y) or (X, y, weights)."""

    blocks: Blocks

    def total[T: Adds](self, of: Callable[[Matrix, Vector, Vector | None], T]) -> T:
        """See :class:`Sweeps`."""
        self.passes += 1
        found: T | None = None
        for number, (X, y, *rest) in enumerate(self.blocks()):
            q = np.asarray(rest[0], dtype=np.float64) if rest and rest[0] is not None else None
            try:
                mine = of(np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64), q)
            except BadInput as error:
                raise BadInput(f"block {number}: {error}") from None
            found = mine if found is None else found + mine
        if found is None:
            raise BadInput(
                "no block came; pass a function that makes the blocks anew each time it is called, and not an iterator"
            )
        return found
