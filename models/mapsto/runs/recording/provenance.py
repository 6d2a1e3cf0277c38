"""How to make a run again, as the record has it."""

from __future__ import annotations

import platform
from datetime import datetime
from functools import cache
from importlib.metadata import version

from mapsto.engines.settings import Settings
from mapsto.likelihoods.problem import Problem
from mapsto.runs.record import (
    ProvenanceRecord,
)

LIBRARIES = ("mapsto", "pymc", "pytensor", "nutpie", "arviz", "scikit-learn", "numpy", "scipy")


def provenance_record(
    problem: Problem, settings: Settings, command: str, made: datetime, seconds: float
) -> ProvenanceRecord:
    """How to make the run again."""
    return ProvenanceRecord(
        command=command,
        seed=settings.seed,
        draws=settings.draws,
        chains=settings.chains,
        made=made.isoformat(timespec="seconds"),
        versions=versions(),
        data_sha256=problem.sha256,
        seconds=seconds,
    )


@cache
def versions() -> dict[str, str]:
    """The libraries that the numbers depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
