"""``mapsto audit``: the examination of a user's own table, on the command line."""

from __future__ import annotations

import csv
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mapsto.errors import BadInput

if TYPE_CHECKING:
    from mapsto.runs.audit.specification import Noise

REPORTS = Path("reports")


@click.command("audit")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--target", required=True, help="The column to explain.")
@click.option(
    "--features", multiple=True, metavar="A,B", help="Columns to explain it by; a name with a comma as '\"a,b\"'."
)
@click.option("--drop", multiple=True, metavar="C", help="Columns to leave out instead, written like --features.")
@click.option("--alpha", type=float, help="Ridge penalty; 0 is least squares. By default chosen by evidence.")
@click.option("--prior-scale", type=float, metavar="S", help="Standard deviation of a Normal prior, instead of alpha.")
@click.option("--prior", metavar="NAME:k=v", help="Any prior, as in laplace:scale=2 (see mapsto list).")
@click.option("--noise-sd", default="auto", show_default=True, metavar="S|auto|learn[:NAME:k=v]", help="Sigma.")
@click.option(
    "--likelihood",
    metavar="NAME:k=v",
    help="bernoulli, poisson, student_t:df=4, …; by default bernoulli for a target of two values, else Gaussian noise.",
)
@click.option(
    "--learn", multiple=True, metavar="NAME=PRIOR:K=V", help="Learn a parameter too: size=half_cauchy:scale=5, …"
)
@click.option("--standardize", is_flag=True, help="Prior scales are for columns divided by their sd.")
@click.option("--no-intercept", is_flag=True, help="A model without an intercept.")
@click.option("--weights", metavar="COL", help="Column of weights q > 0: the noise variance of a row is sigma^2 / q.")
@click.option("--exposure", metavar="COL", help="Column that the counts of the target are divided by (poisson).")
@click.option("--trials", metavar="COL", help="Column of trials that successes are divided by (binomial).")
@click.option(
    "--missing",
    type=click.Choice(["refuse", "drop-rows", "drop-columns"]),
    default="refuse",
    show_default=True,
    help="What to do about missing values.",
)
@click.option("--decimal", default=".", show_default=True, metavar=".|,", help="Decimal mark of a CSV file.")
@click.option(
    "--checkpoint", type=click.Path(path_type=Path), help="File to stop at and go on from, for a table read in pieces."
)
@click.option("--scheduler", metavar="local|tcp://…", help="Read a large table on a Dask cluster.")
@click.option("--name", help="Names the files written; by default the table's own name.")
@click.option("--out", type=click.Path(path_type=Path), default=REPORTS, help="Where the report goes.")
@click.option("--seed", type=int, default=1, show_default=True, help="What all that is random follows from.")
@click.option("--draws", type=int, default=1000, show_default=True, help="Draws kept of each chain.")
@click.option("--chains", type=int, default=4, show_default=True, help="Number of chains.")
def audit(
    table: Path,
    target: str,
    features: tuple[str, ...],
    drop: tuple[str, ...],
    alpha: float | None,
    prior_scale: float | None,
    prior: str | None,
    noise_sd: str,
    likelihood: str | None,
    learn: tuple[str, ...],
    standardize: bool,
    no_intercept: bool,
    weights: str | None,
    exposure: str | None,
    trials: str | None,
    missing: str,
    decimal: str,
    checkpoint: Path | None,
    scheduler: str | None,
    name: str | None,
    out: Path,
    seed: int,
    draws: int,
    chains: int,
) -> int:
    """Audit your own TABLE (CSV, Parquet or Feather, or a folder) and write its report."""
    from rich.console import Console

    from mapsto.commands.pages import pages
    from mapsto.data.files import open_table
    from mapsto.data.sources.opened import open_source, source_of_large
    from mapsto.engines.settings import Settings
    from mapsto.likelihoods.noise_priors.registry import parse_learned
    from mapsto.likelihoods.registry import parse_likelihood
    from mapsto.priors.registry import parse_prior
    from mapsto.runs.audit import Asked, table_experiment  # SciPy and all that stands on it: only for who audits
    from mapsto.runs.audit.target import may_stream
    from mapsto.runs.output import check_folder, write, write_index
    from mapsto.runs.progress import rows_counted, shown, tell

    settings = Settings(seed=seed, draws=draws, chains=chains)
    asked = Asked(
        alpha=alpha,
        prior_scale=prior_scale,
        prior=None if prior is None else parse_prior(prior),
        noise_sd=_noise(noise_sd),
        standardize=standardize,
        likelihood=None if likelihood is None else parse_likelihood(likelihood),
        learn=parse_learned(learn),
    )
    source = None
    if may_stream(asked):
        in_pieces = checkpoint is not None or scheduler is not None
        source = open_source(table, decimal=decimal) if in_pieces else source_of_large(table, decimal=decimal)
    # opened once: the names of its columns are needed to read the options
    frame: Any = open_table(table, decimal=decimal) if source is None else None
    there = tuple(source.types if source is not None else frame.columns)
    console = Console()
    check_folder(out)
    experiment_of = partial(
        table_experiment,
        table if frame is None else frame,
        target,
        path=table,
        features=_names(features, there),
        drop=_names(drop, there),
        asked=asked,
        intercept=not no_intercept,
        weights=weights,
        exposure=exposure,
        trials=trials,
        missing=missing,
        name=name,
        source=source,
        checkpoint=checkpoint,
    )
    if source is None:
        experiment = experiment_of()
    elif scheduler is not None:
        from mapsto.data.sources.checkpoint import Checkpoint
        from mapsto.runs.scheduler import cluster, reduce_on

        kept = None if checkpoint is None else Checkpoint(checkpoint)
        with cluster(scheduler) as client, rows_counted(source.rows, console) as rows:
            there_too = partial(reduce_on, client, centred=not no_intercept, rows=rows, checkpoint=kept)
            experiment = experiment_of(reduce=there_too)
    else:
        with rows_counted(source.rows, console) as rows:
            experiment = experiment_of(rows=rows)
    with shown(experiment.name, console) as stage:
        result = experiment.run(settings, command=_command(), stage=stage)
        record = write(result, out, pages())
    tell(console, record, out)
    write_index([record], out, pages())
    console.print(f"Open {out / (experiment.name + '.html')}", markup=False, highlight=False)
    return 0 if result.certificate.passed else 1


def _names(given: tuple[str, ...], there: tuple[str, ...]) -> list[str] | None:
    """Column names from options: each a whole name, or several with commas between them, quoted where they hold one."""
    if not given:
        return None
    names: list[str] = []
    for text in given:
        names += [text] if text in there else next(csv.reader([text], skipinitialspace=False), [])
    return [name if name in there or name.strip() not in there else name.strip() for name in names]


def _noise(text: str) -> Noise:
    """A number, "auto", "learn", or the prior on sigma behind "learn:"."""
    from mapsto.likelihoods.noise_priors.registry import parse_noise

    if text == "auto":
        return "auto"
    if text == "learn":
        return "learn"
    if text.startswith("learn:"):
        return parse_noise(text.removeprefix("learn:"))
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"--noise-sd is {text!r}; expected a positive number, auto or learn") from None


def _command() -> str:
    """The command as it was given, to be given again."""
    context = click.get_current_context()
    words = ["mapsto", "audit"]
    for param in context.command.params:
        value, source = context.params[str(param.name)], context.get_parameter_source(str(param.name))
        if isinstance(param, click.Argument):
            words.append(str(value))
        elif source is not click.core.ParameterSource.DEFAULT or param.name in ("seed", "draws", "chains"):
            if isinstance(param, click.Option) and param.is_flag:
                words += [param.opts[0]] * bool(value)
            else:
                words += [f"{param.opts[0]}={one}" for one in (value if param.multiple else [value])]
    return shlex.join(words)
