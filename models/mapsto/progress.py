"""How a run is shown: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mapsto.experiment import Experiment
from mapsto.running import Stage

STAGES = 5  # how often run() tells of a new stage


@contextmanager
def shown(experiment: Experiment, number: int, total: int, console: Console) -> Iterator[Stage]:
    """Show one experiment's stages while it runs; yields what to call as each begins."""
    label = f"[{number}/{total}] {experiment.name}"
    if not console.is_terminal:
        console.print(f"{label} …", markup=False, highlight=False)
        yield lambda _words: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=STAGES)

        def stage(words: str) -> None:
            bar.update(task, advance=1, description=f"{label}: {words}")

        yield stage
