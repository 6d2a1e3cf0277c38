"""Time `mapsto run three-routes` against naive.py, from compile caches that are warm and ones that are empty.

The two take turns, so that a machine that slows down or speeds up does so for both. What counts is the
wall time of the whole process. The exit status says whether every command ran, not who was faster.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

GOAL = 0.5  # of the naive script's time, at most
NAIVE = [sys.executable, str(Path(__file__).with_name("naive.py"))]
OURS = [str(Path(sys.executable).with_name("mapsto")), "run", "three-routes", "--out"]
LIBRARIES = ("pymc", "pytensor", "nutpie", "numba", "numpy")  # their versions are told beside the times


def empty_caches(folder: Path) -> dict[str, str]:
    """Point PyTensor and numba, which keep what they compile, to places in `folder` instead."""
    flags = [os.environ.get("PYTENSOR_FLAGS", ""), f"base_compiledir={folder / 'pytensor'}"]
    return {"PYTENSOR_FLAGS": ",".join(filter(None, flags)), "NUMBA_CACHE_DIR": str(folder / "numba")}


def seconds(command: list[str], *, cold: bool) -> float:
    """Run one command, which must succeed, and return how long it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if command is OURS:
            command = [*OURS, str(folder / "reports")]
        env = os.environ | (empty_caches(folder) if cold else {})
        start = time.perf_counter()
        run = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        elapsed = time.perf_counter() - start
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {run.returncode}\n{run.stdout}{run.stderr}")
    return elapsed


def take_turns(runs: int, *, cold: bool) -> tuple[list[float], list[float]]:
    """Time both commands `runs` times each, A B A B; before warm runs, an uncounted turn fills the caches."""
    turns = runs if cold else runs + 1
    times = [(seconds(NAIVE, cold=cold), seconds(OURS, cold=cold)) for _ in range(turns)]
    naive, ours = zip(*times[-runs:], strict=True)
    return list(naive), list(ours)


def main() -> None:
    """Measure, then print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each command and kind of cache (default: 5)")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--warm-only", action="store_true", help="leave out the runs from empty caches")
    only.add_argument("--cold-only", action="store_true", help="leave out the runs from warm caches")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")

    table = Table(title=f"seconds of {options.runs} runs each")
    for heading in ("caches", "script", "min", "median", "max", "ratio of medians"):
        table.add_column(heading, justify="left" if heading in {"caches", "script"} else "right")
    for caches, skipped in (("warm", options.cold_only), ("cold", options.warm_only)):
        if skipped:
            continue
        naive, ours = take_turns(options.runs, cold=caches == "cold")
        ratio = statistics.median(ours) / statistics.median(naive)
        verdict = f"{ratio:.2f}, goal {'reached' if ratio <= GOAL else 'missed'}"
        for script, times, remark in (("naive.py", naive, ""), ("mapsto", ours, verdict)):
            figures = [f"{figure(times):.1f}" for figure in (min, statistics.median, max)]
            table.add_row(caches, script, *figures, remark)
        table.add_section()

    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    console = Console()
    console.print(table)
    console.print(f"The goal is at most {GOAL:g} of naive.py's median.")
    console.print(f"{os.cpu_count()} CPUs, Python {platform.python_version()}, {versions}")


if __name__ == "__main__":
    main()
