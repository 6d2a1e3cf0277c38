"""Measure every scenario beside its peer and write the table: on the terminal, reports/benchmarks.json and .html.

Each scenario has a process of its own, in which ours and the peer's take turns. The exit status says whether every one
ran, not who was faster.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import statistics
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from rich.console import Console
from rich.table import Table
from scenario import ALL, Figures, measure

HERE = Path(__file__).parent
REPORTS = HERE.parents[1] / "reports"
LIBRARIES = ("mapsto", "numpy", "scikit-learn", "pymc", "nutpie", "pyarrow")


def load() -> None:
    """Import every file of scenarios."""
    for path in sorted((HERE / "scenarios").glob("[!_]*.py")):
        importlib.import_module(f"scenarios.{path.stem}")


def in_a_process(name: str, runs: int) -> tuple[Figures | None, str]:
    """What a fresh process measured of one scenario, or None and why not."""
    command = [sys.executable, __file__, "--one", name, "--runs", str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"
    return Figures(**json.loads(done.stdout.splitlines()[-1])), ""


def row(name: str, figures: Figures | None, error: str) -> dict[str, object]:
    """One row of the table, as plain data."""
    one = ALL[name]
    told: dict[str, object] = {"name": name, "work": one.work, "peer": one.peer, "goal": one.goal, "error": error}
    if figures is None:
        return told
    ratios = figures.ratios
    return told | {
        "figure": figures.figure(),
        "met": figures.figure() <= one.goal,
        "ours": statistics.median(figures.ours),
        "ours_range": [min(figures.ours), max(figures.ours)],
        "peer_median": statistics.median(figures.peer) if figures.peer else None,
        "peer_range": [min(figures.peer), max(figures.peer)] if figures.peer else None,
        "ratio_range": [min(ratios), max(ratios)] if ratios else None,
        "megabytes": figures.megabytes,
    }


def shown(rows: list[dict[str, object]]) -> list[list[str]]:
    """The table's cells."""
    found = []
    for one in rows:
        if one["error"]:
            found.append([str(one["work"]), str(one["peer"]), "", "", "", "", f"{one['goal']:.3g}", str(one["error"])])
            continue
        ranged = "" if one["ratio_range"] is None else " ({:.3g} to {:.3g})".format(*one["ratio_range"])
        peer = "" if one["peer_median"] is None else f"{one['peer_median']:.3g}"
        said = "met" if one["met"] else "not met"
        cells = [str(one["work"]), str(one["peer"]), f"{one['ours']:.3g}", peer, f"{one['megabytes']:.0f}"]
        found.append([*cells, f"{one['figure']:.3g}{ranged}", f"{one['goal']:.3g}", said])
    return found


HEADINGS = ("work", "peer", "ours, s", "peer, s", "peak, MB above the data", "figure (range)", "goal", "")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="scenarios (default: all but the large ones)")
    parser.add_argument("--runs", type=int, default=5, help="turns of each (default: 5)")
    parser.add_argument("--large", action="store_true", help="the large ones too")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    load()
    if asked.one:
        print(json.dumps(asdict(measure(ALL[asked.one].make(), asked.runs))))
        return
    unknown = [name for name in asked.names if name not in ALL]
    if unknown:
        parser.error(f"there is no scenario {unknown[0]!r}; there are: {', '.join(ALL)}")
    chosen = asked.names or [name for name, one in ALL.items() if asked.large or not one.large]
    console, rows = Console(), []
    for name in chosen:
        with console.status(name):
            rows.append(row(name, *in_a_process(name, asked.runs)))
    table = Table(*HEADINGS, title=f"medians of {asked.runs} turns; a figure is a ratio to the peer where there is one")
    for cells in shown(rows):
        table.add_row(*cells)
    console.print(table)
    machine = f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, " + ", ".join(
        f"{name} {version(name)}" for name in LIBRARIES
    )
    told = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "runs": asked.runs,
        "rows": rows,
    }
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / "benchmarks.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    page = Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("table.html.j2")
    text = page.render(told=told, headings=HEADINGS, cells=shown(rows))
    (REPORTS / "benchmarks.html").write_text(text, encoding="utf-8")
    console.print(f"Open {REPORTS / 'benchmarks.html'}", markup=False, highlight=False)
    if any(one["error"] for one in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
