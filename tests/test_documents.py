import re
import shlex

import pytest

from helpers.runs import ROOT
from helpers.tables import MEND, TABLES, between, rewritten
from mapsto.cli_commands import commands
from test_rooms import ROOMS

README = ROOT / "README.md"
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"]


def blocks(language, text=None):
    text = README.read_text(encoding="utf-8") if text is None else text
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def targets(text):
    return set(re.findall(r"^([a-z-]+):", text, flags=re.MULTILINE))


def unknown(lines, makefile):
    """Lines that name no make target, no command of mapsto, no option it has, or an experiment that is not there."""
    wrong = []
    for line in lines:
        words = shlex.split(line, comments=True)
        if not words or words[0] in ("git", "cd"):
            continue
        if words[0] == "make":
            known = targets(makefile)
            fine = all("=" in word or word in known for word in words[1:]) and len(words) > 1
        elif words[0] in ("mapsto", ".venv/bin/mapsto"):
            command = commands.commands.get(words[1])
            options = {option for parameter in command.params for option in parameter.opts} if command else set()
            fine = command is not None and all(w.split("=")[0] in options for w in words[2:] if w.startswith("-"))
        elif words[0] in ("python", ".venv/bin/python"):
            fine = (ROOT / words[1]).exists()
        else:
            fine = False
        if not fine:
            wrong.append(line)
    return wrong


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_usual_documents_are_there_and_say_something(name):
    assert (ROOT / name).read_text(encoding="utf-8").strip()


def test_the_readmes_python_runs_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = blocks("python")
    assert code
    names = {"__name__": "__main__"}
    for number, block in enumerate(code):
        exec(compile(block, f"README.md, Python block {number + 1}", "exec"), names)
    for word in re.findall(r'to_html\("([^"]+)"\)', "".join(code)):
        assert (tmp_path / word).read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "print(" not in "".join(code) or capsys.readouterr().out


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_shell_line_is_a_command_there_is(name):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = "".join(blocks("sh", (ROOT / name).read_text(encoding="utf-8"))).splitlines()
    assert lines or name != "README.md"
    assert unknown(lines, makefile) == []


@pytest.mark.parametrize(
    "line",
    ["make reprot", "mapsto rum", "mapsto run --sede 2", "python experiments/none.py", "pip install x", "make"],
)
def test_a_command_there_is_not_is_caught(line):
    assert unknown([line], (ROOT / "Makefile").read_text(encoding="utf-8")) == [line]


def test_every_file_a_document_links_to_is_there():
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (ROOT / target).exists(), f"{name} links to {target}"


def rooms_told(text):
    """The folders that the table of rooms in CONTRIBUTING.md has a line for, in its order."""
    section = text.partition("\n## The house\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)/` \| \S.*\S \|$", section, flags=re.MULTILINE)


def test_the_map_of_the_house_names_every_room_and_nothing_else():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (ROOT / "models" / "mapsto").glob("*/__init__.py")}
    assert sorted(rooms_told(text)) == sorted(folders)
    assert rooms_told(text) == [room for room in ROOMS if room in folders]  # in the order of imports
    assert rooms_told(text.replace("| `data/` |", "| data |")) == rooms_told(text)[1:]  # control: a line that is lost


@pytest.mark.parametrize("name", TABLES)
def test_the_readmes_tables_are_the_codes(name):
    assert between(README.read_text(encoding="utf-8"), name).strip() == TABLES[name]().strip(), MEND


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_lags_is_caught_and_written_anew(name):
    text = README.read_text(encoding="utf-8")
    table = between(text, name)
    lagging = text.replace(table, table.replace("sigma", "sgima", 1))
    assert between(lagging, name).strip() != TABLES[name]().strip()
    assert rewritten(lagging) == text
    with pytest.raises(AssertionError, match="0 tables"):
        between(text.replace(f"<!-- {name} -->", ""), name)
