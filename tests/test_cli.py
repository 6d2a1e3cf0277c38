import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.runs import PAGES, ROOT, SMALL, refused, script, snapshot
from mapsto.engines.pymc import nuts
from mapsto.errors import BadInput

QUICK = ["--draws=400", "--chains=2", "--seed=3"]


# --- list


def test_list_prints_each_name_and_question(cli):
    status, out, error = cli("list", "--experiments", ROOT / "experiments")
    assert (status, error) == (0, "")
    assert "three-routes" in out
    assert "Why is exp(\N{MINUS SIGN}loss) two Gaussians, and where did the constants go?" in " ".join(out.split())


def test_brackets_in_a_question_are_printed_as_they_are(cli, tmp_path):
    script(tmp_path / "experiments", source=SMALL.replace("Does the dose matter?", "Is [bold]x[/bold] [0, 1]?"))
    status, out, _ = cli("list")
    assert status == 0
    assert "Is [bold]x[/bold] [0, 1]?" in out


def test_python_dash_m_mapsto_lists_in_a_process_of_its_own():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "mapsto", "list"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "three-routes" in done.stdout


# --- run


def test_a_users_script_in_a_folder_runs_by_its_name(cli, tmp_path):
    script(tmp_path / "experiments")
    status, out, error = cli("run", "small", *QUICK)
    assert (status, error) == (0, "")
    assert "small: certified" in out
    reports = tmp_path / "reports"
    assert sorted(path.name for path in reports.iterdir()) == [
        "conventions.html",
        "index.html",
        "small.html",
        "small.json",
        "small.nc",
    ]
    record = json.loads((reports / "small.json").read_text(encoding="utf-8"))
    assert record["agreement"]["passed"] is True
    assert record["problem"]["features"] == ["dose"]
    assert record["provenance"]["command"] == "mapsto run small --seed=3 --draws=400 --chains=2"


def test_a_users_script_runs_by_its_path_and_says_so(cli, tmp_path):
    path = script(tmp_path / "else where", "own")
    status, _, _ = cli("run", path, *QUICK, "--out", tmp_path / "new" / "out")
    assert status == 0
    record = json.loads((tmp_path / "new" / "out" / "own.json").read_text(encoding="utf-8"))
    assert (
        record["provenance"]["command"] == f"mapsto run '{path.relative_to(tmp_path)}' --seed=3 --draws=400 --chains=2"
    )


OTHER_MODEL = '''"""An engine of another model."""

import numpy as np

from mapsto.engines.base import Engine
from mapsto.outcome import Estimate


class Halved(Engine):
    name = "halved"
    label = "Halved"
    summary = "half of least squares"

    def mode(self, near=()):
        problem = self.question.at_point
        w = 0.5 * np.linalg.lstsq(problem.statistics.R, problem.statistics.z)[0]
        return Estimate(w, problem.best_intercept(w))
'''


def test_an_engine_from_a_file_is_asked_too_and_named_where_it_is_wrong(cli, tmp_path):
    script(tmp_path / "experiments")
    (tmp_path / "halved.py").write_text(OTHER_MODEL, encoding="utf-8")
    status, out, _ = cli("run", "small", "--engine", "halved.py:Halved", *QUICK)
    assert status == 1
    assert "stationarity-halved" in out
    record = json.loads((tmp_path / "reports" / "small.json").read_text(encoding="utf-8"))
    assert "halved" in record["modes"]
    assert "--engine=halved.py:Halved" in record["provenance"]["command"]
    before = snapshot(tmp_path / "reports")
    status, _, error = cli("run", "small", "--engine", "halved.py:Other", *QUICK)
    assert (status, "defines no 'Other'" in error) == (2, True)
    assert snapshot(tmp_path / "reports") == before


def test_scripts_of_several_folders_run_together_and_keep_their_places(cli, tmp_path):
    one, two = script(tmp_path / "a", "one"), script(tmp_path / "b", "two")
    (tmp_path / "a" / "reading_order.txt").write_text("one\n")
    status, _, error = cli("run", one, two, "--out=out", *QUICK)
    assert status in (0, 1), error  # so few draws may not be enough
    records = [json.loads((tmp_path / "out" / f"{name}.json").read_text()) for name in ("one", "two")]
    assert [record["provenance"]["command"].split()[2] for record in records] == ["a/one.py", "b/two.py"]
    assert records[0]["lesson"] == {"order": 1, "previous": None, "next": {"name": "two", "title": "A small one"}}
    assert records[1]["lesson"] is None


def test_the_index_keeps_what_earlier_runs_left(cli, tmp_path):
    for name in ("one", "two"):
        script(tmp_path / "experiments", name)
        assert cli("run", name, *QUICK)[0] == 0
    index = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert "one.html" in index
    assert "two.html" in index


def test_a_foreign_or_broken_json_beside_a_page_of_its_name_does_not_stop_a_run(cli, tmp_path):
    script(tmp_path / "experiments")
    reports = tmp_path / "reports"
    reports.mkdir()
    for name, text in (
        ("broken", "{"),
        ("foreign", '{"a": 1}'),
        ("listed", "[1]"),
        ("cut", '{"schema": 2, "name": "cut"}'),
    ):
        (reports / f"{name}.html").write_text("mine")
        (reports / f"{name}.json").write_text(text)
    before = snapshot(reports)
    assert cli("run", *QUICK)[0] == 0
    assert before.items() <= snapshot(reports).items()


def test_a_failed_check_is_exit_1_with_a_report_that_says_so(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("mapsto.certificate.draws.MAX_R_HAT", 0.5)
    script(tmp_path / "experiments")
    status, out, error = cli("run", *QUICK)
    assert (status, error) == (1, "")
    assert "small: FAILED: nuts-r-hat" in out
    record = json.loads((tmp_path / "reports" / "small.json").read_text(encoding="utf-8"))
    assert record["agreement"]["passed"] is False
    assert [check["name"] for check in record["agreement"]["checks"] if not check["passed"]] == ["nuts-r-hat"]
    page = (tmp_path / "reports" / "small.html").read_text(encoding="utf-8")
    assert "✗ Fail" in page
    assert "<strong>nuts-r-hat</strong>" in page
    assert "1 of 1 fail" in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")


def test_a_script_runs_by_itself(tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "experiments/three_routes.py", "--out", str(out), "--draws", "200", "--chains", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    # 400 draws may or may not be enough for R-hat and the effective sample size: both ends are told, none is a crash
    record = json.loads((out / "three-routes.json").read_text(encoding="utf-8"))
    failed = [check["name"] for check in record["agreement"]["checks"] if not check["passed"]]
    assert (done.returncode, done.stderr) == (1 if failed else 0, "")
    assert set(failed) <= {"nuts-effective-sample-size", "nuts-r-hat"}
    assert sorted(path.name for path in out.iterdir()) == [
        "conventions.html",
        "index.html",
        *(f"three-routes.{e}" for e in ("html", "json", "nc")),
    ]
    assert record["provenance"]["command"].startswith("mapsto run experiments/three_routes.py ")


# --- bad input: exit 2, one line, nothing on disk changed


def small(old, new):
    assert old in SMALL
    return SMALL.replace(old, new).replace("NAME", "small")


SCRIPTS = {
    "syntax error": ("def", "SyntaxError"),
    "no experiment": ("x = 1", "defines no experiment"),
    "raises": ("raise ValueError('one\\ntwo')", "ValueError: one two"),
    "NaN": (small("[1.0]", "[float('nan')]"), "NaN or infinity in 'dose' (1)"),
    "NaN in y": (small("2.5", "float('inf')"), "y holds NaN or infinity"),
    "text": (small("[1.0]", "['one']"), "not numbers"),
    "one row": (small("X, [1.0, 2.0, 2.5, 5.0]", "X[:1], [1.0]"), "one row"),
    "empty": (small("X, [1.0, 2.0, 2.5, 5.0]", "[], []"), "X has shape (0,)"),
    "constant target": (small("[1.0, 2.0, 2.5, 5.0]", "[3.0] * 4"), "the target is constant"),
    "too few names": (small('"dose"', '"dose", "age"'), "2 feature names came for 1 columns"),
    "y too short": (small(", 5.0]", "]"), "X has 4 rows"),
    "no noise": (small("noise_sd=1.0", "noise_sd=0.0"), "noise_sd is 0"),
    "bad prior": (small("scale=2.0", "scale=float('nan')"), "the scale of the Normal prior"),
    "no prior": (small("Normal(scale=2.0)", "'normal'"), "the prior is 'normal'"),
    "stops Python": ("raise SystemExit('stop')", "cannot be run"),
    "data raise": (small("def data():", "def data():\n    1 / 0"), "ZeroDivisionError"),
    "no problem": (small("return Problem", "Problem"), "returned NoneType"),
    "bad name": (small('name="NAME"', 'name="../small"'), "'../small'"),
}


@pytest.mark.parametrize("fault", SCRIPTS)
@pytest.mark.parametrize("by", ["path", "folder"])
def test_a_script_that_cannot_be_used_changes_nothing(cli, tmp_path, fault, by):
    source, words = SCRIPTS[fault]
    path = script(tmp_path / "experiments", "mine", source)
    script(tmp_path / "experiments", "zz-fine")
    before = snapshot(tmp_path)
    assert words in refused(cli("run", *([path] if by == "path" else []), *QUICK))
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "tow"], "there is no experiment 'tow'; there are: small"),
        (["run", "tow.py"], "there is no file 'tow.py'"),
        (["run", "--experiments", "none"], "there is no folder 'none'"),
        (["list", "--experiments", "none"], "there is no folder 'none'"),
        (["run", "--experiments", "empty"], "holds no experiment script"),
        (["run", "--out", "file"], "the output folder 'file' cannot be written"),
        (["run", "--out", "file/below"], "the output folder 'file/below' cannot be written"),
        (["run", "--out", "file/below/deeper"], "cannot be written"),
        (["run", "--out", "x" * 300], "cannot be written"),
        (["run", "--seed=-1"], "seed is -1"),
        (["run", "--draws=0"], "draws is 0"),
        (["run", "--chains=1"], "chains is 1"),
        (["run", "--draws=many"], "many"),
        (["run", "--sede=1"], "--sede"),
        (["rum"], "rum"),
        ([], "mapsto --help"),
    ],
    ids=str,
)
def test_a_call_that_makes_no_sense_changes_nothing(cli, tmp_path, arguments, words):
    script(tmp_path / "experiments")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("mine")
    before = snapshot(tmp_path)
    assert words in refused(cli(*arguments))
    assert snapshot(tmp_path) == before


def test_two_scripts_with_one_name_change_nothing(cli, tmp_path):
    script(tmp_path / "experiments", "small")
    (tmp_path / "experiments" / "other.py").write_text(SMALL.replace("NAME", "small"))
    before = snapshot(tmp_path)
    assert "both named 'small'" in refused(cli("run", *QUICK))
    assert snapshot(tmp_path) == before


def test_help_is_no_mistake(cli):
    status, out, error = cli("--help")
    assert (status, error) == (0, "")
    assert "run" in out


# --- what stood before is untouched


@pytest.fixture
def standing(tmp_path):
    """An output folder with a report from before."""
    script(tmp_path / "experiments")
    reports = tmp_path / "reports"
    reports.mkdir()
    for name in ("index.html", "small.html", "small.nc", "notes.txt"):
        (reports / name).write_text(f"the old {name}")
    (reports / "small.json").write_text("{}")
    return reports


class Interrupted:
    def wait(self):
        raise KeyboardInterrupt

    def cancel(self):
        pass


def test_ctrl_c_while_sampling_leaves_everything_as_it_was(cli, tmp_path, standing, monkeypatch):
    monkeypatch.setattr(nuts.nutpie, "sample", lambda *_arguments, **_options: Interrupted())
    before = snapshot(tmp_path)
    status, _, error = cli("run", *QUICK)
    assert status == 130
    assert error.strip().splitlines() == ["mapsto: interrupted: nothing in the output folder is half-written"]
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("raised", "told"), [(KeyboardInterrupt, KeyboardInterrupt), (OSError, BadInput), (RuntimeError, RuntimeError)]
)
def test_a_failure_half_way_through_the_writing_leaves_everything_as_it_was(
    tmp_path, standing, monkeypatch, raised, told
):
    from mapsto.engines.settings import Settings
    from mapsto.runs.lessons.discovery import load
    from mapsto.runs.output import write

    result = load(tmp_path / "experiments" / "small.py").run(Settings(seed=3, draws=400, chains=2))
    before = snapshot(tmp_path)
    seen = []

    def fails(_self, path, **_options):
        Path(path).write_bytes(b"half a file")
        seen.extend(sorted(item.name for item in Path(path).parent.iterdir()))
        raise raised

    with monkeypatch.context() as patch:
        patch.setattr(type(result.posterior), "to_netcdf", fails)
        with pytest.raises(told):
            write(result, standing, PAGES)
    assert seen == ["small.html", "small.json", "small.nc"]  # it really was in the middle of it
    assert snapshot(tmp_path) == before
    write(result, standing, PAGES)  # and the next one goes through
    assert (standing / "small.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in standing.iterdir()) == [
        "index.html",
        "notes.txt",
        "small.html",
        "small.json",
        "small.nc",
    ]


def test_ctrl_c_while_writing_is_exit_130_with_nothing_left_over(cli, tmp_path, standing, monkeypatch):
    def interrupted(_record):
        raise KeyboardInterrupt

    monkeypatch.setattr("mapsto.report.render", interrupted)
    before = snapshot(tmp_path)
    status, _, error = cli("run", *QUICK)
    assert status == 130
    assert error.strip().startswith("mapsto: interrupted")
    assert snapshot(tmp_path) == before


def test_a_disk_that_fills_up_is_told_in_one_line(cli, tmp_path, standing, monkeypatch):
    def full(_record):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mapsto.report.render", full)
    before = snapshot(tmp_path)
    assert "No space left on device" in refused(cli("run", *QUICK))
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(("typed", "offered"), [("mapsto r", {"run"}), ("mapsto run --li", {"--likelihood"})])
def test_a_shell_is_told_what_may_come_next(typed, offered):
    asked = os.environ | {"_MAPSTO_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = subprocess.run([sys.executable, "-m", "mapsto"], env=asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == offered


def test_a_shell_is_given_the_script_that_asks():
    asked = os.environ | {"_MAPSTO_COMPLETE": "zsh_source"}
    done = subprocess.run([sys.executable, "-m", "mapsto"], env=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "_MAPSTO_COMPLETE" in done.stdout
