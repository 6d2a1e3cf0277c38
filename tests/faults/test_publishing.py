"""Ctrl-C and a full disk at each step of publishing: all of the new files or all of the old, and nothing left over."""

import os
import shutil
import signal
import threading

import pytest

from mapsto import BadInput
from mapsto.runs.output import publish

OLD, NEW = {"a.html": b"old a", "a.json": b"old b"}, {"a.html": b"new a", "a.json": b"new b"}
FULL = OSError(28, "No space left on device")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def at_call(monkeypatch, module, name, number, what):
    """Before the ``number``-th call of a function, something happens."""
    real, calls = getattr(module, name), []

    def call(*arguments, **options):
        calls.append(name)
        if len(calls) == number:
            what()
        return real(*arguments, **options)

    monkeypatch.setattr(module, name, call)
    return calls


@pytest.fixture
def out(tmp_path):
    publish(tmp_path, OLD)
    assert contents(tmp_path) == OLD
    return tmp_path


STEPS = [(os, "mkdir", 1), (os, "replace", 1), (os, "replace", 2), (shutil, "rmtree", 1), (os, "rmdir", 1)]


@pytest.mark.parametrize(("module", "name", "number"), STEPS, ids=[f"{name} {number}" for _, name, number in STEPS])
def test_ctrl_c_waits_until_all_is_published(out, monkeypatch, module, name, number):
    with monkeypatch.context() as patch:
        calls = at_call(patch, module, name, number, lambda: signal.raise_signal(signal.SIGINT))
        usual = signal.getsignal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            publish(out, NEW)
    assert len(calls) >= number  # it came where it was meant to
    assert contents(out) == NEW
    assert signal.getsignal(signal.SIGINT) is usual


def test_a_full_disk_leaves_what_stood(out, monkeypatch):
    def full():
        raise FULL

    with monkeypatch.context() as patch:
        at_call(patch, os, "replace", 1, full)
        with pytest.raises(BadInput, match="No space left on device"):
            publish(out, NEW)
    assert contents(out) == OLD
    publish(out, NEW)
    assert contents(out) == NEW


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path):
    (tmp_path / "a.json").mkdir()
    with pytest.raises(BadInput, match="could not be written"):
        publish(tmp_path, NEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.json"]


def test_another_thread_publishes_too(tmp_path):
    """Where Python answers no signals."""
    thread = threading.Thread(target=publish, args=[tmp_path, NEW])
    thread.start()
    thread.join()
    assert contents(tmp_path) == NEW


def test_two_threads_publish_into_one_folder(tmp_path):
    """What stands is whole, and one of theirs."""
    many = [{"a.html": bytes([65 + at]) * 100_000} for at in range(8)]
    threads = [threading.Thread(target=publish, args=[tmp_path, files]) for files in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert contents(tmp_path) in many
