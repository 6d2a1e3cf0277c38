"""How a run is shown: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mapsto.errors import one_line
from mapsto.runs.record import Record, whose
from mapsto.runs.run import Stage


@contextmanager
def shown(name: str, console: Console) -> Iterator[Stage]:
    """Show one experiment's stages while it runs; yields what to call as each begins."""
    if not console.is_terminal:
        console.print(f"{name} …", markup=False, highlight=False)
        yield lambda _words: None
        return
    with _bar(console) as bar:
        task = bar.add_task(name, total=None)

        def stage(words: str) -> None:
            bar.update(task, description=f"{name}: {words}")

        yield stage


@contextmanager
def counted(total: int, console: Console) -> Iterator[Callable[[], None]]:
    """Show how many of several experiments are done; yields what to call as each is."""
    if not console.is_terminal:
        console.print(f"{total} experiments …", markup=False, highlight=False)
        yield lambda: None
        return
    with _bar(console) as bar:
        task = bar.add_task(f"0 of {total} experiments", total=total)

        def one_more() -> None:
            bar.advance(task)
            bar.update(task, description=f"{bar.tasks[0].completed:.0f} of {total} experiments")

        yield one_more


@contextmanager
def counted_up(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how much of a long computation is done; yields what to call with how many parts are, and of how many."""
    if not console.is_terminal:
        console.print(f"{what} …", markup=False, highlight=False)
        yield lambda _done, _all: None
        return
    with _bar(console) as bar:
        task = bar.add_task(what, total=None)

        def upto(done: int, total: int) -> None:
            bar.update(task, description=f"{what}: {done} of {total} parts", completed=done, total=total)

        yield upto


@contextmanager
def rows_counted(total: int, console: Console) -> Iterator[Callable[[int], None]]:
    """Show how many rows of a large table are read; yields what to call with the number of each block."""
    if not console.is_terminal:
        console.print(f"{total:,} rows …", markup=False, highlight=False)
        yield lambda _rows: None
        return
    with _bar(console) as bar:
        task = bar.add_task(f"0 of {total:,} rows", total=total)

        def more(rows: int) -> None:
            bar.advance(task, rows)
            bar.update(task, description=f"{bar.tasks[0].completed:,.0f} of {total:,} rows")

        yield more


def tell(console: Console, record: Record, out: Path) -> None:
    """Print the verdict of a run in one line."""
    checks, digits = record.agreement.checks, record.agreement.digits
    failed = [check.name for check in checks if not check.passed]
    verdict = f"FAILED: {', '.join(failed)}" if failed else f"certified, {len(checks)} checks"
    if not checks:
        verdict = "FAILED: no engine has an answer, so there is nothing to check"
    words = f". {whose(record)}" if failed and whose(record) else ""
    agreed = "" if digits is None else f", {digits:.1f} digits"
    console.print(
        one_line(f"{record.name}: {verdict}{agreed}{words} -> {out / record.name}.html"),
        markup=False,
        highlight=False,
        soft_wrap=True,
        style="green" if record.agreement.passed else "bold red",
    )


def _bar(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
