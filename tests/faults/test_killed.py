"""A run and a gallery that are killed, ended or interrupted at several moments: whole files, and a rerun works."""

import signal
import subprocess
import sys
import time

import pytest

from faults.command import (
    AT_EVENT,
    FAULTY,
    FILES,
    HERE,
    SECONDS,
    SMALL,
    TWO,
    all_whole,
    experiments,
    left_behind,
    mapsto_run,
)

MOMENTS = [  # the event, what its first argument holds, and which of them
    ("import", "nutpie", 1),
    ("tempfile.mkdtemp", ".writing-", 1),
    ("open", ".writing-", 2),
    ("os.rename", ".writing-", 1),
    ("os.rename", ".writing-", 2),
    ("os.rename", ".writing-", 5),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_run_that_is_stopped_leaves_whole_files_and_the_next_one_works(tmp_path, name):
    experiments(tmp_path)
    out = tmp_path / "reports"
    for event, part, at in MOMENTS:
        stop = AT_EVENT.format(event=event, part=part, at=at, what=f"os.kill(os.getpid(), signal.{name})")
        ran = mapsto_run(tmp_path, *SMALL, fault=stop)
        assert ran.returncode == (130 if name == "SIGINT" else -getattr(signal, name)), (event, at)
        assert "Traceback" not in ran.stderr
        if out.exists():
            assert all_whole(out), (event, at)
            assert name != "SIGINT" or not left_behind(out), (event, at)
    ran = mapsto_run(tmp_path, *SMALL)
    assert ran.returncode in (0, 1), ran.stderr  # 50 draws are too few for some checks
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    assert all_whole(out)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_gallery_that_is_stopped_leaves_whole_files_and_the_next_one_works(tmp_path, name):
    """As the first of its results stands."""
    experiments(tmp_path, "small", "other")
    out = tmp_path / "reports"
    process = subprocess.Popen(
        [sys.executable, "-c", FAULTY.format(fault="", arguments=TWO)],
        cwd=tmp_path,
        env=HERE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + SECONDS
    while process.poll() is None and not list(out.glob("*.html")) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(getattr(signal, name))
    _, error = process.communicate(timeout=SECONDS)
    assert process.returncode == (130 if name == "SIGINT" else -getattr(signal, name))
    assert "Traceback" not in error
    assert all_whole(out)
    ran = mapsto_run(tmp_path, *TWO)
    assert ran.returncode in (0, 1), ran.stderr
    assert {"small.json", "small.nc", "other.json", "other.nc", "index.html"} <= {path.name for path in out.iterdir()}
    assert left_behind(out) == []
    assert all_whole(out)
