"""No home folder, no compiler, a clock that jumps, two runs at once, and hostile files in the folder."""

import os
import subprocess
import sys

import pytest

from faults.command import FAULTY, FILES, HERE, SECONDS, SMALL, all_whole, experiments, mapsto_run, told_in_a_line
from mapsto.runs.record import decode

JUMPING = """
import time
now, calls = time.time, []

def jumping():
    calls.append(0)
    return now() - 86_400.0 * len(calls)

time.time = jumping
"""


def works(ran, out):
    assert ran.returncode in (0, 1), ran.stderr  # 50 draws are too few for some checks
    assert ran.stderr == ""
    assert set(FILES) <= {path.name for path in out.iterdir()}
    assert all_whole(out)


@pytest.mark.slow
def test_neither_a_home_nor_a_compiler_is_needed(tmp_path):
    experiments(tmp_path)
    nowhere = {"HOME": "/nonexistent", "PATH": "/nonexistent", "PYTENSOR_FLAGS": f"base_compiledir={tmp_path / 'c'}"}
    works(mapsto_run(tmp_path, *SMALL, env=nowhere), tmp_path / "reports")


@pytest.mark.slow
def test_a_clock_that_jumps_back_is_survived(tmp_path):
    """A day at each look."""
    experiments(tmp_path)
    works(mapsto_run(tmp_path, *SMALL, fault=JUMPING), tmp_path / "reports")
    assert decode((tmp_path / "reports" / "small.json").read_bytes()).provenance.seconds >= 0


@pytest.mark.slow
def test_two_runs_into_one_folder_at_once(tmp_path):
    experiments(tmp_path)
    source = FAULTY.format(fault="", arguments=SMALL)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", source], cwd=tmp_path, env=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    errors = [process.communicate(timeout=SECONDS)[1] for process in both]
    assert errors == [b"", b""]
    assert {process.returncode for process in both} <= {0, 1}
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == sorted(FILES)
    assert all_whole(tmp_path / "reports")


@pytest.mark.slow
def test_hostile_files_in_the_folder_are_passed_by(tmp_path):
    """Truncated, deep, of another kind, a pipe, a link to nowhere; an own one that is cut short is written anew."""
    experiments(tmp_path)
    out = tmp_path / "reports"
    out.mkdir()
    hostile = {
        "small.json": b'{"name": "small", "sch',
        "small.nc": b"\x89HDF\r\n\x1a\n",
        "deep.json": b"[" * 100_000,
        "other.json": b'{"name": "other"}',
        "bytes.json": b"\xff\x00",
        "large.json": b'{"name": 1e999999}',
    }
    for name, content in hostile.items():
        (out / name).write_bytes(content)
    os.mkfifo(out / "pipe.json")
    (out / "folder.json").mkdir()
    (out / "nowhere.json").symlink_to("nowhere")
    ran = mapsto_run(tmp_path, *SMALL)
    for name in [*hostile, "pipe.json", "nowhere.json"]:
        if not name.startswith("small."):
            (out / name).unlink()
    (out / "folder.json").rmdir()
    works(ran, out)


@pytest.mark.slow
@pytest.mark.parametrize("most", [2_000, 100_000])
def test_a_disk_that_is_full_is_told_and_leaves_what_stood(tmp_path, most):
    """No file may be longer than so many bytes."""
    experiments(tmp_path)
    out = tmp_path / "reports"
    out.mkdir()
    (out / "small.html").write_text("what stood")
    full = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most})); sys.dont_write_bytecode = True"
    )
    ran = mapsto_run(tmp_path, *SMALL, fault=full, env={"PYTENSOR_FLAGS": "cxx="})
    assert ran.returncode == 2
    assert told_in_a_line(ran)
    assert {path.name: path.read_text() for path in out.iterdir()} == {"small.html": "what stood"}
