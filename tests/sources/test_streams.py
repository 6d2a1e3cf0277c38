"""A table that is read a piece at a time is the table that is read whole."""

import errno
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from mapsto import Gaussian, Problem, StudentTNoise, run
from mapsto.data.encoding import columns
from mapsto.data.files import open_table
from mapsto.data.row_sample import MOST_ROWS, Sampler
from mapsto.data.sources.checkpoint import Checkpoint
from mapsto.data.sources.opened import open_source
from mapsto.data.sources.plan import plan
from mapsto.data.sources.reduce import reduce_pieces, reduce_source
from mapsto.data.statistics import SufficientStatistics
from mapsto.errors import BadInput
from mapsto.rounding import gamma
from mapsto.runs.audit.specification import Asked, settle
from mapsto.runs.audit.streamed import stream
from mapsto.runs.audit.table import table_experiment
from mapsto.runs.audit.target import with_gaussian_noise

N = 3_000


def frame(n=N, seed=2):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"dose": rng.standard_normal(n) * 3 + 10, "age": rng.integers(1, 90, n)})
    data["kind"] = rng.choice(["a", "b", "c"], n)
    data["old"] = data["age"] > 60
    data["half"] = (np.round(rng.standard_normal(n) * 8) / 8).astype(np.float32)  # the same in text
    data["q"] = rng.uniform(0.5, 2.0, n)
    data["y"] = data["dose"] * 2 + data["old"] + rng.standard_normal(n)
    return data


def written(data, folder, kind, files=2):
    """The table in several files of several pieces each."""
    folder.mkdir(exist_ok=True)
    for k, part in enumerate(np.array_split(np.arange(len(data)), files)):
        table = pa.Table.from_pandas(data.iloc[part], preserve_index=False)
        if kind == "parquet":
            parquet.write_table(table, folder / f"{k}.parquet", row_group_size=400)
        elif kind == "feather":
            feather.write_feather(table, folder / f"{k}.feather", chunksize=400)
        else:
            csv.write_csv(table, folder / f"{k}.csv")
    return folder


def squeezed(source, centred=True, **asked):
    settled = plan(source, "y", **asked)
    return settled, reduce_source(source, settled, centred=centred)


def assert_same_statistics(stream, whole):
    """Up to rounding in each column's length, for the parts that collinear columns leave determined."""
    a, b = stream.factor(), whole.factor()
    lengths = np.hypot(np.linalg.norm(b, axis=0), np.sqrt(whole.weight) * np.abs(whole.means()))
    allowed = gamma(4 * whole.n * b.shape[1]) * np.outer(lengths, lengths)
    assert (np.abs(a.T @ a - b.T @ b) <= allowed).all()
    assert (stream.n, stream.centred) == (whole.n, whole.centred)
    assert stream.weight == pytest.approx(whole.weight, rel=gamma(whole.n))
    np.testing.assert_allclose(stream.means(), whole.means(), atol=gamma(whole.n) * lengths.max() / np.sqrt(whole.n))


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr("mapsto.data.sources.csv_files.PIECE_BYTES", 1 << 14)
    monkeypatch.setattr("mapsto.data.sources.frames.PIECE_ROWS", 700)


@pytest.mark.parametrize("kind", ["parquet", "csv", "feather", "frame"])
@pytest.mark.parametrize("options", [{}, {"weights": "q"}, {"drop": ["kind", "q"]}, {"reference_levels": True}])
@pytest.mark.parametrize("centred", [True, False])
def test_a_stream_is_the_table_in_memory(tmp_path, small_pieces, kind, options, centred):
    data = frame()
    source = open_source(open_table(data) if kind == "frame" else written(data, tmp_path / "t", kind))
    assert len(source.pieces) > 3
    settled, found = squeezed(source, centred, **options)
    table = columns(open_table(data), "y", **options)
    whole = SufficientStatistics.from_rows(table.X, table.y, centred=centred, weights=table.weights)
    assert settled.names == table.names
    assert table.notes == tuple(note for note in settled.notes if not note.startswith("A first pass"))
    assert settled.passes == (1 if "drop" in options else 2)
    assert_same_statistics(found.statistics, whole)
    moved = SufficientStatistics.from_rows(table.X, table.y * (1 + 1e-9), centred=centred, weights=table.weights)
    with pytest.raises(AssertionError):  # control
        assert_same_statistics(found.statistics, moved)
    sample = found.sample.in_order()  # of a small table: all of it
    assert sample.rows.tolist() == list(range(N))
    np.testing.assert_array_equal(sample.X, table.X)
    np.testing.assert_array_equal(sample.y, table.y)


@pytest.mark.parametrize("missing", ["drop-rows", "drop-columns"])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_missing_values_are_left_out_as_in_memory(tmp_path, small_pieces, missing, kind):
    data = frame()
    data.loc[[5, 2000], "dose"] = np.nan
    data.loc[7, "kind"] = None
    source = open_source(written(data, tmp_path / "t", kind))
    settled, found = squeezed(source, missing=missing)
    table = columns(open_table(data), "y", missing=missing)
    assert settled.names == table.names
    assert_same_statistics(
        found.statistics, SufficientStatistics.from_rows(table.X, table.y, centred=True, weights=table.weights)
    )
    gone = {5, 7, 2000} if missing == "drop-rows" else set()
    assert found.sample.in_order().rows.tolist() == sorted(set(range(N)) - gone)
    assert (found.facts.read, found.facts.kept) == (N, N - len(gone))


def planted(column, row, value):
    def plant(data, folder):
        data.loc[row, column] = value
        return written(data, folder, "parquet")

    return plant


def text_halfway(data, folder):
    path = written(data, folder, "csv") / "1.csv"
    lines = path.read_text().splitlines()
    parts = lines[1_200].split(",")
    lines[1_200] = ",".join([parts[0], "unknown", *parts[2:]])
    path.write_text("\n".join(lines) + "\n")
    return folder


def cut_short(data, folder):
    path = written(data, folder, "parquet") / "1.parquet"
    text = bytearray(path.read_bytes())
    start = parquet.ParquetFile(path).metadata.row_group(2).column(0).data_page_offset
    text[start : start + 200] = b"\xff" * 200
    path.write_bytes(text)
    return folder


def other_column(data, folder):
    written(data, folder, "parquet")
    parquet.write_table(pa.Table.from_pandas(data.drop(columns="dose")), folder / "2.parquet")
    return folder


def other_type(data, folder):
    written(data, folder, "parquet")
    parquet.write_table(pa.Table.from_pandas(data.astype({"dose": str}), preserve_index=False), folder / "2.parquet")
    return folder


FAULTS = {
    "NaN": (planted("dose", 2_700, np.nan), "values are missing in 'dose' (1) of row group 3 of ", "1.parquet'"),
    "infinity": (planted("dose", 2_700, np.inf), "'dose' of row group 3 of ", "holds infinity"),
    "too large": (planted("dose", 10, 1e80), "'dose' of row group 0 of ", "at most 1e+75"),
    "whole numbers": (planted("age", 2_700, 2**53 + 1), "row group 3 of ", "integers beyond 2^53"),
    "text halfway": (text_halfway, "the column 'age' holds numbers at first and text", "'unknown'"),
    "corrupt row group": (cut_short, "row group 2 of ", "cannot be read"),
    "no such column": (other_column, "2.parquet' has no column 'dose'", "one schema"),
    "another type": (other_type, "the column 'dose' holds", "2.parquet"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_names_file_and_row_group(tmp_path, small_pieces, fault):
    plant, *words = FAULTS[fault]
    squeezed(open_source(written(frame(), tmp_path / "fine", "parquet")), drop=["kind"])  # control
    folder = plant(frame(), tmp_path / "t")
    with pytest.raises(BadInput) as refused:
        squeezed(open_source(folder), drop=["kind"])
    assert all(word in str(refused.value) for word in words), str(refused.value)
    assert "\n" not in str(refused.value)


def test_lines_within_quotes_do_not_end_a_row(tmp_path, small_pieces):
    data = frame(1_500)
    data["kind"] = np.where(data["kind"] == "a", 'a "quoted"\nlevel', data["kind"])
    source = open_source(written(data, tmp_path / "t", "csv", files=1))
    assert len(source.pieces) > 3
    settled, found = squeezed(source)
    assert found.statistics.n == 1_500
    assert 'kind=a "quoted"\nlevel' in settled.names


def test_whole_numbers_may_become_fractions(tmp_path, small_pieces):
    data = frame()
    data["age"] = [str(a) for a in data["age"]]
    data.loc[2_900, "age"] = "33.5"
    folder = written(data, tmp_path / "t", "csv")
    (folder / "0.csv").write_text((folder / "0.csv").read_text().replace('"', ""))
    (folder / "1.csv").write_text((folder / "1.csv").read_text().replace('"', ""))
    _, found = squeezed(open_source(folder), drop=["kind"])
    assert found.sample.in_order().X[2_900, 1] == 33.5


def test_a_run_that_was_stopped_goes_on_with_the_same_bits(tmp_path, small_pieces):
    source = open_source(written(frame(), tmp_path / "t", "parquet"))
    settled = plan(source, "y", weights="q", drop=["kind"])
    whole = reduce_source(source, settled, centred=True)
    path, seen = tmp_path / "stopped.npz", []

    def stop(rows):
        seen.append(rows)
        if sum(seen) > 1_700:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reduce_source(source, settled, centred=True, rows=stop, checkpoint=Checkpoint(path, seconds=0.0))
    assert path.exists()
    counted = []
    again = reduce_source(source, settled, centred=True, rows=counted.append, checkpoint=Checkpoint(path, seconds=0.0))
    assert 0 < counted[0] <= 1_700  # rows that were not read again
    assert sum(counted) == N
    assert np.array_equal(again.statistics.factor(), whole.statistics.factor())
    assert np.array_equal(again.sample.rows, whole.sample.rows)
    assert again.facts.mean.tolist() == whole.facts.mean.tolist()
    assert not path.exists()


def test_a_checkpoint_is_written_whole_or_not_at_all(tmp_path, small_pieces, monkeypatch):
    source = open_source(written(frame(), tmp_path / "t", "parquet"))
    settled, path = plan(source, "y", drop=["kind"]), tmp_path / "kept.npz"
    writes = []

    def full(number):
        writes.append(number)
        if len(writes) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match=r"after 1200 rows \(No space left on device\); the one before it is"):
        reduce_source(source, settled, centred=True, checkpoint=Checkpoint(path, seconds=0.0))
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["kept.npz"]
    monkeypatch.undo()
    counted = []
    reduce_source(source, settled, centred=True, rows=counted.append, checkpoint=Checkpoint(path))
    assert counted[0] == 800


def test_a_file_that_is_mended_is_gone_on_from(tmp_path, small_pieces):
    data, path = frame().drop(columns="kind"), tmp_path / "kept.npz"
    torn = data.copy()
    torn.loc[2_700, "dose"] = np.nan
    folder = written(torn, tmp_path / "t", "parquet")
    source, kept = open_source(folder), Checkpoint(path, seconds=0.0)
    with pytest.raises(BadInput, match=r"row group 3 of .*1\.parquet"):
        reduce_source(source, plan(source, "y"), centred=True, checkpoint=kept)
    with pytest.raises(BadInput, match=r"row group 3 of .*1\.parquet"):  # the checkpoint is intact
        reduce_source(source, plan(source, "y"), centred=True, checkpoint=kept)
    written(data, tmp_path / "u", "parquet")
    (tmp_path / "u" / "1.parquet").replace(folder / "1.parquet")  # pieces of this file are in the checkpoint
    source = open_source(folder)
    with pytest.raises(BadInput, match="has changed since"):
        reduce_source(source, plan(source, "y"), centred=True, checkpoint=kept)
    path.unlink()

    # the same with the fault in the first piece of the second file
    torn = data.copy()
    torn.loc[1_500, "dose"] = np.nan
    folder = written(torn, tmp_path / "v", "parquet")
    source = open_source(folder)
    with pytest.raises(BadInput, match=r"row group 0 of .*1\.parquet"):
        reduce_source(source, plan(source, "y"), centred=True, checkpoint=kept)
    written(data, tmp_path / "w", "parquet")
    (tmp_path / "w" / "1.parquet").replace(folder / "1.parquet")
    source, counted = open_source(folder), []
    found = reduce_source(source, plan(source, "y"), centred=True, rows=counted.append, checkpoint=kept)
    assert counted[0] == 1_500
    whole = open_source(written(data, tmp_path / "x", "parquet"))
    same = reduce_source(whole, plan(whole, "y"), centred=True)
    assert np.array_equal(found.statistics.factor(), same.statistics.factor())


def test_a_checkpoint_of_something_else_is_refused(tmp_path, small_pieces):
    source = open_source(written(frame(), tmp_path / "t", "parquet"))
    path = tmp_path / "kept.npz"

    def stop(_rows):
        if path.exists():
            raise KeyboardInterrupt

    settled = plan(source, "y", drop=["kind"])
    with pytest.raises(KeyboardInterrupt):
        reduce_source(source, settled, centred=True, rows=stop, checkpoint=Checkpoint(path, seconds=0.0))
    with pytest.raises(BadInput, match="is of another table"):
        reduce_source(source, settled, centred=False, checkpoint=Checkpoint(path))
    other = open_source(written(frame(seed=9), tmp_path / "u", "parquet"))
    with pytest.raises(BadInput, match="is of another table"):
        reduce_source(other, settled, centred=True, checkpoint=Checkpoint(path))
    path.write_bytes(b"PK something else")
    with pytest.raises(BadInput, match="no checkpoint"):
        reduce_source(source, settled, centred=True, checkpoint=Checkpoint(path))


def test_parts_may_be_squeezed_anywhere_and_merged_in_any_order(tmp_path, small_pieces):
    source = open_source(written(frame(), tmp_path / "t", "parquet"))
    settled = plan(source, "y", weights="q", drop=["kind"])
    whole = reduce_source(source, settled, centred=True)
    parts = [reduce_pieces(source, [piece], settled, centred=True, seed=1, of=N) for piece in source.pieces]
    merged = parts[-1]
    for part in parts[:-1]:
        merged = part + merged
    assert_same_statistics(merged.statistics, whole.statistics)
    assert sorted(merged.sample.rows) == sorted(whole.sample.rows)
    np.testing.assert_allclose(merged.facts.squares, whole.facts.squares, rtol=gamma(4 * N))


def test_a_sample_is_a_fair_one_and_does_not_depend_on_the_order():
    n = 3 * MOST_ROWS

    def taken(starts):
        sampler = Sampler(seed=7)
        for start in starts:
            sampler.begin(start)
            numbers = np.arange(start, start + 1000.0)
            sampler.add(np.column_stack([numbers, numbers]), None, None)
        return sampler.sample.in_order()

    sample = taken(range(0, n, 1000))
    assert len(sample.rows) == MOST_ROWS
    np.testing.assert_array_equal(sample.X[:, 0], sample.rows)
    assert sample.rows.tolist() == taken(reversed(range(0, n, 1000))).rows.tolist()
    thirds = np.bincount(sample.rows // MOST_ROWS, minlength=3)
    sd = np.sqrt(MOST_ROWS * (1 / 3) * (2 / 3) * (1 - 1 / 3))  # hypergeometric
    assert np.abs(thirds - MOST_ROWS / 3).max() < 5 * sd


@pytest.mark.parametrize("options", [{}, {"weights": "q"}])
@pytest.mark.parametrize("intercept", [True, False])
def test_an_audit_of_a_stream_is_that_of_the_table(tmp_path, small_pieces, options, intercept):
    data = frame()
    source = open_source(written(data, tmp_path / "t", "parquet"))
    asked = Asked(standardize=True)
    streamed = stream(
        source,
        "y",
        features=None,
        drop=["kind"],
        weights=options.get("weights"),
        missing="refuse",
        reference_levels=False,
        intercept=intercept,
    )
    one = settle(streamed, asked, intercept=intercept)
    other = settle(columns(open_table(data), "y", drop=["kind"], **options), asked, intercept=intercept)
    assert one.problem.noise_sd == pytest.approx(other.problem.noise_sd, rel=1e3 * gamma(N))
    np.testing.assert_allclose(one.prior.scale, other.prior.scale, rtol=1e-8)  # a search ends at the root of rounding
    assert one.choice.by_rows == pytest.approx(other.choice.by_rows, rel=1e-4)
    assert "read once, a piece at a time" in streamed.notes[0]
    record = run(one.problem, one.prior, engines=["closed_form", "sklearn"]).record()
    same = run(other.problem, other.prior, engines=["closed_form", "sklearn"]).record()
    assert record.agreement.passed
    assert record.problem.rows_at_hand == record.problem.n == N
    ours, theirs = record.problem.weights, same.problem.weights
    assert (ours is None) == (theirs is None) == (not options)
    if options:
        assert (ours.least, ours.most) == (theirs.least, theirs.most)
        assert ours.total == pytest.approx(theirs.total, rel=gamma(N))
    assert record.uncertainty.predictive.coverage == same.uncertainty.predictive.coverage


def test_what_is_of_a_sample_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr("mapsto.data.row_sample.MOST_ROWS", 500)
    source = open_source(written(frame(), tmp_path / "t", "parquet"))
    streamed = stream(
        source,
        "y",
        features=["dose", "half"],
        drop=None,
        weights=None,
        missing="refuse",
        reference_levels=False,
        intercept=True,
    )
    assert "random sample of" in streamed.notes[0]


def test_rows_that_are_here_are_all_at_hand():
    data = frame(50)
    problem = Problem.from_rows(data[["dose", "half"]], data["y"], noise_sd=1.0)
    assert len(problem.table.at_hand.y) == 50
    assert Problem.from_statistics(problem.statistics, noise_sd=1.0).table.at_hand is None


@pytest.mark.parametrize("asked", [Asked(), Asked(likelihood=Gaussian())])
def test_a_target_of_two_values_is_not_taken_for_gaussian_unasked(tmp_path, asked):
    data = frame()[["dose", "old"]].assign(y=lambda d: d["old"].astype(float) * 3)
    folder = written(data.drop(columns="old"), tmp_path / "t", "parquet")
    if asked.likelihood is None:
        with pytest.raises(BadInput, match="'y' has two values, 0 and 3; give --likelihood bernoulli"):
            table_experiment(folder, "y", asked=asked)
    else:
        assert table_experiment(folder, "y", asked=asked).problem().n == N
    counts = written(data.assign(y=np.arange(N) % 5).drop(columns="old"), tmp_path / "c", "parquet")
    assert ("give --likelihood poisson" in table_notes(counts, asked)) == (asked.likelihood is None)
    measured = written(data.assign(y=np.arange(N) / 2).drop(columns="old"), tmp_path / "m", "parquet")
    assert "give --likelihood poisson" not in table_notes(measured, asked)


def table_notes(folder, asked):
    options = dict(features=None, drop=None, weights=None, missing="refuse", reference_levels=False, intercept=True)
    return " ".join(with_gaussian_noise(stream(open_source(folder), "y", **options), asked).notes)


def test_likelihoods_without_statistics_or_a_link_are_not_streamed(tmp_path):
    folder = written(frame(), tmp_path / "t", "parquet")
    with pytest.raises(BadInput, match="only under Gaussian noise and likelihoods with a link"):
        table_experiment(folder, "y", asked=Asked(likelihood=StudentTNoise()), checkpoint=tmp_path / "c.npz")


def test_constant_targets_and_twins_of_the_target_are_refused(tmp_path):
    data = frame()[["dose", "y"]]
    options = dict(features=None, drop=None, weights=None, missing="refuse", reference_levels=False, intercept=True)
    still = open_source(written(data.assign(y=2.0), tmp_path / "still", "parquet"))
    with pytest.raises(BadInput, match="the target is constant"):
        _ = stream(still, "y", **options).table
    twin = open_source(written(data.assign(copy=data["y"]), tmp_path / "twin", "parquet"))
    with pytest.raises(BadInput, match="'copy' equals the target"):
        _ = stream(twin, "y", **options).table
    with pytest.raises(BadInput, match="did you mean 'dose'"):
        stream(twin, "y", **{**options, "features": ["doze"]})
