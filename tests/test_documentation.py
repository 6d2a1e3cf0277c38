"""The documentation: every block of code runs as written, and every public name is on a page of the reference."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mapsto
from helpers.runs import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.glob("**/*.md"))
WITH_CODE = [page for page in PAGES if re.search(r"^```(python|sh)$", (DOCS / page).read_text(encoding="utf-8"), re.M)]


def blocks(text):
    """Language and code of each block of Python or shell, in their order."""
    return re.findall(r"^```(python|sh)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def run_page(text, folder):
    """Run the blocks of a page one after the other in the folder: Python in one process, the shell between."""
    (folder / "experiments").symlink_to(ROOT / "experiments")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    source = ["import subprocess"]
    for language, code in blocks(text):
        source.append(code if language == "python" else f"subprocess.run({code!r}, shell=True, check=True)")
    return subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", "\n".join(source)],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_CODE)
def test_the_code_on_a_page_runs_as_written(page, tmp_path):
    done = run_page((DOCS / page).read_text(encoding="utf-8"), tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "code", ["```python\n1 / 0\n```\n", "```sh\nmapsto rum\n```\n", "```python\nassert False\n```\n"]
)
def test_code_that_fails_is_caught(code, tmp_path):
    assert run_page(f"text\n\n{code}", tmp_path).returncode != 0


def test_the_pages_with_code_are_found():
    assert {"tutorial.md", "how_to/audit.md", "how_to/penalties.md", "explanation/lessons.md"} <= set(WITH_CODE)


def rooms():
    """The rooms and files that the reference has a page for."""
    text = "".join((DOCS / page).read_text(encoding="utf-8") for page in PAGES if page.startswith("reference/"))
    return [room for line in re.findall(r"^\.\. public-names:: (.*)$", text, re.MULTILINE) for room in line.split()]


def missing(listed):
    """The public names that are in none of the rooms."""
    stub = ast.parse((ROOT / "models" / "mapsto" / "__init__.pyi").read_text(encoding="utf-8"))
    homes = {one.name: node.module for node in stub.body if isinstance(node, ast.ImportFrom) for one in node.names}
    there = tuple(f"mapsto.{one}." for one in listed)
    return [name for name in mapsto.__all__ if not f"{homes[name]}.".startswith(there)]


def test_every_public_name_is_in_the_reference():
    assert missing(rooms()) == []
    assert "Normal" in missing([one for one in rooms() if one != "priors"])  # control


def test_every_page_is_in_a_table_of_contents():
    listed = set()
    for page in PAGES:
        for body in re.findall(r"^```\{toctree\}\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.M | re.S):
            names = [line for line in body.splitlines() if line and not line.startswith(":")]
            listed |= {(Path(page).parent / f"{name}.md").as_posix() for name in names}
    assert listed | {"index.md"} == set(PAGES)


def test_the_citation_names_the_version():
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert cited[1] == mapsto.__version__
