"""The contract of a prior for the noise: what is believed of sigma when it is learned instead of given."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import fields
from typing import Any, ClassVar

from mapsto.family import Family


class NoisePrior(ABC):
    """A prior density over sigma, the standard deviation of the noise, in units of y. It states facts alone.

    At least one of :meth:`family` and :meth:`expression` says the density once more, for the engines.
    """

    name: ClassVar[str]
    """What users call it."""
    label: ClassVar[str]
    """The name as a sentence has it; by default the name in words."""
    formula: ClassVar[str]
    """The density, in LaTeX."""
    reference: ClassVar[str]
    """Where it is from."""
    proper: ClassVar[bool] = True
    """Whether the density has an integral; without one there is no evidence."""

    tail: ClassVar[float] = math.inf
    """The power of 1 / sigma as which an improper density falls for large sigma; infinite for one with an integral."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if not hasattr(cls, "label"):
            cls.label = getattr(cls, "name", cls.__name__).replace("_", "-")

    @abstractmethod
    def log_density(self, sigma: float) -> float:
        """log p(sigma), in nats; normalised unless improper."""

    def family(self) -> Family | None:
        """The standard family of sigma, or of sigma^2 where its ``power`` is 2; None if it has no name."""
        return None

    def expression(self, sigma: Any, xp: Any) -> Any:
        """log p(sigma) over the arrays of another library, as :meth:`mapsto.Prior.expression`; None if left out."""
        del sigma, xp

    @property
    def params(self) -> dict[str, float]:
        """The parameters as plain data, for the record."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
