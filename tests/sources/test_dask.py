"""On a Dask cluster a table is squeezed into what one machine makes of it, whatever happens to workers on the way."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

from mapsto.data.sources.checkpoint import Checkpoint
from mapsto.data.sources.dask_frames import DaskSource
from mapsto.data.sources.opened import open_source
from mapsto.data.sources.parquet import ParquetSource
from mapsto.data.sources.plan import plan
from mapsto.data.sources.reduce import reduce_source
from mapsto.errors import BadInput
from mapsto.runs.scheduler import cluster, reduce_on, run_on

from .test_streams import N, assert_same_statistics, frame, written

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install 'mapsto[dask]'")
# Dask's own event loop and processes are closed in threads of theirs, after the test
pytestmark = [pytest.mark.filterwarnings("ignore::ResourceWarning"), pytest.mark.filterwarnings("ignore::UserWarning")]


@contextmanager
def cluster_of(workers):
    with (
        distributed.LocalCluster(workers, threads_per_worker=1, dashboard_address=None) as here,
        distributed.Client(here) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def three():
    with cluster_of(3) as client:
        yield client


@pytest.fixture
def source(tmp_path):
    return open_source(written(frame(), tmp_path / "t", "parquet"))


def slow_source(source, seconds=0.4):
    """Pickled with its code, as it is of no module."""

    class Slow(ParquetSource):
        def batches(self, piece, columns):
            time.sleep(seconds)
            yield from super().batches(piece, columns)

    return Slow(source.name, source.types, source.pieces)


def assert_same(found, whole):
    assert_same_statistics(found.statistics, whole.statistics)
    assert np.array_equal(found.sample.in_order().rows, whole.sample.in_order().rows)
    assert (found.facts.read, found.facts.kept) == (whole.facts.read, whole.facts.kept)


def test_a_cluster_gives_what_one_machine_gives(three, source):
    settled = plan(source, "y", weights="q")
    counted = []
    found = reduce_on(three, source, settled, centred=True, rows=counted.append)
    assert_same(found, reduce_source(source, settled, centred=True))
    assert sum(counted) == N
    with pytest.raises(AssertionError):  # control
        assert_same(found, reduce_source(source, settled, centred=False))


def test_a_dask_data_frame_is_a_source(three, tmp_path):
    dd = pytest.importorskip("dask.dataframe", reason="needs Dask's data frames")
    data = frame().drop(columns="kind")
    made = DaskSource.of(dd.from_pandas(data, npartitions=5))
    settled = plan(made, "y")
    whole = open_source(written(data, tmp_path / "w", "parquet"))
    one = reduce_source(whole, plan(whole, "y"), centred=True)
    assert_same_statistics(reduce_on(three, made, settled, centred=True).statistics, one.statistics)
    assert_same_statistics(reduce_source(made, settled, centred=True).statistics, one.statistics)


def test_pieces_of_a_worker_that_is_killed_are_computed_again(source):
    settled, slow = plan(source, "y", drop=["kind"]), slow_source(source)
    with cluster_of(3) as client:
        workers = client.run(os.getpid)
        killed = threading.Timer(0.6, os.kill, [next(iter(workers.values())), signal.SIGKILL])
        killed.start()
        found = reduce_on(client, slow, settled, centred=True)
        killed.join()
        assert not set(workers.values()) <= set(client.run(os.getpid).values())  # one is gone
    assert_same(found, reduce_source(source, settled, centred=True))


def test_a_piece_that_is_asked_for_twice_counts_once(three, source):
    settled = plan(source, "y", drop=["kind"])
    first, again = (reduce_on(three, source, settled, centred=True) for _ in range(2))
    assert first.statistics.n == again.statistics.n == N
    assert np.array_equal(first.statistics.factor(), again.statistics.factor())


def test_a_table_that_has_changed_is_computed_anew(three, source, tmp_path):
    settled = plan(source, "y", drop=["kind"])
    first = reduce_on(three, source, settled, centred=True)
    other = open_source(written(frame(seed=5), tmp_path / "t", "parquet"))
    assert other.identity != source.identity
    assert not np.array_equal(reduce_on(three, other, settled, centred=True).statistics.z, first.statistics.z)


def test_a_fault_on_a_worker_is_told_as_it_is_here(three, tmp_path):
    data = frame()
    data.loc[2_700, "dose"] = np.nan
    source = open_source(written(data, tmp_path / "t", "parquet"))
    with pytest.raises(BadInput, match=r"values are missing in 'dose' \(1\) of row group 3 of .*1.parquet"):
        reduce_on(three, source, plan(source, "y", drop=["kind"]), centred=True)


def test_what_was_done_when_a_scheduler_is_lost_is_not_done_again(source, tmp_path, monkeypatch):
    monkeypatch.setattr("mapsto.runs.scheduler.GROUP", 2)
    settled, path = plan(source, "y", drop=["kind"]), tmp_path / "kept.npz"
    slow, counted = slow_source(source), []

    def stop(rows):
        counted.append(rows)
        if len(counted) == 3:
            raise KeyboardInterrupt

    kept = Checkpoint(path, seconds=0.0)
    with cluster_of(1) as client, pytest.raises(KeyboardInterrupt):
        reduce_on(client, slow, settled, centred=True, rows=stop, checkpoint=kept)
    again = []
    with cluster_of(2) as client:
        found = reduce_on(client, slow, settled, centred=True, rows=again.append, checkpoint=Checkpoint(path))
    assert 0 < again[0] < N
    assert sum(again) == N
    assert_same(found, reduce_source(source, settled, centred=True))
    assert not path.exists()


def test_a_scheduler_that_is_lost_is_told_in_one_line(source, tmp_path):
    file = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", "--no-show"]
    scheduler = subprocess.Popen([*command, "--scheduler-file", str(file)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if file.exists() and file.read_text().strip():
                break
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        with cluster(address) as client:  # it has no workers, so nothing is ever done
            end = threading.Timer(1.0, scheduler.kill)
            end.start()
            with pytest.raises(BadInput, match="the scheduler was lost after 0 of 3000 rows"):
                reduce_on(client, source, plan(source, "y", drop=["kind"]), centred=True)
            end.join()
    finally:
        scheduler.kill()
        scheduler.wait()


def test_jobs_are_done_anywhere(three):
    assert sorted(run_on(three, abs, [-1, -2, 3])) == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("address", "says"), [("host:1", "expected local"), ("tcp://127.0.0.1:1", "no scheduler answers")]
)
def test_a_scheduler_that_is_not_there(address, says, monkeypatch):
    monkeypatch.setattr("mapsto.runs.scheduler.SECONDS", 1)
    with pytest.raises(BadInput, match=says), cluster(address):
        pass
