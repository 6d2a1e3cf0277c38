"""``mapsto calibrate``: its page and record, resumed after a kill, and the same whatever order its parts come in."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mapsto
from mapsto import BadInput
from mapsto.runs.calibration import run
from mapsto.runs.calibration.cells import Cell, Part, cells, part
from mapsto.runs.calibration.resume import UNFINISHED, Unfinished
from mapsto.runs.record import CalibrationProvenance, decode_calibration

HERE = os.environ | {"PYTHONPATH": str(Path(mapsto.__file__).parents[1])}
ASKED = ("--prior", "normal", "--likelihood", "gaussian", "--noise", "half_normal:scale=1", "--engine", "exact")
NORMAL = Cell("normal", "gaussian", None, "exact")


def command(out, *arguments):
    return [sys.executable, "-m", "mapsto", "calibrate", *arguments, "--out", str(out)]


def without_times(text):
    record = json.loads(text)
    record["provenance"] |= {"made": "", "seconds": 0, "command": ""}
    return record


@pytest.mark.slow
def test_a_killed_calibration_goes_on_and_ends_as_if_it_had_not_been(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    ran = subprocess.run(
        command(whole, *ASKED, "--replicates", "75"), env=HERE, capture_output=True, text=True, check=True
    )
    assert "exact posterior: 1 of 1 calibrated" in ran.stdout
    assert sorted(path.name for path in whole.iterdir()) == ["calibration.html", "calibration.json"]
    process = subprocess.Popen(
        command(killed, *ASKED, "--replicates", "75"), env=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    unfinished = killed / UNFINISHED
    for _ in range(600):
        if unfinished.is_file() and unfinished.stat().st_size:
            break
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = unfinished.read_bytes()
    assert done
    unfinished.write_bytes(done + b'\n{"key": "half wri')
    subprocess.run(command(killed, *ASKED, "--replicates", "75"), env=HERE, capture_output=True, check=True)
    found = [without_times((folder / "calibration.json").read_text()) for folder in (whole, killed)]
    assert found[0] == found[1]
    assert not unfinished.exists()
    record = decode_calibration((whole / "calibration.json").read_bytes())
    assert record.cells[0].replicates == 75
    assert {one.name for one in record.cells[0].quantities} >= {"sigma", "length of the slopes"}
    assert "Who is calibrated, and who is not" in (whole / "calibration.html").read_text()


def test_parts_are_the_same_whoever_makes_them_and_differ_from_each_other():
    first, again, other = part((NORMAL, 0, 25, 1)), part((NORMAL, 0, 25, 1)), part((NORMAL, 1, 25, 1))
    assert first == again
    assert first != other
    assert part((NORMAL, 0, 25, 2)) != first
    assert part((NORMAL, 0, 10, 1)).ranks["slope of x0"] == first.ranks["slope of x0"][:10]


def test_what_was_made_under_another_seed_is_not_taken(tmp_path):
    made = part((NORMAL, 0, 25, 1))
    Unfinished(tmp_path, 1).add(NORMAL, 0, 25, made)
    assert Unfinished(tmp_path, 1).get(NORMAL, 0, 25) == made
    assert Unfinished(tmp_path, 2).get(NORMAL, 0, 25) is None
    assert Unfinished(tmp_path, 1).get(NORMAL, 1, 25) is None


def provenance():
    return CalibrationProvenance(command="", seed=1, replicates=50, made="", versions={}, seconds=0.0)


def test_a_replicate_without_an_answer_is_counted_and_told():
    """One that fails is not calibrated, though its ranks are; what has no answer at all is listed with its reason."""
    even = {"slope of x0": list(range(0, 200, 4))}
    there = {
        NORMAL: [Part(even)],
        Cell("cauchy", "gaussian", None, "exact"): [Part(even, 1, "ArithmeticError: no curvature")],
        Cell("laplace", "gaussian", None, "exact"): [Part({}, unsupported="No formula.")],
    }
    record = run.record(there, provenance())
    assert [cell.calibrated for cell in record.cells] == [True, False]
    assert record.cells[1].failure == "ArithmeticError: no curvature"
    assert [one.reason for one in record.left_out] == ["No formula."]
    assert 0 < record.false_alarms <= record.level


def test_the_cells_are_those_asked_for():
    assert cells("normal", "gaussian", "half_normal:scale=1", ["exact"]) == (
        Cell("normal", "gaussian", "half_normal:scale=1", "exact"),
    )
    every = cells(engines=["all"])
    assert {cell.method for cell in every} >= {"exact", "plug_in", "laplace", "bayesian_ridge", "pymc"}
    assert len(set(every)) == len(every)
    with pytest.raises(BadInput, match="there is nothing named 'nuts'"):
        cells(engines=["nuts"])


@pytest.mark.slow
@pytest.mark.parametrize("likelihood", ["gaussian", "poisson"])
def test_nuts_is_calibrated(likelihood, tmp_path):
    found = run.calibrate([Cell("normal", likelihood, None, "pymc")], tmp_path, replicates=200)
    assert [cell.calibrated for cell in found.cells] == [True]
