"""Whether the convention that a fit was read by is one thing: its numbers, its factors and what it minimises."""

from __future__ import annotations

from typing import Any

from mapsto.certificate import Check
from mapsto.certificate.consistency import asked
from mapsto.conventions.registry import convention_of
from mapsto.runs.conformance.conventions import numbers_go_both_ways, objective_is_j


def convention_checks(fitted: Any) -> tuple[Check, ...]:
    """The checks of a convention that states its objective in code, as those that are added do; none of another.

    A fit whose prior was read with a factor too many is no mode either; these say that it is the convention's fault.
    """
    one = convention_of(fitted.steps[-1][1] if hasattr(fitted, "steps") else fitted)
    if one is None or one.minimises is None:
        return ()
    return tuple(
        asked(
            (
                (
                    "convention-minimises-its-objective",
                    "What the convention says that its library minimises is the squared error and the penalty that its "
                    "factors say, times one factor.",
                    lambda: objective_is_j(one),
                ),
                (
                    "convention-goes-both-ways",
                    "A penalty in the numbers of the convention, read back, is that penalty.",
                    lambda: numbers_go_both_ways(one),
                ),
            )
        )
    )
