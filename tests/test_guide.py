"""Every code block of CONTRIBUTING.md is run: its plug-ins pass all that `mapsto check` asks, at first try."""

import ast
import re
import tomllib

import pytest

from helpers.runs import ROOT
from mapsto import BadInput, Settings
from mapsto.certificate import checks
from mapsto.runs.conformance import suite, targets
from mapsto.runs.lessons.discovery import load

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
CLASSES = {node.name: source for source in PYTHON for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
LESSON = next(source for source in PYTHON if "mt.Lesson(" in source)
READS_A_FILE = next(source for source in PYTHON if "houses.csv" in source)


def test_every_block_is_run_here():
    assert {*CLASSES.values(), LESSON, READS_A_FILE} == set(PYTHON)
    assert set(re.findall(r"^```(\w+)\n", TEXT, flags=re.MULTILINE)) == {"python", "sh", "toml"}
    assert TEXT.split("\n## ")[1].startswith("Check what you write\n\n```sh\nmapsto check ")
    assert {"PseudoHuber", "AdaptiveLaplace", "JointStudentT", "LogisticNoise", "NormalEquations"} < set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_a_plug_in_of_the_guide_passes_every_check(name, tmp_path):
    path = tmp_path / f"{name.lower()}.py"
    path.write_text(CLASSES[name], encoding="utf-8")
    kind = targets.find(f"{path}:{name}")
    asked = list(suite.check(kind))
    assert len(asked) >= 2
    assert [f"{check.name}: {check.reason}" for check in asked if not check.passed] == []


def test_the_guides_experiment_runs_and_its_claim_has_teeth(tmp_path):
    path = tmp_path / "dropped.py"
    path.write_text(LESSON, encoding="utf-8")
    experiment = load(path)
    result = experiment.run(Settings(draws=200, chains=2))
    claims = {check.name: check for check in result.certificate.checks}
    assert claims["age-is-dropped"].passed
    path.write_text(LESSON.replace("scale=0.02", "scale=20.0"), encoding="utf-8")
    wrong = load(path).run(Settings(draws=200, chains=2))
    assert not {check.name: check for check in wrong.certificate.checks}["age-is-dropped"].passed
    path.write_text(LESSON.replace('"points"', '"pie"'), encoding="utf-8")
    with pytest.raises(BadInput, match="'pie'"):
        load(path).run(Settings(draws=200, chains=2))


def test_the_guides_data_are_those_of_a_table(tmp_path, monkeypatch):
    (tmp_path / "houses.csv").write_text("area,price\n1,2\n2,3\n3,5\n4,6\n")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(READS_A_FILE, "CONTRIBUTING.md", "exec"), names)
    assert names["data"]().features == ("area",)


def test_the_guides_entry_points_are_those_that_are_looked_for():
    (source,) = re.findall(r"^```toml\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
    groups = tomllib.loads(source)["project"]["entry-points"]
    assert set(groups) == {*(kind.group for kind in targets.KINDS.values()), "mapsto.conventions"}
    assert {value.split(":")[1] for group in groups.values() for value in group.values()} <= set(CLASSES)


# --- mapsto check, on the command line


def test_it_says_a_line_for_each_check_and_what_it_means(cli, tmp_path):
    path = tmp_path / "theirs.py"
    path.write_text(CLASSES["ExponentialNoise"], encoding="utf-8")
    status, out, _ = cli("check", f"{path}:ExponentialNoise")
    assert status == 0
    lines = out.splitlines()
    assert len(lines) == 5
    assert all("observed" in line and "allowed" in line for line in lines[:-1])
    assert lines[-1].endswith("4 checks, all passed")
    path.write_text(CLASSES["ExponentialNoise"].replace("- math.log(self.mean)", "", 1), encoding="utf-8")
    status, out, _ = cli("check", f"{path}:ExponentialNoise")
    assert status == 1
    assert "FAILED  density_integrates_to_one  observed 3" in out
    assert out.splitlines()[-1].endswith("3 of 4 checks failed")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("nothing", "there is no plug-in named 'nothing'"),
        ("prior:nothing", "there is no prior named 'nothing'"),
        ("colour:red", "there is no kind of plug-in 'colour'"),
        ("student_t", "write prior:student_t or likelihood:student_t"),
        ("FILE:Other", "defines no 'Other'; the plug-ins in it: Exponential"),
        ("FILE", "is a file without the name of its class"),
        ("FILE:Loose", "is no plug-in"),
        ("FILE:Exponential", "which is the name of one that ships with mapsto"),
    ],
)
def test_what_cannot_be_checked_is_one_line(wanted, words, cli, tmp_path):
    path = tmp_path / "theirs.py"
    source = CLASSES["ExponentialNoise"].replace("ExponentialNoise", "Exponential")
    path.write_text(source.replace('"exponential"', '"jeffreys"') + "\n\nclass Loose:\n    pass\n", encoding="utf-8")
    status, _, err = cli("check", wanted.replace("FILE", str(path)))
    assert status == 2
    assert words in err
    assert len(err.splitlines()) == 1


def test_checks_are_shown_as_a_table_on_a_terminal(capsys, monkeypatch):
    import sys

    from mapsto.runs.conformance import command

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    told = [checks.Check("one", 0.0, 1.0, "all of it"), checks.Check("two", 2.0, 1.0, "at $w = 0$")]
    assert not command._told("theirs", told)
    out = capsys.readouterr().out
    assert "FAILED" in out
    assert out.splitlines()[-1] == "theirs: 1 of 2 checks failed"
