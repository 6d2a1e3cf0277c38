"""The rooms import one way. Each floor may use the floors below it and nothing beside or above it."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "models"

# From the ground up; a room may import rooms on lower floors, and its own parts.
FLOORS = [
    {"errors", "rounding"},
    {"scales", "settings", "figure"},
    {"sufficient", "noise"},
    {"problem", "estimate", "summary", "normal_equations"},
    {"conjugate", "remarks", "live", "plots", "spectrum", "datasets"},
    {"mixture", "normal_inverse_gamma"},
    {"priors"},
    {"exact", "catalogue", "prior_view", "routes", "uncertainty", "ledger"},
    {"agreement", "trees", "record", "translate"},
    {"lesson", "result"},
    {"hidden", "running"},
    {"experiment", "estimator"},
    {"registry", "progress", "store", "tables"},
    {"audit"},
    {"cli_audit", "workers"},
    {"cli"},
    {"script"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# report stands apart: it prints what it is handed, so it knows no room but itself; these may hand it things
REPORT_MAY_USE = {"report", "errors"}
MAY_USE_REPORT = {"result", "store", "cli"}


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
    """'mapsto.priors.normal' -> 'priors'; the package itself -> ''."""
    return module.partition(".")[2].partition(".")[0]


def breaches(module, imported):
    """What of `imported` a module may not import, as sentences."""
    here = room(module)
    wrong = []
    for name in sorted(imported):
        there = room(name)
        if here in ("", "__main__"):
            continue  # the front door gathers the public names
        if there == "":
            allowed = False  # the front door imports every room: to ask it something is to go in a circle
        elif here == "report":
            allowed = there in REPORT_MAY_USE
        elif there == "report":
            allowed = here in MAY_USE_REPORT
        else:
            allowed = there == here or FLOOR.get(there, len(FLOORS)) < FLOOR.get(here, -1)
        if not allowed:
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


def circle(graph):
    """A circle of imports, or None; a package that gathers its parts is none unless they ask it back."""
    try:
        TopologicalSorter({name: others - {name} for name, others in graph.items()}).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_every_room_has_a_floor():
    rooms = {room(name) for name in MODULES} - {"", "__main__", "report"}
    assert rooms - set(FLOOR) == set()
    assert {
        "errors",
        "sufficient",
        "problem",
        "conjugate",
        "priors",
        "routes",
    } <= rooms  # they were found at all


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module):
    assert breaches(module, IMPORTED[module]) == []


def test_there_are_no_circles():
    assert circle(IMPORTED) is None


def test_the_reader_sees_the_imports_that_are_there():
    assert {"mapsto.errors", "mapsto.sufficient"} <= IMPORTED["mapsto.problem"]
    assert {"mapsto.priors.base", "mapsto.conjugate", "mapsto.problem"} <= IMPORTED["mapsto.priors.normal"]


@pytest.mark.parametrize("script", sorted((ROOT / "experiments").glob("**/*.py")), ids=lambda path: path.stem)
def test_scripts_use_the_public_names_alone(script):
    assert script_breaches(script.read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mapsto.sufficient", "from mapsto.problem import Problem"),
        ("mapsto.sufficient", "from mapsto import problem"),
        ("mapsto.sufficient", "from .problem import Problem"),
        ("mapsto.sufficient", "from . import problem"),
        ("mapsto.errors", "import mapsto.rounding"),
        ("mapsto.problem", "def f():\n    from mapsto.priors.base import Prior"),
        ("mapsto.estimate", "import mapsto.problem as p"),
        ("mapsto.priors.normal", "from mapsto.routes import via_sklearn"),
        ("mapsto.priors.normal", "from ..routes import via_sklearn"),
        ("mapsto.conjugate", "from mapsto import Normal"),
        ("mapsto.report.page", "from mapsto.rounding import gamma"),
        ("mapsto.agreement", "if True:\n    import mapsto.report.page"),
        ("mapsto.ledger", "from mapsto.agreement import Check"),
        ("mapsto.experiment", "from mapsto.cli import main"),
        ("mapsto.cli", "import mapsto"),
        ("mapsto.routes.nuts", "from mapsto.attic import something"),
    ],
)
def test_an_import_that_breaks_the_rule_is_caught(module, source):
    known = set(MODULES) | {module, "mapsto.routes.via_sklearn", "mapsto.agreement", "mapsto.cli"}
    assert len(breaches(module, imports(source, module, known))) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mapsto.problem", "import math\nfrom mapsto.sufficient import Vector"),
        ("mapsto.priors.normal", "from mapsto.priors.base import Prior\nfrom .base import Recipe"),
        ("mapsto.report.page", "from mapsto.errors import BadInput\nfrom mapsto.report import figures"),
        ("mapsto.cli", "from mapsto.report import page\nfrom mapsto import experiment"),
        ("mapsto.rounding", "import mapstorage"),
    ],
)
def test_an_import_that_keeps_the_rule_is_not(module, source):
    assert breaches(module, imports(source, module, set(MODULES))) == []


def test_a_circle_is_caught():
    planted = IMPORTED | {"mapsto.errors": imports("import mapsto.problem", "mapsto.errors", set(MODULES))}
    assert circle(planted) is not None


@pytest.mark.parametrize(
    "source",
    ["from mapsto.problem import Problem", "import mapsto.cli", "def f():\n    from .helper import x"],
)
def test_a_script_that_reaches_behind_the_public_names_is_caught(source):
    assert len(script_breaches(source)) == 1
    assert script_breaches("import numpy\nimport mapsto\nfrom mapsto import Normal") == []
