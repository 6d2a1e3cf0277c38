"""Imports go one way: from a room to the rooms before it, never to one after it, and in no circle."""

import ast
import importlib
from dataclasses import fields, is_dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "models"
PACKAGE = SOURCE / "mapsto"

# posterior ∝ likelihood × prior: each room may import itself and what stands before it.
ROOMS = (
    "foundations",
    "data",
    "likelihoods",
    "priors",
    "posteriors",
    "conventions",
    "engines",
    "certificate",
    "runs",
    "report",
    "estimators",
    "commands",
    "front",
)
# The files beside the folders: what every room may use, and what uses every room.
BESIDE = {
    "foundations": {
        "contract",
        "errors",
        "family",
        "latex",
        "marks",
        "notebook",
        "outcome",
        "plugins",
        "rounding",
        "scales",
    },
    "front": {
        "__init__",
        "__main__",
        "cli",
        "cli_audit",
        "cli_commands",
        "script",
    },
}
# A page is made from the record alone.
REPORT_READS = ("mapsto.report", "mapsto.errors", "mapsto.marks", "mapsto.runs.record")
MOST_FILES = 16


def modules():
    """Every module of the package: dotted name -> source."""
    found = {}
    for path in sorted(SOURCE.glob("mapsto/**/*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    return found


def imports(source, module, known, is_package=False):
    """The modules of mapsto that a source imports, wherever in it (inside functions and `if`s too)."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                above = parts[: len(parts) - node.level + is_package]
                base = ".".join([*above, base] if base else above)
            inner = {f"{base}.{alias.name}" for alias in node.names}
            found |= (inner & known) or {base}
    return {name for name in found if name == "mapsto" or name.startswith("mapsto.")}


def room(module):
    """'mapsto.priors.normal' -> 'priors'; a file beside the folders belongs to one of two rooms by name."""
    first = module.partition(".")[2].partition(".")[0] or "__init__"
    if first in ROOMS:
        return first
    return next((name for name, files in BESIDE.items() if first in files), None)


def breaches(module, imported):
    """What of `imported` a module may not import, as sentences."""
    here = room(module)
    wrong = []
    for name in sorted(imported):
        there = room(name)
        upward = there is None or ROOMS.index(there) > ROOMS.index(here)
        reads = any(name == part or name.startswith(f"{part}.") for part in REPORT_READS)
        if upward or (here == "report" and not reads):
            wrong.append(f"{module} imports {name}")
    return wrong


def script_breaches(source):
    """Imports of a script that reach behind the public names."""
    wrong = []
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        wrong += [name for name in names if name.startswith(("mapsto.", "."))]
    return wrong


MODULES = modules()
PACKAGES = {name for name in MODULES if (SOURCE.joinpath(*name.split(".")) / "__init__.py").exists()}
IMPORTED = {name: imports(source, name, set(MODULES), name in PACKAGES) for name, source in MODULES.items()}
FOLDERS = sorted({path.parent for path in PACKAGE.glob("**/*.py")})


def circle(graph):
    """A circle of imports, or None; a package that gathers its parts is none unless they ask it back."""
    try:
        TopologicalSorter({name: others - {name} for name, others in graph.items()}).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_every_file_is_in_a_room():
    assert [name for name in MODULES if room(name) is None] == []
    assert {room(name) for name in MODULES} == set(ROOMS)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(SOURCE)))
def test_a_folder_can_be_taken_in_at_a_glance(folder):
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= MOST_FILES or folder.name in (
        "priors",
        "likelihoods",
    )


DECLARED = {("mapsto.runs.result", "to_html", "mapsto.report.page")}
"""The one import that goes upward for good: a Result makes its own page because whoever holds one asks it to."""


def late_imports(source):
    """What the functions of a source import of mapsto, as (function, module)."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    found = [
        (one.name, inner.module) for one in functions for inner in ast.walk(one) if isinstance(inner, ast.ImportFrom)
    ]
    return {(name, module) for name, module in found if (module or "").startswith("mapsto")}


def allowed_upward(module):
    return {name for where, _, name in DECLARED if where == module}


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module):
    assert breaches(module, IMPORTED[module] - allowed_upward(module)) == []


def test_the_one_exception_is_late_and_there():
    upward = {
        (module, function, name)
        for module, source in MODULES.items()
        for function, name in late_imports(source)
        if breaches(module, {name})
    }
    assert upward == DECLARED
    at_the_top = {node for node in ast.parse(MODULES["mapsto.runs.result"]).body if isinstance(node, ast.ImportFrom)}
    assert not [node for node in at_the_top if node.module.startswith("mapsto.report")]


def test_there_are_no_circles():
    assert circle({name: others for name, others in IMPORTED.items() if room(name) != "front"}) is None


def test_the_reader_sees_the_imports_that_are_there():
    assert {"mapsto.errors", "mapsto.data.statistics"} <= IMPORTED["mapsto.likelihoods.problem"]
    assert {"mapsto.priors.base", "mapsto.scales"} <= IMPORTED["mapsto.priors.normal"]


@pytest.mark.parametrize("script", sorted((ROOT / "experiments").glob("**/*.py")), ids=lambda path: path.stem)
def test_scripts_use_the_public_names_alone(script):
    assert script_breaches(script.read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mapsto.data.statistics", "from mapsto.likelihoods.problem import Problem"),
        ("mapsto.data.statistics", "from mapsto.likelihoods import problem"),
        ("mapsto.data.statistics", "from ..likelihoods.problem import Problem"),
        ("mapsto.data.statistics", "from ..likelihoods import problem"),
        ("mapsto.errors", "import mapsto.data.statistics"),
        ("mapsto.likelihoods.problem", "def f():\n    from mapsto.priors.base import Prior"),
        ("mapsto.outcome", "import mapsto.likelihoods.problem as p"),
        ("mapsto.priors.normal", "from mapsto.engines import sklearn"),
        ("mapsto.priors.normal", "from mapsto.posteriors.gaussian import GaussianPosterior"),
        ("mapsto.posteriors.gaussian", "from mapsto import Normal"),
        ("mapsto.report.page", "from mapsto.rounding import gamma"),
        ("mapsto.report.page", "from mapsto.runs.result import Result"),
        ("mapsto.report.page", "from mapsto.runs.recording.answers import mode_record"),
        ("mapsto.runs.output", "def f():\n    from mapsto.report import render"),
        ("mapsto.certificate", "if True:\n    import mapsto.report.page"),
        ("mapsto.runs.lessons.experiment", "from mapsto.cli import main"),
        ("mapsto.runs.output", "import mapsto"),
        ("mapsto.engines.pymc.nuts", "from mapsto.attic import something"),
    ],
)
def test_an_import_that_breaks_the_rule_is_caught(module, source):
    known = set(MODULES) | {module}
    assert len(breaches(module, imports(source, module, known))) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mapsto.likelihoods.problem", "import math\nfrom mapsto.data.statistics import Vector"),
        ("mapsto.priors.normal", "from mapsto.priors.base import Prior\nfrom .base import each"),
        ("mapsto.report.page", "from mapsto.errors import BadInput\nfrom mapsto.report.charts import figures"),
        ("mapsto.cli", "from mapsto.report import page\nfrom mapsto.runs.lessons import experiment"),
        ("mapsto.rounding", "import mapstorage"),
    ],
)
def test_an_import_that_keeps_the_rule_is_not(module, source):
    assert breaches(module, imports(source, module, set(MODULES))) == []


def test_a_circle_is_caught():
    planted = IMPORTED | {"mapsto.errors": imports("import mapsto.likelihoods.problem", "mapsto.errors", set(MODULES))}
    assert circle(planted) is not None


@pytest.mark.parametrize(
    "source",
    ["from mapsto.runs.run import run", "import mapsto.cli", "def f():\n    from .helper import x"],
)
def test_a_script_that_reaches_behind_the_public_names_is_caught(source):
    assert len(script_breaches(source)) == 1
    assert script_breaches("import numpy\nimport mapsto\nfrom mapsto import Normal") == []


@pytest.mark.parametrize("room", ["certificate", "priors", "likelihoods", "posteriors"])
def test_what_holds_arrays_is_compared_by_identity(room):
    """Arrays have no single truth and no hash, so a dataclass that compares them by value could do neither."""
    held = 0
    for path in sorted((PACKAGE / room).rglob("*.py")):
        module = importlib.import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts))
        for kind in vars(module).values():
            if not (isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.__name__):
                continue
            if any(word in str(field.type) for field in fields(kind) for word in ("Vector", "Matrix", "Counts")):
                held += 1
                assert kind.__eq__ is object.__eq__, kind
    assert held > 0
