"""What happens around a run: kills, signals, closed pipes, no home, no compiler, broken caches, clocks, other runs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mapsto
from helpers.runs import script, snapshot
from mapsto.runs.record import decode

HERE = os.environ | {"PYTHONPATH": str(Path(mapsto.__file__).parents[1])}
RUN = [sys.executable, "-m", "mapsto", "run", "small", "--draws", "50", "--chains", "2", "--out", "out"]
FILES = {"small.html", "small.json", "small.nc", "index.html", "conventions.html"}


@pytest.fixture
def folder(tmp_path):
    script(tmp_path / "experiments")
    return tmp_path


def ran(folder, command=RUN, **surroundings):
    """A run to its end: its exit status, which may say that so few draws are not enough; no traceback; whole files."""
    told = subprocess.run(
        command, cwd=folder, env=HERE | surroundings, capture_output=True, text=True, check=False, timeout=300
    )
    assert told.returncode in (0, 1), told.stderr
    assert told.stderr == ""
    whole(folder)


def whole(folder):
    assert {path.name for path in (folder / "out").iterdir()} == FILES
    assert decode((folder / "out/small.json").read_bytes()).name == "small"


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


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_what_stood_stays_whatever_ends_a_run_and_the_next_one_works(folder, how):
    """At four moments: while it imports, compiles, samples and writes."""
    ran(folder)
    before = snapshot(folder / "out")
    for after in (0.3, 1.5, 4.0, 7.0):
        process = subprocess.Popen(RUN, cwd=folder, env=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(after)
        process.send_signal(how)
        error = process.communicate(timeout=60)[1]
        assert b"Traceback" not in error
        now = {name: content for name, content in snapshot(folder / "out").items() if not name.startswith(".writing-")}
        if process.returncode in (0, 1):  # it had ended before
            before = now
        if now != before:  # it was publishing: each file is then the old one or the new one, and whole
            assert set(now) == set(before)
            assert decode(now["small.json"]).name == "small"
            before = now
    ran(folder)


@pytest.mark.slow
def test_without_a_home_or_a_compiler_it_works(folder):
    ran(folder, HOME="/nonexistent", PATH="/nonexistent", PYTENSOR_FLAGS=f"compiledir={folder / 'cache'},cxx=")


@pytest.mark.slow
def test_a_broken_compile_cache_is_no_obstacle(folder):
    cache = folder / "cache"
    ran(folder, PYTENSOR_FLAGS=f"compiledir={cache}", NUMBA_CACHE_DIR=str(cache / "numba"))
    kept = [path for path in cache.rglob("*") if path.is_file()]
    for path in kept:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    ran(folder, PYTENSOR_FLAGS=f"compiledir={cache}", NUMBA_CACHE_DIR=str(cache / "numba"))


@pytest.mark.slow
def test_two_runs_into_one_folder_at_once_both_end_well(folder):
    both = [
        subprocess.Popen(RUN, cwd=folder, env=HERE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in "ab"
    ]
    for process in both:
        assert process.communicate(timeout=300)[1] == b""
        assert process.returncode in (0, 1)
    whole(folder)


@pytest.mark.slow
def test_a_clock_that_jumps_back_moves_no_time_below_zero(folder):
    jumping = "import itertools, sys, time; c = itertools.count(2e9, -1e6); time.time = lambda: next(c); "
    jumping += "sys.argv[0] = 'mapsto'; from mapsto.cli import main; main()"
    ran(folder, [sys.executable, "-c", jumping, *RUN[3:]])
    assert decode((folder / "out/small.json").read_bytes()).provenance.seconds >= 0


@pytest.mark.slow
def test_broken_files_among_the_reports_are_no_obstacle(folder):
    ran(folder)
    whole_text = (folder / "out/small.json").read_bytes()
    for name, text in (("half.json", whole_text[: len(whole_text) // 2]), ("deep.json", b"[" * 100_000)):
        (folder / "out" / name).write_bytes(text)
    (folder / "out/small.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(40))
    told = subprocess.run(RUN, cwd=folder, env=HERE, capture_output=True, text=True, check=False, timeout=300)
    assert told.returncode in (0, 1)
    assert told.stderr == ""
    assert "half" not in (folder / "out/index.html").read_text(encoding="utf-8")
    assert (folder / "out/small.nc").stat().st_size > 1_000
