"""What SECURITY.md promises: nothing is unpickled, evaluated or fetched, and the exceptions are few and known."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mapsto

PACKAGE = Path(mapsto.__file__).parent
MODULES = {"pickle", "shelve", "dill", "cloudpickle", "joblib", "socket", "urllib", "http", "requests", "ftplib", "ssl"}
MODULES |= {"marshal", "xml", "yaml", "telnetlib", "smtplib"}
CALLS = {"eval", "exec", "compile", "__import__", "system", "popen"}
KNOWN = {
    ("engines/bambi.py", "compile"),
    ("engines/bambi.py", "exec"),
    ("engines/numpyro/engine.py", "compile"),
    ("engines/numpyro/engine.py", "exec"),
    ("report/template_cache.py", "marshal"),
    ("runs/conformance/programs.py", "exec"),
    ("runs/conformance/programs.py", "compile"),
    ("runs/lessons/script_text.py", "compile"),
}
"""Templates kept as Python keeps its own code; programs of mapsto's own text; a script that was named."""


def suspicious(source):
    """Modules that are imported and functions that are called in a source, of those that need a reason."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").partition(".")[0]} & MODULES
        elif isinstance(node, ast.Call):
            f = node.func
            called = f.id if isinstance(f, ast.Name) else ""
            if isinstance(f, ast.Attribute) and isinstance(f.value, ast.Name) and f.value.id in ("os", "builtins"):
                called = f.attr
            found |= {called} & CALLS
    return found


def test_nothing_is_unpickled_evaluated_or_fetched():
    found = {
        (str(path.relative_to(PACKAGE)), what)
        for path in PACKAGE.glob("**/*.py")
        for what in suspicious(path.read_text(encoding="utf-8"))
    }
    assert found == KNOWN


def test_the_exceptions_to_the_security_rules_are_of_five_kinds():
    """assert, exec, LaTeX tokens taken for passwords, marshal, Markup; with every exception taken away."""
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore-noqa", "--no-cache", "--select", "S"]
    asked = [*ruff, "--output-format", "json", str(PACKAGE)]
    found = json.loads(subprocess.run(asked, capture_output=True, text=True, check=False).stdout)
    assert {one["code"] for one in found} == {"S101", "S102", "S105", "S302", "S704"}


@pytest.mark.parametrize(
    "source", ["import pickle", "from urllib.request import urlopen", "eval('1')", "os.system('x')"]
)
def test_what_is_suspicious_is_seen(source):
    """A control."""
    assert suspicious(source)


WATCHED = """
import os, sys
out = os.path.realpath(sys.argv[1])
written = []

def watch(event, given):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request", "os.system"):
        written.append(f"{event} {given}")
    if event == "open" and isinstance(given[0], str) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        written.append(os.path.realpath(given[0]))

sys.addaudithook(watch)
sys.argv[:] = ["mapsto", *sys.argv[2:], "--out", out]
try:
    from mapsto.cli import main
    main()
finally:
    allowed = (out, "/dev/", "/proc/")
    others = [one for one in written if not one.startswith(allowed) and "__pycache__" not in one]
    print(*(f"OUTSIDE {one}" for one in others), sep="\\n")
"""


def test_an_audit_connects_to_nothing_and_writes_into_its_folder_alone(tmp_path):
    """A column and a file with hostile names; what the compilers of other libraries cache is theirs."""
    table = tmp_path / "a&b;$(touch x).csv"
    lines = [f"{i % 7},{i % 5},{i * 0.1 + i % 7 + (i % 3)}" for i in range(30)]
    table.write_text('"../../evil","<script>alert(1)</script>",y\n' + "\n".join(lines))
    cache = tmp_path / "cache"
    here = os.environ | {
        "PYTHONPATH": str(PACKAGE.parent),
        "HOME": str(cache),
        "PYTENSOR_FLAGS": f"compiledir={cache},cxx=",
        "NUMBA_CACHE_DIR": str(cache),
        "TMPDIR": str(cache),
    }
    cache.mkdir()
    asked = ["audit", str(table), "--target", "y", "--draws", "50", "--chains", "2", "--alpha", "1"]
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "out"), *asked],
        capture_output=True,
        text=True,
        check=False,
        env=here,
        cwd=tmp_path,
    )
    assert ran.returncode in (0, 1), ran.stderr
    outside = [line for line in ran.stdout.splitlines() if line.startswith("OUTSIDE ") and str(cache) not in line]
    assert outside == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a&b;$(touch x).csv", "cache", "out"]
    page = next((tmp_path / "out").glob("a*.html")).read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
