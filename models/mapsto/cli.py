"""The entry point of ``mapsto``: what needs no library is answered at once, all else goes to ``cli_commands``.

Importing Click and Rich takes several times as long as starting Python, and importing NumPy more than that. So
``--version``, ``--help`` and a plain ``list`` are answered here, and nothing is imported before it is needed.

Exit status: 0 all certified, 1 a check failed (the report is written and says so), 2 bad input (one line, nothing
written), 130 interrupted (nothing is half-written), 141 the pipe was closed.
"""

import os
import signal
import sys

from mapsto import __version__
from mapsto.errors import BadInput, one_line

EXPERIMENTS = "experiments"
READ_ENOUGH = 141  # the status that a shell gives to what a closed pipe ended
INTERRUPTED = "mapsto: interrupted: nothing in the output folder is half-written"
HELP = """\
Usage: mapsto [OPTIONS] COMMAND [ARGS]...

  Which prior does a penalty assume, is the fit that posterior's mode, and
  what was left out?

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
  audit      Audit your own TABLE (CSV, Parquet or Feather, or a folder)...
  calibrate  Check by simulation whether posteriors, and what stands in...
  check      Check a prior, likelihood, prior on sigma (noise), engine or...
  compare    Compare engines on one posterior, each in a process of its...
  elicit     Turn a belief about slopes into the penalty of each library,...
  list       List the experiments and the question each answers.
  run        Run experiments by name or file (all there are, if none is...
"""
"""What Click prints for ``mapsto --help``, which a test holds it to."""


class _Interrupt:
    """Ctrl-C raises KeyboardInterrupt as ever, and is remembered: a library that is being imported may lose it."""

    came = False

    def __call__(self, _number: int, _frame: object) -> None:
        self.came = True
        raise KeyboardInterrupt


def main() -> None:
    """Run the command line and exit with its status; bad input is one line on standard error."""
    status, interrupt = 0, _Interrupt()
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            try:  # noqa: SIM105 (importing contextlib takes longer than a list does)
                signal.signal(signal.SIGINT, interrupt)
            except ValueError:  # outside the main thread Ctrl-C is another's to answer
                pass
        match sys.argv[1:]:
            case ["--version"]:
                print(f"mapsto, version {__version__}")
            case ["--help" | "-h"]:
                print(HELP, end="")
            case ["list"]:
                list_experiments(EXPERIMENTS)
            case _:
                from mapsto.cli_commands import run_commands

                status = run_commands()
        sys.stdout.flush()  # or what nobody reads any more is told by Python on its way out
    except BaseException as error:
        _answer(error, interrupt)
        raise
    finally:
        if signal.getsignal(signal.SIGINT) is interrupt:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(status)


def _answer(error: BaseException, interrupt: _Interrupt) -> None:
    """End the process as what stopped it deserves; return where that is a fault of ours."""
    if interrupt.came:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one has nothing more to stop
        print(INTERRUPTED, file=sys.stderr, flush=True)
        os._exit(130)  # threads that still import, and Python's own answer to an interrupt, have no say in it
    if isinstance(error, KeyboardInterrupt):
        stop(INTERRUPTED.removeprefix("mapsto: "), 130)
    if isinstance(error, BadInput):
        stop(str(error), 2)
    if isinstance(error, BrokenPipeError):  # as in `mapsto list | head`: whoever read has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(READ_ENOUGH)


def list_experiments(folder: str) -> None:
    """Print the name of each experiment in ``folder`` and the question it answers, in reading order."""
    from mapsto.marks import plain
    from mapsto.runs.lessons.listing import names_and_questions

    print_columns([(name, plain(question)) for name, question in names_and_questions(folder)])


def print_columns(rows: list[tuple[str, str]]) -> None:
    """Print two columns: wrapped to the terminal where there is one, else a line for each row."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        for row in rows:
            table.add_row(*row)
        Console().print(table, markup=False)
        return
    width = max(len(first) for first, _ in rows)
    for first, second in rows:
        print(f"{first:{width}}  {second}")


def stop(line: str, status: int) -> None:
    """Say on standard error, in one line, why this ends here, and exit with ``status``."""
    print(f"mapsto: {one_line(line)}", file=sys.stderr)
    sys.exit(status)
