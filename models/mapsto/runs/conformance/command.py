"""``mapsto check``: the whole conformance suite of one plug-in, on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mapsto.certificate.checks import Check


@click.command("check")
@click.argument("wanted", metavar="NAME|KIND:NAME|FILE.py:Name", nargs=-1, required=True)
def check(wanted: tuple[str, ...]) -> int:
    """Check a prior, likelihood, prior on sigma (noise), engine or convention against all it has to satisfy.

    One line a check: what was observed, what is allowed, and where. The exit status is 1 if one failed.
    """
    from threadpoolctl import threadpool_limits

    from mapsto.runs.conformance import suite, targets

    kinds = [targets.find(one) for one in wanted]
    good = True
    with threadpool_limits(1):
        for text, kind in zip(wanted, kinds, strict=True):
            good &= _told(text, list(_counted(suite.check(kind))))
    return 0 if good else 1


def _counted(checks: Iterable[Check]) -> Iterator[Check]:
    """The checks as they come; on a terminal the name of the last is shown while the next is made."""
    if not sys.stdout.isatty():
        yield from checks
        return
    from rich.console import Console

    with Console().status("checking") as status:
        for one in checks:
            status.update(f"{one.name} is done")
            yield one


def _told(text: str, checks: list[Check]) -> bool:
    """Print a line for each check and one for all; whether all passed."""
    failed = [one for one in checks if not one.passed]
    if sys.stdout.isatty():
        _as_table(checks)
    else:
        for one in checks:
            verdict = "passed" if one.passed else "FAILED"
            print(
                f"{verdict}  {one.name}  observed {one.observed:.3g}, allowed {one.tolerance:.3g}  {_line(one.reason)}"
            )
    said = f"{len(checks)} checks, all passed" if not failed else f"{len(failed)} of {len(checks)} checks failed"
    print(f"{text}: {said}")
    return not failed


def _as_table(checks: list[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in ("", "check", "observed", "allowed", "where"):
        table.add_column(column, no_wrap=column in ("", "check"), justify="right" if "d" in column else "left")
    for one in checks:
        mark = Text("passed", style="green") if one.passed else Text("FAILED", style="bold red")
        table.add_row(mark, one.name, f"{one.observed:.3g}", f"{one.tolerance:.3g}", Text(_line(one.reason)))
    Console().print(table)


def _line(reason: str) -> str:
    from mapsto.errors import BadInput
    from mapsto.marks import plain

    try:
        return " ".join(plain(reason).split())
    except BadInput:  # the words of a plug-in's own error may hold anything
        return " ".join(reason.split())
