"""Is a regression the same in each language? The equality gate from Python, without any draws."""

from __future__ import annotations

from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from mapsto.certificate.gate import Gate, gate
from mapsto.engines.base import Engine
from mapsto.engines.registry import choose, engines
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Failed, Unsupported
from mapsto.priors.base import Prior
from mapsto.runs.comparison.subject import Subject


def compare_densities(
    problem: Problem, prior: Prior, wanted: Sequence[str | type[Engine]] | None = None, *, seed: int = 1
) -> dict[str, Gate | Unsupported | Failed]:
    """Compare each engine's log density and gradient with ours at 16 points (see :func:`mapsto.certificate.gate.gate`).

    Args:
        problem: data and likelihood.
        prior: over the slopes.
        wanted: engines by name or class; by default all that state a density, those that are not installed too.
        seed: the points follow from it.

    Returns:
        By the engine's name for readers: the verdict; or why it has none, what to install among the reasons; or the
        error it met.

    Raises:
        BadInput: an unknown engine, or a prior for another number of columns.
    """
    question = Subject("densities", "densities", problem, prior).question()
    kinds = engines() if wanted is None else choose(wanted)
    found: dict[str, Gate | Unsupported | Failed] = {}
    with threadpool_limits(1):
        for kind in kinds.values():
            if missing := kind.missing():
                found[kind.label] = Unsupported(missing)
            elif kind.states_density():
                found[kind.label] = gate(question, kind(question), seed)
    return found
