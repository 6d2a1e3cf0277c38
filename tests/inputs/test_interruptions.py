"""Ctrl-C is one line from the first moment on; what a killed run leaves is cleared by the next, or ends by itself."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mapsto
from helpers.runs import script
from mapsto.runs.output import check_folder, clear_up

HERE = os.environ | {"PYTHONPATH": str(Path(mapsto.__file__).parents[1])}
INTERRUPTED = "mapsto: interrupted: nothing in the output folder is half-written\n"


def interrupted(tmp_path, module, *arguments):
    """Run the command line, and interrupt it as it begins to import a module."""
    source = f"""
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

from mapsto.cli import main
sys.meta_path.insert(0, Finder())
sys.argv[:] = ["mapsto", *{arguments!r}]
main()
"""
    return subprocess.run(
        [sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, check=False, env=HERE
    )


@pytest.mark.parametrize(
    "module", ["mapsto.cli_commands", "click", "numpy", "numpy._core.multiarray", "scipy", "rich.console", "xarray"]
)
def test_ctrl_c_is_one_line_whatever_is_being_imported(tmp_path, module):
    """Some libraries turn it into an error of their own."""
    script(tmp_path / "experiments")
    ran = interrupted(tmp_path, module, "run")
    assert (ran.returncode, ran.stderr) == (130, INTERRUPTED)
    assert not list((tmp_path / "reports").glob("*"))


def ended():
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_next_run_clears_what_a_killed_one_left(tmp_path):
    """But not what lives, another machine's, or the user's own."""
    machine = platform.node()
    stale = tmp_path / f".writing-{machine}-{ended()}-abc"
    others = [f".writing-{machine}-{os.getppid()}-a", f".writing-{machine}-{os.getpid()}-a", ".writing-moon-4-a", "a"]
    for name in [stale.name, *others]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.html").write_text("half")
    check_folder(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)
    clear_up(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)


def test_what_a_run_writes_is_named_for_its_process(tmp_path):
    """So that the next can tell."""
    from mapsto.runs.output import _staging

    with _staging(tmp_path) as folder:
        assert folder.name.startswith(f".writing-{platform.node()}-{os.getpid()}-")
    assert not list(tmp_path.iterdir())


PARENT = """
import os, signal, time
from mapsto.runs.workers import Workers

if __name__ == "__main__":
    workers = Workers(1)
    print(*(process.pid for process in workers.processes), flush=True)
    next(workers.run(time.sleep, [0.0]))
    going = workers.run(time.sleep, [0.0, 60.0])
    next(going)
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)
"""


def lives(pid):
    """Whether a process runs; one that only waits to be asked how it ended does not."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    """Though at work, and without a word."""
    path = tmp_path / "parent.py"
    path.write_text(PARENT)
    process = subprocess.Popen(
        [sys.executable, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=HERE
    )
    assert process.stdout is not None
    pids = [int(word) for word in process.stdout.readline().split()]
    assert len(pids) >= 1
    process.wait(60)
    for _ in range(200):
        if not any(map(lives, pids)):
            break
        time.sleep(0.1)
    assert not any(map(lives, pids))
    _, error = process.communicate(timeout=10)
    assert error == ""


KILLED = """
import os, signal, sys, time
from mapsto.runs.pool import Pool

def fall(_job):
    os.kill(os.getpid(), signal.SIGKILL)

def nothing():
    pass

if __name__ == "__main__":
    from mapsto.errors import BadInput
    with Pool(2, nothing) as pool:
        try:
            list(pool.run(fall, [1, 2, 3]))
        except BadInput as error:
            print(error, flush=True)
        pids = [process.pid for process in pool.processes]
    print(*pids)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_worker_that_is_killed_alone_is_told_and_not_waited_for(tmp_path):
    """As the system kills one when memory is short; none of the others stays."""
    path = tmp_path / "parent.py"
    path.write_text(KILLED)
    ran = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, env=HERE, timeout=60)
    told, pids = ran.stdout.splitlines()
    assert told.startswith("a process that worked for this one was killed")
    assert not any(lives(int(pid)) for pid in pids.split())
    assert ran.stderr == ""
