"""Engines asked in processes of their own: from the command line, with crashes and with Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time

import msgspec
import pytest

from helpers.runs import ROOT, refused, script, snapshot
from mapsto import BadInput
from mapsto.outcome import Failed
from mapsto.runs.comparison.process import PINNED, alone
from mapsto.runs.record.comparison import ComparisonRecord

ENGINES = ROOT / "tests" / "compared" / "engines.py"
QUICK = ["--repeats=2", "--draws=300", "--seed=1"]


def engine(*names):
    return "--engines=" + ",".join(f"{ENGINES}:{name}" for name in names)


def environment_of(names):
    return {name: os.environ.get(name) for name in names}, sorted(os.sched_getaffinity(0))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system holds no process to its cores")
def test_a_process_has_its_own_threads_and_no_more_cores_than_it_was_given():
    before = environment_of(PINNED)
    (pinned, cores), memory = alone(environment_of, tuple(PINNED), cores=1)
    assert pinned == PINNED
    assert len(cores) == 1
    assert memory > 2**20
    assert environment_of(PINNED) == before


def test_what_a_process_raises_is_told_and_bad_input_is_bad_input():
    found, _ = alone(int, "no number")
    assert isinstance(found, Failed)
    assert "ValueError" in found.reason
    with pytest.raises(BadInput, match="no folder"):
        alone(_bad)


def _bad():
    raise BadInput("no folder of that name")


def test_a_crash_is_a_row_and_the_others_go_on(cli, tmp_path):
    script(tmp_path / "experiments")
    status, out, error = cli("compare", "small", engine("Crashing", "Right"), *QUICK)
    assert (status, error) == (1, "")
    assert "Crashing: failed. Its process ended by signal SIGKILL; the last that it wrote: the last words" in out
    record = msgspec.json.decode((tmp_path / "reports" / "small-compare.json").read_bytes(), type=ComparisonRecord)
    assert record.engines["crashing"].status == "failed"
    assert [one.seed for one in record.engines["right"].repeats] == [1, 2]
    assert record.engines["right"].repeats[0].memory > 2**20
    assert "process of its own" in record.budget.threads
    page = (tmp_path / "reports" / "small-compare.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count('type="radio"') == 2


@pytest.mark.slow
def test_ctrl_c_writes_what_was_finished_and_leaves_no_process(tmp_path):
    script(tmp_path / "experiments")
    command = [
        sys.executable,
        "-m",
        "mapsto",
        "compare",
        "small",
        engine("Right", "Endless"),
        "--repeats=3",
        *QUICK[1:],
    ]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        group = running.pid
        deadline = time.monotonic() + 240
        while not (said := _read(tmp_path / "asleep")) and time.monotonic() < deadline:
            time.sleep(0.2)
        os.kill(group, signal.SIGINT)
        out, error = running.communicate(timeout=120)
    assert said, out
    assert (running.returncode, error) == (130, "")
    record = json.loads((tmp_path / "reports" / "small-compare.json").read_text(encoding="utf-8"))
    assert record["interrupted"]
    assert len(record["engines"]["right"]["repeats"]) == 2
    assert len(record["engines"]["endless"]["repeats"]) == 1
    assert not _lives(int(said))


def _read(path):
    return path.read_text(encoding="ascii") if path.is_file() else ""


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_bad_input_is_one_line_and_nothing_is_written(cli, tmp_path):
    script(tmp_path / "experiments")
    before = snapshot(tmp_path)
    assert "no engine named 'stan9'" in refused(cli("compare", "small", "--engines=stan9"))
    assert "one run is no comparison" in refused(cli("compare", "small", "--repeats=1"))
    assert "asked for twice" in refused(cli("compare", "small", "--engines=direct,direct"))
    assert "name the column to explain with --target" in refused(cli("compare", "table.csv"))
    assert "nothing is downloaded" in refused(cli("compare", "posteriordb:sblri-blr"))
    assert "Student t prior" in refused(cli("compare", "posteriordb:diamonds-diamonds", "--data=."))
    assert "there is no experiment" in refused(cli("compare", "nothing"))
    assert snapshot(tmp_path) == before
