"""Compiled functions that were cut short, emptied or cannot be written: compiled anew, or the folder is named."""

import ctypes
import json
import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from faults.command import NO_COMPILER, SMALL, all_whole, experiments, mapsto_run, told_in_a_line
from mapsto.engines.pymc.kept import BEING_WRITTEN, folders, is_whole, remove_broken

LIBRARY = next(Path(np.__file__).parent.glob("_core/_multiarray_umath*.so"))
LONG_AGO = 10 * BEING_WRITTEN
needs_compiler = pytest.mark.skipif(not shutil.which("g++"), reason="nothing is compiled without a compiler")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the format of Linux's libraries")


def age(path):
    then = time.time() - LONG_AGO
    os.utime(path, (then, then))


def cut(path, length):
    os.truncate(path, length)
    age(path)


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))
    age(path)


@linux
@pytest.mark.parametrize("share", [0.0, 1e-5, 0.01, 0.5, 0.99, 0.999_999])
def test_a_library_is_whole_until_a_byte_of_its_end_is_missing(tmp_path, share):
    copy = tmp_path / "copy.so"
    shutil.copy(LIBRARY, copy)
    assert is_whole(copy)
    os.truncate(copy, int(share * copy.stat().st_size))
    assert not is_whole(copy)


@linux
def test_what_is_broken_is_removed_and_nothing_else(tmp_path):
    for name in ("good", "cut", "zeros", "key", "fresh", "empty"):
        (tmp_path / name).mkdir()
        if name != "empty":
            shutil.copy(LIBRARY, tmp_path / name / "m.so")
            (tmp_path / name / "key.pkl").write_bytes(b"\x80\x04N.")
    cut(tmp_path / "cut" / "m.so", 4096)
    zero(tmp_path / "zeros" / "m.so")
    cut(tmp_path / "key" / "key.pkl", 2)
    os.truncate(tmp_path / "fresh" / "m.so", 4096)  # as of another process that is still writing it
    remove_broken(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "fresh", "good"]


def test_the_folders_are_those_that_the_flags_name(tmp_path, monkeypatch):
    for name in ("mapsto_x", "compiledir_y"):
        (tmp_path / ".pytensor" / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    for flags, names in {
        "cxx=,compiledir_format=mapsto_x": ["mapsto_x"],
        f"compiledir={tmp_path}": [tmp_path.name],
        f"base_compiledir={tmp_path}/.pytensor": ["compiledir_y"],
        "base_compiledir=/nonexistent": [],
    }.items():
        monkeypatch.setenv("PYTENSOR_FLAGS", flags)
        assert [path.name for path in folders()] == names


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """A folder of compiled functions that a run has filled."""
    folder = tmp_path_factory.mktemp("filled")
    experiments(folder)
    mapsto_run(folder, *SMALL, env={"PYTENSOR_FLAGS": f"compiledir={folder / 'kept'}"})
    assert list((folder / "kept").glob("tmp*/*.so"))
    return folder / "kept"


FAULTS = {
    "libraries cut": ("tmp*/*.so", lambda path: cut(path, 4096)),
    "libraries of zeros": ("tmp*/*.so", zero),
    "keys cut": ("tmp*/key.pkl", lambda path: cut(path, 100)),
    "keys empty": ("tmp*/key.pkl", lambda path: cut(path, 0)),
    "folders empty": ("tmp*/*", Path.unlink),
    "the machine that runs functions cut": ("lazylinker_ext/*.so", lambda path: cut(path, 8000)),
    "the tools cut": ("cutils_ext/*.so", lambda path: cut(path, 8000)),
}


def failed(folder):
    checks = json.loads((folder / "reports" / "small.json").read_text(encoding="utf-8"))["agreement"]["checks"]
    return {check["name"] for check in checks if not check["passed"]}


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_broken_is_compiled_anew(tmp_path, compiled, fault):
    experiments(tmp_path)
    kept = tmp_path / "kept"
    shutil.copytree(compiled, kept)
    pattern, spoil = FAULTS[fault]
    spoilt = [path for path in kept.glob(pattern) if path.is_file()]
    assert spoilt
    for path in spoilt:
        spoil(path)
    ran = mapsto_run(tmp_path, *SMALL, env={"PYTENSOR_FLAGS": f"compiledir={kept}"})
    assert ran.returncode in (0, 1), ran.stderr  # 50 draws are too few for some checks
    assert ran.stderr == ""
    assert all_whole(tmp_path / "reports")
    assert not any(name.startswith("engine-") for name in failed(tmp_path))
    assert all(is_whole(path) for path in kept.glob("*/*.so"))


@pytest.mark.slow
@needs_compiler
def test_a_library_of_another_name_is_told_with_the_folder_to_delete(tmp_path, compiled):
    """It is whole, and no function of ours."""
    experiments(tmp_path)
    kept = tmp_path / "kept"
    shutil.copytree(compiled, kept)
    for path in kept.glob("tmp*/*.so"):
        shutil.copy(kept / "lazylinker_ext" / "lazylinker_ext.so", path)
    ran = mapsto_run(tmp_path, *SMALL, env={"PYTENSOR_FLAGS": f"compiledir={kept}"})
    assert ran.returncode == 1
    assert "engine-pymc" in failed(tmp_path)
    told = (tmp_path / "reports" / "small.json").read_text(encoding="utf-8")
    assert f"Delete the folder {kept}" in told
    assert ran.stderr == ""


def without_override():
    """Even the superuser obeys a folder's permissions from here on: prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@pytest.mark.slow
@linux
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    experiments(tmp_path)
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o500)
    flags = {"PYTENSOR_FLAGS": f"{NO_COMPILER['PYTENSOR_FLAGS']},compiledir={kept}"}
    ran = mapsto_run(tmp_path, *SMALL, env=flags, preexec_fn=without_override)
    assert ran.returncode == 2
    assert told_in_a_line(ran)
    assert str(kept) in ran.stderr
    assert "PYTENSOR_FLAGS" in ran.stderr
