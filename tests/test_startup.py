"""What starts at once: the public names without their libraries, and the command line's short answers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mapsto
from helpers.runs import ROOT, SMALL, refused, script
from mapsto.cli import HELP, print_columns
from mapsto.cli_commands import commands
from mapsto.priors import Prior
from mapsto.runs.lessons.discovery import find
from mapsto.runs.lessons.listing import from_text, names_and_questions
from mapsto.runs.lessons.script_text import compiled_before

LARGE = ("numpy", "scipy", "sklearn", "pymc", "arviz", "click", "rich", "pathlib", "ast", "importlib.metadata")


def loaded(code):
    """Which of the large libraries a fresh Python has imported after ``code``."""
    check = f"{code}\nimport sys; print('LOADED', *[name for name in {LARGE!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()[-1].split()[1:]


def answered(*words):
    return (
        f"import sys; sys.argv = ['mapsto', *{words!r}]\nimport mapsto.cli\n"
        "try:\n    mapsto.cli.main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
    )


@pytest.mark.parametrize(
    "code",
    [
        "import mapsto",
        "import mapsto; mapsto.BadInput; dir(mapsto)",
        r"from mapsto.marks import plain; assert plain(r'$\alpha$') == '\u03b1'",
    ]
    + [answered(word) for word in ("--version", "--help", "-h", "list")],
)
def test_no_large_library_is_imported_for(code):
    assert loaded(code) == []


def test_what_a_name_needs_is_imported_with_it():
    assert "numpy" in loaded("import mapsto; mapsto.Normal")
    assert "click" in loaded(answered("list", "--help"))


# --- the public names


def stub_names():
    """The names that the stub imports, as name -> module."""
    tree = ast.parse((ROOT / "models" / "mapsto" / "__init__.pyi").read_text(encoding="utf-8"))
    return {
        alias.asname: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }


def test_every_public_name_is_there_and_the_stub_says_so():
    assert len(mapsto.__all__) == len(set(mapsto.__all__))
    assert set(mapsto.__all__) == set(stub_names()) <= set(dir(mapsto))
    for name, module in stub_names().items():
        __import__(module)
        assert getattr(mapsto, name) is getattr(sys.modules[module], name)


def test_all_public_names_come_with_a_star():
    names = {}
    exec("from mapsto import *", names)
    assert set(mapsto.__all__) <= set(names)


@pytest.mark.parametrize("name", ["nonsense", "Nonsense", "LearnedScale"])
def test_a_name_there_is_not_is_told(name):
    with pytest.raises(AttributeError, match=f"mapsto has no '{name}'; dir"):
        getattr(mapsto, name)
    with pytest.raises(ImportError, match=name):
        exec(f"from mapsto import {name}")


def test_a_prior_that_is_known_by_its_file_alone_is_a_public_name(monkeypatch):
    class Novel(Prior):
        pass

    monkeypatch.setattr("mapsto.priors.registry.shipped", lambda: {"novel": Novel})
    assert mapsto.Novel is Novel


# --- the short answers


def test_the_version_is_that_of_the_package(cli):
    assert cli("--version") == (0, f"mapsto, version {mapsto.__version__}\n", "")


def test_the_help_is_what_click_makes_of_the_commands(cli, capsys):
    commands.main(["--help"], prog_name="mapsto", standalone_mode=False)
    assert capsys.readouterr().out.splitlines() == HELP.splitlines()
    assert cli("-h") == cli("--help") == (0, HELP, "")


def test_a_list_without_options_and_one_with_them_are_the_same(cli, tmp_path):
    script(tmp_path / "experiments", "one")
    script(tmp_path / "experiments", "two-of-them")
    assert cli("list") == cli("list", "--experiments", "experiments")
    assert cli("list")[1].splitlines() == ["one          Does the dose matter?", "two-of-them  Does the dose matter?"]


def test_a_terminal_gets_a_list_that_fits_it(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    print_columns([("one", "a question of more words than fit into a line of thirty"), ("two-of-them", "[0, 1]?")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 30
    assert "[0, 1]?" in lines[-1]


# --- the list, from the scripts' text


def test_the_text_of_the_shipped_scripts_says_what_loading_them_does():
    expected = [(experiment.name, experiment.question) for experiment in find(ROOT / "experiments")]
    assert from_text(str(ROOT / "experiments")) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name="NAME"', 'name="sm" + "all"'),
        ('question="Does the dose matter?"', 'question=f"Does {1} dose matter?"'),
        ("prior=Normal(scale=2.0),\n)", "prior=Normal(scale=2.0),\n).under(None, None)"),
        ("experiment = Experiment(", "def make(**given):\n    return Experiment(**given)\n\nexperiment = make("),
        ("experiment = Experiment(", "experiment = None\nexperiment = Experiment("),
        ("experiment = Experiment(", "experiment: Experiment = Experiment("),
    ],
)
def test_a_script_that_computes_what_it_says_is_loaded(tmp_path, old, new):
    assert old in SMALL
    script(tmp_path, "small", SMALL.replace(old, new))
    assert from_text(str(tmp_path)) is None
    assert [name for name, _ in names_and_questions(str(tmp_path))] == ["small"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def", "SyntaxError"),
        (SMALL + "\ndef", "SyntaxError"),
        ("x = 1", "defines no experiment"),
        (SMALL.replace("experiment = ", "other = "), "defines no experiment"),
        (SMALL.replace("NAME", "../small"), "'../small'"),
        (SMALL.replace("NAME", "index"), "'index'"),
        (SMALL.replace("NAME", "zz-fine"), "both named 'zz-fine'"),
        ("\x00", "cannot be"),
    ],
)
def test_a_broken_script_is_told_in_one_line(cli, tmp_path, source, words):
    script(tmp_path / "experiments", "mine", source)
    script(tmp_path / "experiments", "zz-fine")
    assert words in refused(cli("list"))


def test_a_script_that_python_compiled_before_and_that_was_broken_since_is_told(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = script(tmp_path / "experiments")
    assert not compiled_before(str(path))
    find(path.parent)
    assert compiled_before(str(path))
    assert cli("list")[0] == 0
    path.write_text(path.read_text(encoding="utf-8") + "\ndef", encoding="utf-8")
    assert not compiled_before(str(path))
    assert "SyntaxError" in refused(cli("list"))


def test_a_folder_that_cannot_be_listed_is_told(cli, tmp_path):
    assert "there is no folder 'experiments'" in refused(cli("list"))
    Path("experiments").mkdir()
    assert "holds no experiment script" in refused(cli("list"))
