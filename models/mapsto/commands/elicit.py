"""``mapsto elicit``: from a belief about a slope to the penalty of each library, on the command line."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from mapsto.errors import BadInput

REPORTS = Path("reports")
PAGE = "elicit.html"


@click.command("elicit")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--target", required=True, help="The column to explain.")
@click.option("--beyond", type=float, required=True, metavar="Q", help="A slope beyond ±Q would be a surprise.")
@click.option("--prob", type=float, default=0.05, show_default=True, help="How probable such a slope is.")
@click.option("--family", type=click.Choice(["normal", "laplace"]), default="normal", show_default=True, help="Prior.")
@click.option("--per-sd", is_flag=True, help="Q is for one sd of a column, not for one unit of it.")
@click.option("--features", multiple=True, metavar="A", help="Columns to explain it by, one for each --features.")
@click.option("--noise-sd", default="auto", show_default=True, metavar="S|auto", help="Sigma, in units of the target.")
@click.option("--no-intercept", is_flag=True, help="A model without an intercept.")
@click.option("--decimal", default=".", show_default=True, metavar=".|,", help="Decimal mark of a CSV file.")
@click.option("--out", type=click.Path(path_type=Path), default=REPORTS, help="Where the page goes.")
def elicit(
    table: Path,
    target: str,
    beyond: float,
    prob: float,
    family: str,
    per_sd: bool,
    features: tuple[str, ...],
    noise_sd: str,
    no_intercept: bool,
    decimal: str,
    out: Path,
) -> int:
    """Turn a belief about slopes into the penalty of each library, for TABLE."""
    from mapsto.conventions.elicit import elicit as ask
    from mapsto.data.files import open_table
    from mapsto.report.elicited import render_elicited
    from mapsto.runs.audit import Asked, table_experiment  # SciPy and all that stands on it: only for who asks
    from mapsto.runs.output import check_folder
    from mapsto.runs.recording.elicited import elicited_record

    try:
        sigma: object = "auto" if noise_sd == "auto" else float(noise_sd)
    except ValueError:
        raise BadInput(f"--noise-sd is {noise_sd!r}; expected a positive number or auto") from None
    experiment = table_experiment(
        open_table(table, decimal=decimal),
        target,
        path=table,
        features=list(features) or None,
        asked=Asked(noise_sd=sigma),  # type: ignore[arg-type]
        intercept=not no_intercept,
    )
    problem = experiment.problem()
    found = ask(problem, beyond, prob, family=family, per_sd=per_sd)  # type: ignore[arg-type]
    check_folder(out)
    page = render_elicited(elicited_record(found, problem, _command(table, out)))
    whole, ready = out / PAGE, out / f".{PAGE}"
    ready.write_text(page, encoding="utf-8")
    ready.replace(whole)
    click.echo(str(found))
    click.echo(f"Open {whole}")
    return 0


def _command(table: Path, out: Path) -> str:
    """The command as it was given, to be given again."""
    context = click.get_current_context()
    words = ["mapsto", "elicit", str(table)]
    for param in context.command.params:
        name = str(param.name)
        if isinstance(param, click.Option) and name != "out":
            value = context.params[name]
            if param.is_flag:
                words += [param.opts[0]] * bool(value)
            elif context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
                words += [f"{param.opts[0]}={one}" for one in (value if param.multiple else [value])]
    del out
    return shlex.join(words)
