"""The audit of a table, from the command line and from Python, end to end."""

import json
import shlex

import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from audit import awkward
from helpers.runs import ROOT, refused, snapshot
from mapsto import Laplace, Settings
from mapsto.runs.audit import audit
from mapsto.runs.audit.table import kebab

QUICK = ["--draws=1000", "--chains=2", "--seed=3"]


def record_of(folder, name):
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def test_an_awkward_wide_collinear_table_is_audited_whole(cli, tmp_path):
    names, X, y = awkward.wide()
    path = awkward.write_csv(tmp_path / "An awkward table (2).csv", names, X, y, {"c": list("uvw<uvw<uvw<uv")})
    options = ["--target", awkward.TARGET, "--standardize", "--out", "out", *QUICK]
    status, out, error = cli("audit", path.name, *options)
    assert (status, error) == (0, "")
    assert "an-awkward-table-2: certified" in out
    written = {file.name for file in (tmp_path / "out").iterdir()}
    assert {"index.html", *(f"an-awkward-table-2.{kind}" for kind in ("html", "json", "nc"))} <= written
    record = record_of(tmp_path / "out", "an-awkward-table-2")
    schema = json.loads((ROOT / "models" / "mapsto" / "runs" / "schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(record, schema)
    assert record["problem"]["features"] == [*names, "c=<", "c=u", "c=v", "c=w"]
    assert record["problem"]["target"] == awkward.TARGET
    assert record["agreement"]["passed"] is True
    checks = {check["name"] for check in record["agreement"]["checks"]}
    assert {"evidence-two-ways", "evidence-at-its-peak", "same-mode-closed_form-sklearn"} <= checks
    assert "'c' is one-hot encoded with a column for each of its 4 levels" in record["answer"]
    assert "the $\\alpha$ with the highest evidence" in record["answer"]
    assert len(record["figures"]) == 3
    page = (tmp_path / "out" / "an-awkward-table-2.html").read_text(encoding="utf-8")
    for planted in ("<script>alert", "<img onerror", "c=<<"):
        assert planted not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ 7 * 7 }}" in page  # a name, not a template
    # the command that is recorded makes the same numbers again
    again = shlex.split(record["provenance"]["command"])
    assert again[:3] == ["mapsto", "audit", path.name]
    assert cli(*again[1:], "--name=again")[0] == 0
    second = record_of(tmp_path / "out", "again")
    for one in (record, second):  # the clock is no part of what a command makes again
        for answer in (*one["modes"].values(), *one["draws"].values()):
            answer.pop("seconds")
    for part in ("problem", "modes", "draws", "exact", "agreement", "figures", "ledger"):
        assert second[part] == record[part]


def test_every_option_at_once_and_a_check_that_fails_is_exit_1(cli, tmp_path, monkeypatch):
    X, y = awkward.diabetes_rows(60)
    frame = pd.DataFrame(X, columns=awkward.NAMES).assign(y=y)
    frame.loc[3, "1st col"] = np.nan
    frame.to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr("mapsto.certificate.draws.MAX_R_HAT", 0.5)  # nothing converges now
    status, out, _ = cli(
        "audit",
        "t.parquet",
        "--target=y",
        "--features",
        '"a,b",1st col',
        "--features= spaced ",
        "--prior=laplace:scale=2",
        "--noise-sd=50",
        "--no-intercept",
        "--missing=drop-rows",
        "--name=mine",
        "--standardize",
        *QUICK,
    )
    assert status == 1
    assert "mine: FAILED: " in out
    assert "nuts-r-hat" in out
    record = record_of(tmp_path / "reports", "mine")
    assert record["problem"]["features"] == ["a,b", "1st col", " spaced "]
    assert (record["problem"]["n"], record["problem"]["intercept"]) == (59, False)
    assert record["problem"]["prior"]["name"] == "laplace"
    assert record["problem"]["noise"]["value"] == 50.0
    assert "1 of 60 rows were left out" in record["answer"]
    assert "'--features=\"a,b\",1st col' '--features= spaced '" in record["provenance"]["command"]


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "feather"])
def test_a_table_from_python_gives_the_same_result_whatever_it_is(tmp_path, kind):
    import polars
    import pyarrow as pa

    names, X, y = awkward.tall()
    frame = pd.DataFrame(X[:, :3], columns=names[:3]).assign(y=y)
    frame.to_feather(tmp_path / "t.feather")
    table = {
        "pandas": frame,
        "polars": polars.DataFrame({name: frame[name].to_list() for name in frame}),
        "arrow": pa.Table.from_pandas(frame, preserve_index=False),
        "feather": tmp_path / "t.feather",
    }[kind]
    from mapsto.runs.audit.table import table_experiment

    problem = table_experiment(table, "y").problem()
    assert problem.features == tuple(names[:3])
    assert np.array_equal(problem.X, X[:, :3])
    assert np.array_equal(problem.y, y)


def test_audit_in_python_returns_the_whole_result():
    X, y = awkward.diabetes_rows(60)
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"]).assign(y=y)
    result = audit(frame, target="y", prior=Laplace(2.0), noise_sd=50.0, settings=Settings(draws=1000, chains=2))
    assert result.certificate.passed
    assert result.problem.features == ("a", "b", "c")
    assert result.prior == Laplace(2.0)
    assert result.title == "An audit of a DataFrame: y"


@pytest.fixture
def standing(tmp_path):
    """A table, and an output folder with a report from before."""
    X, y = awkward.diabetes_rows(30)
    frame = pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(y=y, k=1.0)
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.assign(a=np.nan).to_csv(tmp_path / "gaps.csv", index=False)
    frame.assign(a=np.inf).to_csv(tmp_path / "infinite.csv", index=False)
    frame.assign(a="x").to_csv(tmp_path / "text.csv", index=False)
    frame.assign(y=2.0).to_csv(tmp_path / "constant.csv", index=False)
    frame[:1].to_csv(tmp_path / "one.csv", index=False)
    frame[:0].to_csv(tmp_path / "none.csv", index=False)
    frame[:2].to_csv(tmp_path / "two.csv", index=False)
    frame.assign(q=np.arange(30.0)).to_csv(tmp_path / "light.csv", index=False)
    (tmp_path / "lie.parquet").write_text("a,y\n1,2\n")
    (tmp_path / "file").write_text("mine")
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "t.html").write_text("the old page")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "TABLE"),
        (["t.csv"], "--target"),
        (["nowhere.csv", "--target=y"], "'nowhere.csv' cannot be read"),
        (["lie.parquet", "--target=y"], "named like Parquet and begins like text"),
        (["t.csv", "--target=z"], "no column 'z'"),
        (["t.csv", "--target=y", "--features=a,y"], "the target 'y' is also among the features"),
        (["t.csv", "--target=y", "--features=a", "--drop=b"], "both features and drop"),
        (["t.csv", "--target=y", "--drop=c"], "no column 'c'"),
        (["gaps.csv", "--target=y"], "values are missing in 'a' (30) of 30 rows"),
        (["gaps.csv", "--target=y", "--missing=drop-rows"], "leaves 0 rows"),
        (["infinite.csv", "--target=y"], "'a' holds infinity"),
        (["constant.csv", "--target=y"], "the target is constant"),
        (["one.csv", "--target=y"], "one row"),
        (["none.csv", "--target=y"], "no rows"),
        (["two.csv", "--target=y"], "noise_sd cannot be estimated"),
        (["t.csv", "--target=y", "--alpha=-1"], "alpha is -1"),
        (["t.csv", "--target=y", "--alpha=nan"], "alpha is nan"),
        (["t.csv", "--target=y", "--alpha=4", "--prior-scale=1", "--noise-sd=3"], "contradicts"),
        (["t.csv", "--target=y", "--alpha=4", "--prior=flat"], "give one of them"),
        (["t.csv", "--target=y", "--prior=norml:scale=1"], "no prior named 'norml'"),
        (["t.csv", "--target=y", "--prior=normal:scale=-1"], "the scale of the Normal prior"),
        (["t.csv", "--target=y", "--prior=normal:scale=[1,2]"], "2 numbers in 'scale'"),
        (["t.csv", "--target=y", "--noise-sd=0"], "noise_sd is 0"),
        (["t.csv", "--target=y", "--noise-sd=much"], "--noise-sd is 'much'"),
        (["t.csv", "--target=y", "--noise-sd=learn:guess"], "no prior on sigma named 'guess'"),
        (["t.csv", "--target=y", "--prior=cauchy:scale=1", "--standardize"], "no scale for each column"),
        (["t.csv", "--target=y", "--missing=guess"], "guess"),
        (["light.csv", "--target=y", "--weights=q"], "that are not above zero"),
        (["t.csv", "--target=y", "--weights=q"], "no column 'q'"),
        (["t.csv", "--target=y", "--weights=y"], "cannot also be the column of weights"),
        (["t.csv", "--target=y", "--name=../t"], "'../t'"),
        (["t.csv", "--target=y", "--out=file"], "the output folder 'file' cannot be written"),
        (["t.csv", "--target=y", "--seed=-1"], "seed is -1"),
        (["t.csv", "--target=y", "--draws=0"], "draws is 0"),
        (["t.csv", "--target=y", "--alhpa=1"], "--alhpa"),
    ],
    ids=str,
)
def test_an_audit_that_cannot_be_made_changes_nothing(cli, standing, arguments, words):
    before = snapshot(standing)
    assert words in refused(cli("audit", *arguments))
    assert snapshot(standing) == before


def test_rows_with_weights_are_audited(cli, tmp_path):
    X, y = awkward.diabetes_rows(60)
    q = np.arange(1, 61) % 4 + 1.0
    frame = pd.DataFrame(X, columns=awkward.NAMES).assign(**{"how many": q, "y": y})
    frame.to_csv(tmp_path / "t.csv", index=False)
    status, _, error = cli("audit", "t.csv", "--target=y", "--weights=how many", "--out=out", *QUICK)
    assert (status, error) == (0, "")
    record = record_of(tmp_path / "out", "t")
    assert record["agreement"]["passed"] is True
    assert record["problem"]["features"] == list(awkward.NAMES)
    assert record["problem"]["weights"] == {"total": q.sum(), "least": 1.0, "most": 4.0}
    theirs = Ridge(alpha=record["problem"]["alpha"]).fit(X, y, sample_weight=q)
    ours = np.array(record["modes"]["closed_form"]["coef"])
    assert np.abs(theirs.coef_ - ours).max() / np.abs(ours).max() <= 10 ** -record["agreement"]["digits"] * 10
    page = (tmp_path / "out" / "t.html").read_text(encoding="utf-8")
    assert "The rows are weighted" in page


def test_names_for_files_are_made_of_any_text():
    assert kebab("An awkward table (2)") == "an-awkward-table-2"
    assert kebab("größe") == "gr-e"
    assert kebab("日本") == "table"
    assert kebab("Index") == "table-index"


def test_help_is_no_mistake(cli):
    status, out, error = cli("audit", "--help")
    assert (status, error) == (0, "")
    assert "--target" in out


def test_a_file_is_read_once(cli, tmp_path, monkeypatch):
    from pyarrow import csv

    opened, read = [], csv.read_csv
    monkeypatch.setattr(csv, "read_csv", lambda path, **options: opened.append(path) or read(path, **options))
    (tmp_path / "small.csv").write_text("dose,y\n" + "".join(f"{x},{2 * x + x % 3}\n" for x in range(12)))
    assert cli("audit", "small.csv", "--target", "y", "--draws", 100, "--chains", 2, "--features", "dose")[0] in (0, 1)
    assert len(opened) == 1
