"""``mapsto calibrate``: who is calibrated and who is not, on the command line."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mapsto.runs.record import CalibrationRecord

REPORTS = Path("reports")


@click.command("calibrate")
@click.option("--prior", metavar="NAME[:K=V]", help="One prior alone; by its bare name its first example.")
@click.option("--likelihood", metavar="NAME[:K=V]", help="One likelihood alone, likewise.")
@click.option("--noise", metavar="NAME:K=V", help="Sigma learned under this prior alone: half_normal:scale=1, …")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    help="exact, plug_in, laplace, bayesian_ridge, an engine that samples, or all; by default what needs no sampler.",
)
@click.option("--replicates", type=click.IntRange(50, 10**5), default=500, show_default=True, help="Of each.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="What all follows from.")
@click.option("--out", type=click.Path(path_type=Path), default=REPORTS, help="Where the page goes.")
def calibrate(
    prior: str | None,
    likelihood: str | None,
    noise: str | None,
    engines: tuple[str, ...],
    replicates: int,
    seed: int,
    out: Path,
) -> int:
    """Check by simulation whether posteriors, and what stands in for them, are calibrated.

    Parameters are drawn from the prior and data given them; their ranks among posterior draws have to be uniform.
    Interrupt it, and the same command goes on. The exit status is 1 if an exact posterior or an engine is not
    calibrated; plug-ins and approximations promise nothing.
    """
    from rich.console import Console

    from mapsto.likelihoods.noise_priors.registry import parse_noise
    from mapsto.report import render_calibration
    from mapsto.runs.calibration import run
    from mapsto.runs.calibration.cells import cells, likelihood_of, prior_of
    from mapsto.runs.output import check_folder
    from mapsto.runs.progress import counted_up

    if prior is not None:
        prior_of(prior)
    if likelihood is not None:
        likelihood_of(likelihood)
    if noise is not None:
        parse_noise(noise)
    wanted = cells(prior, likelihood, noise, engines)
    check_folder(out)
    given = {"prior": prior, "likelihood": likelihood, "noise": noise}
    words = [f"--{name}={text}" for name, text in given.items() if text is not None]
    words += [f"--engine={name}" for name in engines] + [f"--replicates={replicates}", f"--seed={seed}"]
    console = Console()
    with counted_up(console, f"calibration of {len(wanted)} posteriors") as upto:
        found = run.calibrate(
            wanted,
            out,
            seed=seed,
            replicates=replicates,
            command=shlex.join(["mapsto", "calibrate", *words]),
            one_more=upto,
        )
    page = run.write(found, render_calibration(found), out)
    for line in told(found):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Open {page}", markup=False, highlight=False)
    return 0 if all(cell.calibrated for cell in found.cells if cell.promises) else 1


def told(found: CalibrationRecord) -> list[str]:
    """What was found, a line for each method."""
    from mapsto.errors import one_line

    lines = []
    for label in dict.fromkeys(cell.label for cell in found.cells):
        those = [cell for cell in found.cells if cell.label == label]
        off = [cell for cell in those if not cell.calibrated]
        names = f": not {', '.join(cell.key for cell in off)}" if off else ""
        lines.append(one_line(f"{label}: {len(those) - len(off)} of {len(those)} calibrated{names}"))
    return lines
