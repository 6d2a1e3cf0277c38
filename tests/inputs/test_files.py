"""Tables of other places: decimal commas, other encodings, pipes and devices, names that no file can hold."""

import json
import os

import numpy as np
import pandas as pd
import polars as pl
import pytest

from mapsto import BadInput, Experiment, Normal, Problem, audit
from mapsto.data.encoding import columns
from mapsto.data.files import open_table

ROWS = 12


def table(tmp_path, values, name="one", delimiter=";", encoding="utf-8"):
    """A CSV with a column of these texts, repeated as need be, beside a dose and a target."""
    lines = [delimiter.join([name, "dose", "y"])]
    lines += [delimiter.join([values[k % len(values)], str(k % 5), str(k * k % 7)]) for k in range(ROWS)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def refused(call):
    with pytest.raises(BadInput) as caught:
        call()
    line = str(caught.value)
    assert line.isprintable()
    assert len(line) < 500
    return line


DECIMAL_COMMAS = [["1,5", "2,25", "3"], ["12,345", "0,5"], ["-1,5", "+2,5e3"], ["1,5", "2"], [",5", "1,"]]
GROUPED = [["1.234,5", "2,5"], ["1,234.5", "2"], ["1 234,5", "5"], ["1'234.5", "2"], ["1\u00a0234", "5"], ["1.234.567"]]


@pytest.mark.parametrize("values", DECIMAL_COMMAS)
@pytest.mark.parametrize("role", ["feature", "target", "weights"])
def test_a_decimal_comma_is_refused_with_the_option_that_reads_it(tmp_path, values, role):
    """As categories they would be certified; with the option they are the numbers meant."""
    path = table(tmp_path, values)
    target, weights = ("one", None) if role == "target" else ("y", "one" if role == "weights" else None)
    line = refused(lambda: columns(open_table(path), target, weights=weights))
    assert "--decimal ," in line
    assert "'one'" in line
    read = columns(open_table(path, decimal=","), target, weights=weights)
    meant = [float(values[k % len(values)].replace(",", ".")) for k in range(ROWS)]
    found = {"feature": read.X[:, 0], "target": read.y, "weights": read.weights}[role]
    assert found.tolist() == meant


@pytest.mark.parametrize("values", GROUPED)
def test_grouped_digits_are_refused(tmp_path, values):
    """No option reads them: what groups has to go."""
    for decimal in ".,":
        frame = open_table(table(tmp_path, values), decimal=decimal)
        assert "grouped" in refused(lambda frame=frame: columns(frame, "y"))


@pytest.mark.parametrize("values", [["a", "b"], ["1-2", "3-4"], ["5 mg", "10 mg"], ["1,5", "low"]])
def test_words_stay_categories(tmp_path, values):
    """What is no number anywhere."""
    assert columns(open_table(table(tmp_path, values)), "y").names[0] == f"one={min(values)}"


def test_numerals_of_a_frame_stay_categories():
    """Who holds them as text means text, as of a month; but a decimal comma is one in a frame too."""
    frame = {"month": ["01", "02", "03"] * 4, "y": range(12)}
    assert columns(open_table(pd.DataFrame(frame)), "y").names == ("month=01", "month=02", "month=03")
    frame["month"] = ["1,5", "2,5", "3"] * 4
    assert "--decimal" in refused(lambda: columns(open_table(pl.DataFrame(frame)), "y"))


def test_nearly_as_many_levels_as_rows_are_refused(tmp_path):
    """They are names of rows; eleven levels of twelve rows would fit any response."""
    names = [f"row {k}" for k in range(ROWS - 1)]
    assert "too many for a category" in refused(lambda: columns(open_table(table(tmp_path, names)), "y"))


def test_the_decimal_mark_is_for_csv_files(tmp_path):
    """And is one of two."""
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 3.0]})
    assert "CSV" in refused(lambda: audit(frame, target="y", decimal=","))
    assert "expected one of" in refused(lambda: audit(table(tmp_path, ["1"]), target="y", decimal="x"))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "mac-roman"])
@pytest.mark.parametrize("place", ["header", "value", "far"])
def test_another_encoding_than_utf8_is_refused(tmp_path, encoding, place):
    """In one line that says how to save it."""
    path = table(tmp_path, ["süß", "öl"] if place == "value" else ["a", "b"], "naïve" if place == "header" else "one",
                 encoding=encoding)  # fmt: skip
    if place == "far":
        with path.open("ab") as file:
            file.write(b"a;1;2\n" * 300_000 + "é;1;2\n".encode(encoding))
    assert "save it as UTF-8" in refused(lambda: open_table(path))


def test_utf8_is_read_with_and_without_its_mark(tmp_path):
    """A character may lie across two parts of the file that are read one after the other."""
    for encoding in ("utf-8", "utf-8-sig"):
        path = table(tmp_path, ["é" * 40_000, "ü" * 39_999], "naïve", encoding=encoding)
        assert open_table(path).columns[0] == "naïve"


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".feather"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, suffix):
    """Nobody writes into it."""
    path = tmp_path / f"pipe{suffix}"
    os.mkfifo(path)
    assert "a pipe" in refused(lambda: open_table(path))


def test_a_device_is_refused(tmp_path):
    """This one never ends."""
    path = tmp_path / "zero.csv"
    path.symlink_to("/dev/zero")
    assert "device" in refused(lambda: open_table(path))


@pytest.mark.parametrize("path", ["a\0b.csv", "x" * 5_000 + ".csv", "\ud800.csv", "\x1b[31m.csv"])
def test_paths_that_cannot_be(path):
    """One printable line of readable length."""
    with pytest.raises(BadInput) as caught:
        open_table(path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 900


ODD = ["a\0b", "half \ud83d"]


@pytest.mark.parametrize("name", ODD, ids=["NUL", "surrogate"])
def test_names_that_no_file_can_hold(name):
    """Of columns, the target, levels, and an experiment's own words."""
    X, y = np.arange(8.0).reshape(4, 2), [1.0, 3.0, 2.0, 5.0]
    refused(lambda: Problem.from_rows(X, y, noise_sd=1.0, features=[name, "b"]))
    refused(lambda: Problem.from_rows(X, y, noise_sd=1.0, target=name))
    refused(lambda: open_table(pd.DataFrame({"a": y}).set_axis(pd.Index([name], dtype=object), axis=1)))
    levels = np.array([name, "b"] * 3, dtype=object)
    refused(lambda: columns(open_table(pd.DataFrame({"x": pd.Series(levels, dtype=object), "y": range(6)})), "y"))
    words = {"name": "odd", "title": "t", "question": "q", "answer": "a"}
    for word in ("title", "question", "answer"):
        refused(lambda word=word: Experiment(**words | {word: name}, data=lambda: None, prior=Normal(scale=1.0)))


NAMES = {
    "tuples": [("a", 1), ("b", 2), ("y", 3)],
    "integers": [0, 1, 2],
    "both": [("a", 1), 1, 2.5],
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_names_that_are_tuples_or_integers_become_text(names):
    """In a table, a problem and a list of features."""
    frame = pd.DataFrame(np.arange(12.0).reshape(4, 3) ** 1.5, columns=pd.Index(names, tupleize_cols=False))
    read = columns(open_table(frame), names[2], features=[names[1]], drop=None)
    assert (read.names, read.target) == ((str(names[1]),), str(names[2]))
    assert columns(open_table(frame), names[2], drop=(names[0],)).names == (str(names[1]),)
    assert columns(open_table(frame), names[2], weights=names[0]).names == (str(names[1]),)
    problem = Problem.from_rows(frame[names[:2]], frame[names[2]], noise_sd=1.0)
    assert (problem.features, problem.target) == (tuple(map(str, names[:2])), str(names[2]))
    levels = frame.copy()
    levels.columns = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])
    assert columns(open_table(levels), ("b", 1)).names == ("('a', 1)", "('a', 2)")


def test_names_that_are_no_list_are_refused():
    """A text is not its letters."""
    X, y = np.arange(8.0).reshape(4, 2), [1.0, 3.0, 2.0, 5.0]
    for names in ("ab", 5):
        refused(lambda names=names: Problem.from_rows(X, y, noise_sd=1.0, features=names))
        frame = pd.DataFrame({"a": y, "b": y[::-1], "y": X[:, 0]})
        refused(lambda names=names, frame=frame: columns(open_table(frame), "y", features=names))
        refused(lambda names=names, frame=frame: columns(open_table(frame), "y", drop=names))


def test_the_command_line_reads_a_decimal_comma(cli, tmp_path):
    """The option that the refusal names is there, and the command that is recorded has it."""
    lines = ["dose;y"] + [f"{k},5;{(2 * k + k % 3)},25" for k in range(12)]
    (tmp_path / "comma.csv").write_text("\n".join(lines) + "\n")
    options = ["audit", "comma.csv", "--target=y", "--draws=400", "--chains=2"]
    status, _, error = cli(*options)
    assert status == 2
    assert "--decimal ," in error
    status, out, error = cli(*options, "--decimal", ",")
    assert (status, error) == (0, ""), out
    record = json.loads((tmp_path / "reports" / "comma.json").read_text(encoding="utf-8"))
    assert record["problem"]["features"] == ["dose"]
    assert "--decimal=," in record["provenance"]["command"]
