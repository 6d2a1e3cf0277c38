"""``mapsto compare``: one posterior in several probabilistic languages, on the command line."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from mapsto.runs.record.comparison import ComparisonRecord

REPORTS = Path("reports")
LESSON = "one-model-many-languages"


@click.command("compare")
@click.argument("what", metavar="[EXPERIMENT|TABLE|posteriordb:NAME]", default=LESSON)
@click.option("--engines", default="all", show_default=True, metavar="A,B", help="Names, or FILE.py:Name.")
@click.option("--prior", metavar="NAME:K=V", help="Another prior than the experiment's own (see list).")
@click.option("--noise", metavar="NAME:K=V", help="Learn sigma under this prior: half_normal:scale=50, …")
@click.option("--likelihood", metavar="NAME:K=V", help="Another likelihood: student_t:df=4, …")
@click.option("--repeats", type=int, default=5, show_default=True, help="Runs of each engine, a seed each.")
@click.option("--draws", type=int, default=1000, show_default=True, help="Draws kept of each chain.")
@click.option("--chains", type=int, default=4, show_default=True, help="Number of chains.")
@click.option("--warm-up", type=int, help="Iterations that adapt, of each chain. By default each engine's own.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the first repeat; the others count on.")
@click.option("--cores", type=int, default=1, show_default=True, help="Cores that an engine may use.")
@click.option("--target", help="The column of a TABLE to explain.")
@click.option("--features", multiple=True, metavar="A,B", help="Columns of a TABLE to explain it by.")
@click.option("--noise-sd", default="auto", show_default=True, metavar="S|auto|learn", help="Sigma, of a TABLE.")
@click.option("--no-intercept", is_flag=True, help="A model of a TABLE without an intercept.")
@click.option("--data", type=click.Path(path_type=Path), help="posteriordb's folder, or the file of its data.")
@click.option("--reference", type=click.Path(path_type=Path), help="The file of posteriordb's reference draws.")
@click.option("--out", type=click.Path(path_type=Path), default=REPORTS, help="Where the page and the record go.")
@click.option("--experiments", "folder", type=click.Path(path_type=Path), default=Path("experiments"), help="Folder.")
def compare(
    what: str,
    engines: str,
    prior: str | None,
    noise: str | None,
    likelihood: str | None,
    repeats: int,
    draws: int,
    chains: int,
    warm_up: int | None,
    seed: int,
    cores: int,
    target: str | None,
    features: tuple[str, ...],
    noise_sd: str,
    no_intercept: bool,
    data: Path | None,
    reference: Path | None,
    out: Path,
    folder: Path,
) -> int:
    """Compare engines on one posterior, each in a process of its own: equal densities first, then draws.

    Ctrl-C ends it early, and what was finished is written.
    """
    from rich.console import Console

    from mapsto.engines.registry import engine_named
    from mapsto.engines.settings import Settings
    from mapsto.runs.comparison.asked import Asked, named
    from mapsto.runs.comparison.compare import Plan, compare
    from mapsto.runs.comparison.output import write_comparison
    from mapsto.runs.comparison.recording import comparison_record
    from mapsto.runs.comparison.work import Apart
    from mapsto.runs.output import check_folder
    from mapsto.runs.progress import shown
    from mapsto.scales import whole

    plan = Plan(Settings(seed=seed, draws=draws, chains=chains, warm_up=warm_up), repeats)
    cores = whole(cores, "cores", least=1, most=1024)
    columns = tuple(name for text in features for name in text.split(",")) or None
    asked = Asked(what, folder, prior, noise, likelihood, target, columns, noise_sd, not no_intercept, data, reference)
    names = named(engines)
    kinds = {name: engine_named(text) for name, text in names.items()}
    subject, given = asked.subject(), asked.given()
    check_folder(out)
    console = Console()
    with shown(subject.name, console) as stage:
        found = compare(subject, kinds, Apart(asked, names, cores), plan, cores=cores, given=given, stage=stage)
    from mapsto.report.comparison import render_comparison  # Jinja2 and its kin are wanted only now

    record = comparison_record(found, _command())
    page = write_comparison(record, out, render_comparison)
    _tell(console, record, page)
    if found.interrupted:
        return 130
    return 0 if record.passed else 1


def _tell(console: Console, record: ComparisonRecord, page: Path) -> None:
    """Each engine in a line, then the verdict."""
    from mapsto.marks import plain

    for engine in record.engines.values():
        console.print(f"  {engine.label}: {_line(engine)}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"{record.name}: {plain(record.verdict)} -> {page}",
        markup=False,
        highlight=False,
        soft_wrap=True,
        style="green" if record.passed else "bold red",
    )


def _line(engine: object) -> str:
    from mapsto.marks import plain
    from mapsto.report.text.numerals import number
    from mapsto.runs.record.comparison import ComparedRecord

    assert isinstance(engine, ComparedRecord)
    if engine.reason is not None:
        return f"{engine.status}. {plain(engine.reason)}"
    if not engine.repeats:
        digits = "" if engine.mode is None or engine.mode.digits is None else f", {engine.mode.digits:.1f} digits"
        return f"a mode{digits}"
    per = {
        name: engine.spreads[name].median for name in ("ess_per_gradient", "ess_per_second") if name in engine.spreads
    }
    words = [f"{len(engine.repeats)} repeats"]
    if "ess_per_gradient" in per:
        words.append(f"{number(per['ess_per_gradient'], 3)} effective draws a gradient")
    if "ess_per_second" in per:
        words.append(f"{number(per['ess_per_second'], 3)} a second")
    return ", ".join(words)


def _command() -> str:
    """The command as it was given, to be given again."""
    context = click.get_current_context()
    words = ["mapsto", "compare"]
    for param in context.command.params:
        value, source = context.params[str(param.name)], context.get_parameter_source(str(param.name))
        if isinstance(param, click.Argument):
            words.append(str(value))
        elif source is not click.core.ParameterSource.DEFAULT or param.name in ("seed", "draws", "chains", "repeats"):
            if isinstance(param, click.Option) and param.is_flag:
                words += [param.opts[0]] * bool(value)
            else:
                words += [f"{param.opts[0]}={one}" for one in (value if param.multiple else [value])]
    return shlex.join(words)
