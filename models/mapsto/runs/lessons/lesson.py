"""What an experiment adds to a run: the claims its words make, as checks, and the figures that show them."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.certificate import Check
from mapsto.errors import BadInput
from mapsto.runs.lessons.figure import Figure


@dataclass(frozen=True)
class Lesson:
    """The part of a result that is an experiment's own.

    Attributes:
        claims: every claim that the experiment's words make, as a named check; they join the certificate, so a wrong
            sentence fails the run.
        figures: the answer as pictures, the first of which opens the page.
        do: what to do about it with this run's numbers, likewise.
        answer: the answer with this run's numbers in it, where the experiment's own text holds none.
    """

    claims: tuple[Check, ...] = ()
    figures: tuple[Figure, ...] = ()
    answer: str = ""
    do: str = ""

    def __post_init__(self) -> None:
        names = [claim.name for claim in self.claims]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise BadInput(f"two claims are named {', '.join(map(repr, repeated))}; give each claim a name of its own")
