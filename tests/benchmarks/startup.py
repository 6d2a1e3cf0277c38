"""Time what the command line answers at once against a Python that does nothing.

Each command and `python -c pass` of the same environment take turns, so that a machine that slows down or speeds up
does so for both; the ratio is the median of the ratios of the pairs. What counts is the wall time of the whole process.
`list` is timed twice: once for scripts that Python has compiled before, as any run leaves them, and once for new ones.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL = 2.0  # of the time of a bare Python, at most
ROOT = Path(__file__).parents[2]
BARE = [sys.executable, "-c", "pass"]
MAPSTO = [sys.executable, "-m", "mapsto"]
WARM_UP = 2  # turns that fill the caches and are not counted


def seconds(command: list[str], folder: Path) -> float:
    """Run one command in `folder`, which must succeed, and return how long it took."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "models"), os.environ.get("PYTHONPATH", "")])}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # the caches are what the second kind of list is about
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    elapsed = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr.decode()}")
    return elapsed


def main() -> None:
    """Measure, then print one line for each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=25, help="pairs of each command (default: 25)")
    runs = parser.parse_args().runs
    if runs < 1:
        parser.error("--runs must be at least 1")
    print(f"milliseconds, medians of {runs} pairs; the goal is a ratio of at most {GOAL:g}")
    print(f"{'command':<32}{'python -c pass':>16}{'command':>10}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "experiments", folder / "experiments", ignore=shutil.ignore_patterns("__pycache__"))
        load_all = "from pathlib import Path; from mapsto.runs.lessons.discovery import find; find(Path('experiments'))"
        for words, remark, before in (
            (["--version"], "", None),
            (["--help"], "", None),
            (["list"], " (new scripts)", None),
            (["list"], "", [sys.executable, "-c", load_all]),
        ):
            if before is not None:
                seconds(before, folder)
            turns = [(seconds(BARE, folder), seconds([*MAPSTO, *words], folder)) for _ in range(WARM_UP + runs)]
            bare, ours = zip(*turns[WARM_UP:], strict=True)
            ratio = statistics.median(b / a for a, b in zip(bare, ours, strict=True))
            command = " ".join(["mapsto", *words]) + remark
            print(
                f"{command:<32}{1e3 * statistics.median(bare):16.1f}{1e3 * statistics.median(ours):10.1f}{ratio:8.2f}"
            )


if __name__ == "__main__":
    main()
