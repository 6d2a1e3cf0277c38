"""The same seed gives the same JSON, byte for byte apart from times, whatever surrounds the run: four ways."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mapsto
from helpers.runs import script

HERE = os.environ | {"PYTHONPATH": str(Path(mapsto.__file__).parents[1])}
LAPLACE = """
from mapsto import Experiment, Laplace, Problem

def data():
    X = [[0.0, 1.0], [1.0, 0.5], [2.0, 0.1], [4.0, -1.0], [5.0, 0.3]]
    return Problem.from_rows(X, [1.0, 2.0, 2.5, 5.0, 5.5], noise_sd=1.0)

experiment = Experiment(
    name="NAME", title="Another", question="Does it matter?", answer="It does.", data=data, prior=Laplace(scale=1.0)
)
"""
WAYS = {
    "as it is": ({"PYTHONHASHSEED": "1"}, ["one", "two"]),
    "the other order and another hash seed": ({"PYTHONHASHSEED": "99"}, ["two", "one"]),
    "on one core": ({"PYTHONHASHSEED": "2", "ONE_CORE": "1"}, ["one", "two"]),
    "cold caches": ({"PYTHONHASHSEED": "3", "COLD": "1"}, ["one", "two"]),
}
COMMAND = """
import os, sys
if os.environ.get("ONE_CORE") and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sys.argv[0] = "mapsto"
from mapsto.cli import main
if __name__ == "__main__":
    main()
"""


def timeless(value):
    """A record without its times: how long things took, and when."""
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items() if key not in ("seconds", "made")}
    return [timeless(one) for one in value] if isinstance(value, list) else value


@pytest.mark.slow
def test_the_same_seed_gives_the_same_record_four_ways(tmp_path):
    script(tmp_path / "experiments", "one")
    script(tmp_path / "experiments", "two", LAPLACE)
    command = tmp_path / "command.py"
    command.write_text(COMMAND)
    found = {}
    for i, (way, (surroundings, order)) in enumerate(WAYS.items()):
        out = tmp_path / f"out{i}"
        cold = {"PYTENSOR_FLAGS": f"compiledir={tmp_path / 'cold'}", "NUMBA_CACHE_DIR": str(tmp_path / "cold")}
        subprocess.run(
            [sys.executable, command, "run", *order, "--seed", "5", "--draws", "200", "--out", out],
            cwd=tmp_path,
            env=HERE | surroundings | (cold if "COLD" in surroundings else {}),
            check=False,
            capture_output=True,
        )
        texts = [(out / f"{name}.json").read_text(encoding="utf-8") for name in ("one", "two")]
        found[way] = [json.dumps(timeless(json.loads(text)) | {"lesson": None}, indent=1) for text in texts]
    first = found["as it is"]
    assert {way: texts == first for way, texts in found.items()} == dict.fromkeys(WAYS, True)
    assert first[0] != first[1]
