"""What happens around a run: a pipe that is closed, and a folder that cannot be written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mapsto
from helpers.runs import script

HERE = os.environ | {"PYTHONPATH": str(Path(mapsto.__file__).parents[1])}
RUN = [sys.executable, "-m", "mapsto", "run", "small", "--draws", "50", "--chains", "2", "--out", "out"]


@pytest.fixture
def folder(tmp_path):
    script(tmp_path / "experiments")
    return tmp_path


def test_a_closed_pipe_prints_no_traceback(folder):
    process = subprocess.Popen(
        [sys.executable, "-m", "mapsto", "list", "--priors"],
        cwd=folder,
        env=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert "Traceback" not in error


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that nobody can write is in /proc")
def test_a_folder_that_cannot_be_written_is_told_in_a_line(folder):
    told = subprocess.run(
        [*RUN[:-1], "/proc/self/out"], cwd=folder, env=HERE, capture_output=True, text=True, check=False, timeout=300
    )
    assert told.returncode == 2
    assert len(told.stderr.splitlines()) == 1
    assert "give another with --out" in told.stderr
