"""The command line: ``mapsto list`` and ``mapsto run``.

Exit status: 0 all certified, 1 a check failed (the report is written and says so), 2 bad input (one line, nothing
written), 130 interrupted (what stood before is untouched).
"""

from __future__ import annotations

import gc
import importlib
import shlex
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from mapsto.cli_audit import audit
from mapsto.errors import BadInput
from mapsto.marks import plain

if TYPE_CHECKING:
    from mapsto.engines.settings import Settings
    from mapsto.likelihoods.problem import Problem
    from mapsto.runs.lessons.experiment import Experiment
    from mapsto.runs.workers import Job, Workers

EXPERIMENTS = Path("experiments")
REPORTS = Path("reports")


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(package_name="mapsto")
def commands() -> None:
    """Which prior does a penalty assume, is the fit that posterior's mode, and what was left out?"""


folder_option = click.option(
    "--experiments",
    "folder",
    type=click.Path(path_type=Path),
    default=EXPERIMENTS,
    help="Folder of the scripts.",
)


@commands.command("list")
@folder_option
@click.option("--priors", is_flag=True, help="List the priors instead: how to ask for each, and its reference.")
def list_(folder: Path, priors: bool) -> None:
    """List the experiments and the question each answers."""
    from rich.table import Table

    from mapsto.plugins import catalogue, signature
    from mapsto.runs.lessons.discovery import find

    table = Table(box=None, show_header=False, pad_edge=False)
    if priors:
        table.add_column(no_wrap=True)
        for kind in catalogue().values():
            table.add_row(signature(kind), kind.reference, style=None)
    else:
        for experiment in find(folder):
            table.add_row(experiment.name, plain(experiment.question), style=None)
    Console(soft_wrap=not sys.stdout.isatty()).print(table, markup=False)


@commands.command("run")
@click.argument("wanted", metavar="[NAME|FILE ...]", nargs=-1)
@folder_option
@click.option("--out", type=click.Path(path_type=Path), default=REPORTS, help="Where the reports go.")
@click.option("--seed", type=int, default=1, show_default=True, help="What all that is random follows from.")
@click.option("--draws", type=int, default=1000, show_default=True, help="Draws kept of each chain.")
@click.option("--chains", type=int, default=4, show_default=True, help="Number of chains.")
@click.option("--prior", "prior_text", metavar="NAME:K=V", help="Another prior than the experiment's own (see list).")
@click.option("--noise", "noise_text", metavar="NAME:K=V", help="Learn sigma under this prior: half_normal:scale=50, …")
def run_(
    wanted: tuple[str, ...],
    folder: Path,
    out: Path,
    seed: int,
    draws: int,
    chains: int,
    prior_text: str | None,
    noise_text: str | None,
) -> int:
    """Run experiments by name or file (all there are, if none is named) and write their reports.

    With --prior or --noise the same data are run under another belief; the report gets a name of its own.
    """
    from mapsto.engines.settings import Settings
    from mapsto.plugins import parse_noise, parse_prior
    from mapsto.runs.lessons.discovery import choose
    from mapsto.runs.output import check_folder, write_index
    from mapsto.runs.workers import Job, Workers

    settings = Settings(seed=seed, draws=draws, chains=chains)
    prior = None if prior_text is None else parse_prior(prior_text)
    noise = None if noise_text is None else parse_noise(noise_text)
    named = choose(wanted, folder)
    chosen = [experiment.under(prior, noise) for experiment in named]
    jobs = [
        Job(
            experiment.name,
            _asked_for(named[at].name, wanted),
            folder,
            out,
            settings,
            prior_text,
            noise_text,
            shlex.join(_command(_asked_for(named[at].name, wanted), prior_text, noise_text, settings)),
            _neighbours(chosen, at),
        )
        for at, experiment in enumerate(chosen)
    ]
    console = Console()
    with Workers(len(jobs)) if len(jobs) > 1 else nullcontext() as workers:
        problems = [experiment.problem() for experiment in chosen]  # all that is wrong is told before a word is written
        for experiment, problem in zip(chosen, problems, strict=True):
            experiment.prior.check(problem.p)
        check_folder(out)
        if workers is None:
            _import_the_sampler()
            records = [_run_one(jobs[0], chosen[0], problems[0], console)]
        else:
            records = _run_many(workers, jobs, console)
    index = write_index(records, out)
    console.print(
        f"Open {index if len(chosen) > 1 else out / (chosen[0].name + '.html')}",
        markup=False,
        highlight=False,
    )
    return 0 if all(record["agreement"]["passed"] for record in records) else 1


commands.add_command(audit)


def main() -> None:
    """Run the command line and exit with its status; bad input is one line on standard error."""
    # The libraries make a million objects that stay; looking through them for garbage took a tenth of a run.
    gc.set_threshold(100_000, 20, 100)
    try:
        status = commands(standalone_mode=False)
    except BadInput as error:
        _stop(str(error), 2)
    except click.ClickException as error:
        _stop(f"{error.format_message()} (see mapsto --help)", 2)
    except (click.Abort, KeyboardInterrupt):
        _stop("interrupted: what stood in the output folder is as it was", 130)
    gc.freeze()  # or the interpreter looks through them all once more on its way out: another half a second
    sys.exit(status or 0)


def _import_the_sampler() -> None:
    """Import nutpie and ArviZ from a thread, for its stack is short: one of their imports looks through all of it."""
    thread = threading.Thread(target=importlib.import_module, args=["nutpie"])
    thread.start()
    thread.join()


def _run_one(job: Job, experiment: Experiment, problem: Problem, console: Console) -> dict[str, Any]:
    """Run one experiment here, showing its stages; its record."""
    from mapsto.runs.progress import shown, tell

    with shown(job.name, console) as stage:
        record = job.finish(experiment, problem, stage)
    tell(console, record, job.out)
    return record


def _run_many(workers: Workers, jobs: list[Job], console: Console) -> list[dict[str, Any]]:
    """Run several experiments side by side, showing how many are done; their records in the order asked for."""
    from mapsto.runs.progress import counted, tell

    records = {}
    with counted(len(jobs), console) as one_more:
        for job, record in workers.run(jobs):
            records[job.name] = record
            one_more()
            tell(console, record, job.out)
    return [records[job.name] for job in jobs]


def _command(asked: str, prior: str | None, noise: str | None, settings: Settings) -> list[str]:
    """What to type to run an experiment again."""
    beliefs = [f"--prior={prior}"] * (prior is not None) + [f"--noise={noise}"] * (noise is not None)
    how = [f"--seed={settings.seed}", f"--draws={settings.draws}", f"--chains={settings.chains}"]
    return ["mapsto", "run", asked, *beliefs, *how]


def _neighbours(chosen: list[Experiment], at: int) -> dict[str, dict[str, str] | None]:
    """The lessons before and after, of those that are run together."""

    def named(j: int) -> dict[str, str] | None:
        return {"name": chosen[j].name, "title": chosen[j].title} if 0 <= j < len(chosen) else None

    return {"previous": named(at - 1), "next": named(at + 1)}


def _asked_for(name: str, wanted: tuple[str, ...]) -> str:
    """How to ask for this experiment again: by its own script, seen from here, if that is how it was asked for."""
    if len(wanted) == 1 and wanted[0].endswith(".py"):
        path = Path(wanted[0]).absolute()
        return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else wanted[0]
    return name


def _stop(line: str, status: int) -> None:
    print(f"mapsto: {line}", file=sys.stderr)
    sys.exit(status)
