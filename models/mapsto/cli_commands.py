"""The commands and their options, as Click reads them; ``cli`` calls them and says what the exit status means."""

from __future__ import annotations

import gc
import os
import shlex
import sys
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mapsto import __version__
from mapsto.cli import EXPERIMENTS, list_experiments, print_columns
from mapsto.cli_audit import audit
from mapsto.commands.calibrate import calibrate
from mapsto.commands.compare import compare
from mapsto.commands.elicit import elicit
from mapsto.errors import BadInput
from mapsto.runs.conformance.command import check

if TYPE_CHECKING:
    from rich.console import Console

    from mapsto.engines.settings import Settings
    from mapsto.likelihoods.problem import Problem
    from mapsto.runs.lessons.experiment import Experiment
    from mapsto.runs.record import Record
    from mapsto.runs.scheduler import ClusterWorkers
    from mapsto.runs.workers import Job, Workers

REPORTS = Path("reports")


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(__version__, prog_name="mapsto")
def commands() -> None:
    """Which prior does a penalty assume, is the fit that posterior's mode, and what was left out?"""


folder_option = click.option(
    "--experiments",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(EXPERIMENTS),
    help="Folder of the scripts.",
)


@commands.command("list")
@folder_option
@click.option("--priors", "what", flag_value="priors", help="List the priors instead: how to ask for each.")
@click.option("--likelihoods", "what", flag_value="likelihoods", help="List the likelihoods instead.")
@click.option("--engines", "what", flag_value="engines", help="List the engines: which are here, what others need.")
def list_(folder: Path, what: str | None) -> None:
    """List the experiments and the question each answers."""
    if what is None:
        return list_experiments(str(folder))
    from mapsto.engines import registry as engines
    from mapsto.likelihoods import registry as likelihoods
    from mapsto.plugins import signature
    from mapsto.priors import registry as priors

    if what == "engines":
        return print_columns([(name, kind.missing() or kind.summary) for name, kind in engines.engines().items()])
    kinds = priors.catalogue() if what == "priors" else likelihoods.catalogue()
    return print_columns([(signature(kind), kind.reference) for kind in kinds.values()])


@commands.command("run")
@click.argument("wanted", metavar="[NAME|FILE ...]", nargs=-1)
@folder_option
@click.option("--out", type=click.Path(path_type=Path), default=REPORTS, help="Where the reports go.")
@click.option("--seed", type=int, default=1, show_default=True, help="What all that is random follows from.")
@click.option("--draws", type=int, default=1000, show_default=True, help="Draws kept of each chain.")
@click.option("--chains", type=int, default=4, show_default=True, help="Number of chains.")
@click.option("--prior", "prior_text", metavar="NAME:K=V", help="Another prior than the experiment's own (see list).")
@click.option("--noise", "noise_text", metavar="NAME:K=V", help="Learn sigma under this prior: half_normal:scale=50, …")
@click.option("--likelihood", "likelihood_text", metavar="NAME:K=V", help="Another likelihood: student_t:df=4, …")
@click.option(
    "--learn", multiple=True, metavar="NAME=PRIOR:K=V", help="Learn a parameter too: size=half_cauchy:scale=5, …"
)
@click.option(
    "--engine", "engines", multiple=True, metavar="FILE.py:Name", help="Ask this engine too; may be repeated."
)
@click.option("--scheduler", metavar="local|tcp://…", help="Run the experiments on a Dask cluster.")
def run_(
    wanted: tuple[str, ...],
    folder: Path,
    out: Path,
    seed: int,
    draws: int,
    chains: int,
    prior_text: str | None,
    noise_text: str | None,
    likelihood_text: str | None,
    learn: tuple[str, ...],
    engines: tuple[str, ...],
    scheduler: str | None,
) -> int:
    """Run experiments by name or file (all there are, if none is named) and write their reports.

    With --prior, --noise, --likelihood or --learn the same data are run under another belief; the report gets a name of
    its own.
    """
    from rich.console import Console

    from mapsto.runs.imports import import_arviz_base

    if len(wanted) == 1 and scheduler is None:  # several are run by workers, each of which imports what it needs
        import_arviz_base()
    from mapsto.commands.pages import pages
    from mapsto.engines.registry import engine_named
    from mapsto.engines.settings import Settings
    from mapsto.likelihoods.noise_priors.registry import parse_learned, parse_noise
    from mapsto.likelihoods.registry import parse_likelihood
    from mapsto.priors.registry import parse_prior
    from mapsto.runs.lessons.discovery import choose
    from mapsto.runs.lessons.reading_order import place
    from mapsto.runs.output import check_folder, write_index
    from mapsto.runs.workers import Job, Workers

    settings = Settings(seed=seed, draws=draws, chains=chains)
    for text in engines:
        engine_named(text)  # what is wrong with it is told before anything is run
    prior = None if prior_text is None else parse_prior(prior_text)
    noise = None if noise_text is None else parse_noise(noise_text)
    likelihood = None if likelihood_text is None else parse_likelihood(likelihood_text)
    learned = parse_learned(learn)
    named = {_seen_from_here(asked): experiment for asked, experiment in choose(wanted, folder).items()}
    chosen = [experiment.under(prior, noise, likelihood, learned) for experiment in named.values()]
    made_by = pages()
    jobs = [
        Job(
            experiment.name,
            asked,
            folder,
            out,
            settings,
            prior_text,
            noise_text,
            likelihood_text,
            learn,
            shlex.join(_command(asked, prior_text, noise_text, likelihood_text, learn, engines, settings)),
            place(experiment.name, str(Path(asked).parent if asked.endswith(".py") else folder)),
            _neighbours(chosen, at),
            experiment.shares in {one.name for one in chosen},
            made_by,
            engines,
        )
        for at, (asked, experiment) in enumerate(zip(named, chosen, strict=True))
    ]
    console = Console()
    with ExitStack() as held:
        workers: Workers | ClusterWorkers | None = None
        if scheduler is not None:
            from mapsto.runs.scheduler import ClusterWorkers, cluster

            workers = ClusterWorkers(held.enter_context(cluster(scheduler)))
        elif len(jobs) > 1:
            workers = held.enter_context(Workers(len(jobs)))
        problems = [experiment.problem() for experiment in chosen]  # all that is wrong is told before a word is written
        for experiment, problem in zip(chosen, problems, strict=True):
            experiment.prior.check(problem.p)
        check_folder(out)
        if workers is None:
            records = [_run_one(jobs[0], chosen[0], problems[0], console)]
        else:
            records = _run_many(workers, jobs, console)
    index = write_index(records, out, made_by)
    console.print(
        f"Open {index if len(chosen) > 1 else out / (chosen[0].name + '.html')}",
        markup=False,
        highlight=False,
    )
    return 0 if all(record.agreement.passed for record in records) else 1


commands.add_command(audit)
commands.add_command(calibrate)
commands.add_command(check)
commands.add_command(compare)
commands.add_command(elicit)


def run_commands() -> int:
    """Run the command that the process was asked for; its exit status.

    Raises:
        BadInput: what was asked for cannot be done, or is no command or option there is.
        KeyboardInterrupt: the user interrupted it.
    """
    # The libraries make a million objects that stay; looking through them for garbage took a tenth of a run.
    gc.set_threshold(100_000, 20, 100)
    if not sys.warnoptions:  # what libraries warn of is judged by the checks; `python -W default` shows it
        warnings.simplefilter("ignore")
    if "_MAPSTO_COMPLETE" in os.environ:  # a shell asks what may come next
        commands.main(prog_name="mapsto")
    try:
        # Not commands(...), which answers Ctrl-C with an empty line of its own.
        with commands.make_context("mapsto", sys.argv[1:]) as context:
            status = commands.invoke(context)
    except click.ClickException as error:
        raise BadInput(f"{error.format_message()} (see mapsto --help)") from error
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    gc.freeze()  # or the interpreter looks through them all once more on its way out: another half a second
    return status or 0


def _run_one(job: Job, experiment: Experiment, problem: Problem, console: Console) -> Record:
    """Run one experiment here, showing its stages; its record."""
    from mapsto.runs.progress import shown, tell

    with shown(job.name, console) as stage:
        record = job.finish(experiment, problem, stage)
    tell(console, record, job.out)
    return record


def _run_many(workers: Workers | ClusterWorkers, jobs: list[Job], console: Console) -> list[Record]:
    """Run several experiments side by side, showing how many are done; their records in the order asked for."""
    from mapsto.runs.progress import counted, tell

    records = {}
    with counted(len(jobs), console) as one_more:
        for job, record in workers.results(jobs):
            records[job.name] = record
            one_more()
            tell(console, record, job.out)
    return [records[job.name] for job in jobs]


def _command(
    asked: str,
    prior: str | None,
    noise: str | None,
    likelihood: str | None,
    learn: tuple[str, ...],
    engines: tuple[str, ...],
    settings: Settings,
) -> list[str]:
    """What to type to run an experiment again."""
    given = {"prior": prior, "noise": noise, "likelihood": likelihood}
    beliefs = [f"--{option}={text}" for option, text in given.items() if text is not None]
    beliefs += [f"--learn={text}" for text in learn] + [f"--engine={text}" for text in engines]
    how = [f"--seed={settings.seed}", f"--draws={settings.draws}", f"--chains={settings.chains}"]
    return ["mapsto", "run", asked, *beliefs, *how]


def _neighbours(chosen: list[Experiment], at: int) -> dict[str, dict[str, str] | None]:
    """The lessons before and after, of those that are run together."""

    def named(j: int) -> dict[str, str] | None:
        return {"name": chosen[j].name, "title": chosen[j].title} if 0 <= j < len(chosen) else None

    return {"previous": named(at - 1), "next": named(at + 1)}


def _seen_from_here(asked: str) -> str:
    """What to ask for again: an experiment's name, or the path of its script from the current folder."""
    if not asked.endswith(".py"):
        return asked
    path = Path(asked).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else asked
