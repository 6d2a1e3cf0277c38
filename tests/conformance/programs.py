"""The printed program, run up to its sampling, as the package does it."""

from mapsto.runs.conformance import programs
from mapsto.runs.conformance.programs import as_it_stands, log_joint, points, values, write_table

__all__ = ["AS_IT_STANDS", "log_joint", "points", "run", "values", "write_table"]

AS_IT_STANDS = as_it_stands()


def run(source, folder, monkeypatch):
    """Run a whole program in a folder, which stays the current one for the rest of the test."""
    monkeypatch.chdir(folder)
    space = programs.run(source, folder)
    assert "sample" in space["called"]
    assert set(space["shown"]) <= set(space["model"].named_vars)
    return space
