"""An engine from outside the package is found everywhere, with no other edit."""

import sys
from importlib import metadata

import numpy as np
import pytest

import mapsto.engines
from helpers.runs import script
from mapsto import BadInput, Normal, Problem, Settings, run
from mapsto.engines.base import Engine
from mapsto.engines.registry import choose, engines
from mapsto.report import render

MODE = '''
"""The mode from the normal equations, for a test."""

import numpy as np

from mapsto.engines.base import Engine
from mapsto.outcome import Estimate


class NormalEquations(Engine):
    name = "normal_equations"
    label = "Normal equations"
    summary = "solves the normal equations as they stand"

    def mode(self, near=()):
        problem, gaussian = self.question.at_point, self.question.gaussian
        s = problem.statistics
        H = gaussian.root.T @ gaussian.root
        w = np.linalg.solve(H, s.R.T @ s.z / problem.noise_sd**2)
        return Estimate(OFF * w, s.best_intercept(OFF * w))


OFF = 1.0
'''

SAMPLER = '''
"""Exact draws in place of a sampler, for a test."""

import numpy as np

from mapsto.engines.base import Engine
from mapsto.posteriors.draws import Draws


class Independent(Engine):
    name = "independent"
    label = "Independent draws"
    summary = "draws from the exact posterior"

    def draws(self, how, mode):
        rng = np.random.default_rng(how.seed)
        w, b = self.question.exact.draws(how.chains * how.draws, rng)
        w = WIDTH * (w - w.mean(axis=0)) + w.mean(axis=0)
        shape = (how.chains, how.draws)
        return Draws({"w": w.reshape(*shape, -1), "b": b.reshape(shape)}, {})

    def program(self):
        return "draws = posterior.draws(4000)"


WIDTH = 1.0
'''


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A folder that is looked into as if it were part of ``mapsto/engines``, and forgotten afterwards."""
    monkeypatch.setattr(mapsto.engines, "__path__", [*mapsto.engines.__path__, str(tmp_path / "engines")])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "engines").mkdir()
    before = set(sys.modules)
    yield tmp_path / "engines"
    for name in set(sys.modules) - before:
        if name.startswith("mapsto.engines."):
            del sys.modules[name]


def small():
    X = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, -1.0], [4.0, 0.0], [5.0, 2.0]])
    return Problem.from_rows(X, [1.0, 2.0, 2.5, 5.0, 4.0], noise_sd=1.0, features=["dose", "age"])


def failed(result):
    return {check.name for check in result.certificate.checks if not check.passed}


QUICK = Settings(draws=500, chains=4)
OURS = ["closed_form", "direct", "sklearn", "pymc"]
LANGUAGES = {"bambi", "numpyro", "pymc_nuts", "stan"}
"""Engines that a run asks only when they are named."""


def test_the_engines_are_found_in_their_order_and_a_run_asks_four():
    assert list(engines()) == [*OURS[:3], *sorted({"pymc", *LANGUAGES})]
    assert {name for name, kind in engines().items() if not kind.by_default} == LANGUAGES
    assert list(choose(None)) == OURS


def test_engines_from_outside_are_found_in_run_certificate_record_and_page(room):
    (room / "normal_equations.py").write_text(MODE)
    (room / "independent.py").write_text(SAMPLER)
    assert set(engines()) == {*OURS, *LANGUAGES, "normal_equations", "independent"}
    result = run(small(), Normal(scale=2.0), QUICK, name="both")
    names = {check.name for check in result.certificate.checks}
    assert {"stationarity-normal_equations", "same-mode-normal_equations-sklearn"} <= names
    assert {"independent-r-hat", "independent-mean-is-exact-mean", "no-draw-of-pymc-beats-the-mode"} <= names
    assert failed(result) == set()
    record = result.record()
    assert set(record.modes) == {"closed_form", "sklearn", "pymc", "normal_equations"}
    assert list(record.draws) == list(record.plots.densities[0].draws) == list(record.plots.ranks)
    assert set(record.draws) == set(record.programs) == {"independent", "pymc"}
    assert record.draws["independent"].divergences is None
    page = render(record)
    for words in ("Normal equations</th>", "Independent draws mean ± ", "Independent draws 89% interval", "In PyMC"):
        assert words in page


@pytest.mark.parametrize(
    ("source", "change", "caught_by"),
    [
        (MODE, ("OFF = 1.0", "OFF = 1.0 + 1e-9"), "stationarity-normal_equations"),
        (SAMPLER, ("WIDTH = 1.0", "WIDTH = 1.2"), "independent-sd-is-exact-sd"),
        (
            MODE,
            ("return Estimate", "raise RuntimeError('it broke')\n        return Estimate"),
            "engine-normal_equations",
        ),
        (SAMPLER, ("return Draws", "raise RuntimeError('it broke')\n        return Draws"), "engine-independent-draws"),
    ],
    ids=lambda part: part if isinstance(part, str) and len(part) < 40 else "",
)
def test_a_wrong_engine_is_named_by_the_certificate(room, source, change, caught_by):
    assert change[0] in source
    (room / f"{source.split('name = ')[1].split(chr(34))[1]}.py").write_text(source.replace(*change))
    assert caught_by in failed(run(small(), Normal(scale=2.0), QUICK))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("x = 1", "defines no engine"),
        (MODE.replace('label = "Normal equations"', ""), "has no label"),
        (MODE.replace("def mode", "def nothing"), "has no mode or draws"),
        (MODE.replace('name = "normal_equations"', 'name = "sklearn"'), "both define an engine named 'sklearn'"),
    ],
    ids=["raises", "empty", "no label", "nothing to ask", "taken"],
)
def test_a_broken_engine_is_told_in_one_line(room, source, words):
    (room / "broken.py").write_text(source)
    with pytest.raises(BadInput) as refusal:
        engines()
    assert words in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


class Elsewhere(Engine):
    name = "elsewhere"
    label = "Elsewhere"
    summary = "is not installed"

    @classmethod
    def missing(cls):
        return "pip install elsewhere"

    def mode(self, near=()):
        raise AssertionError("it is asked for a mode and is not there")


def test_an_entry_point_is_found_and_one_that_is_not_ready_is_left_out_or_named(monkeypatch):
    point = metadata.EntryPoint("elsewhere", f"{__name__}:Elsewhere", "mapsto.engines")
    monkeypatch.setattr("mapsto.plugins.entry_points", lambda *, group: [point] if group == "mapsto.engines" else [])
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    assert "elsewhere" in engines()
    assert "elsewhere" not in choose(None)
    with pytest.raises(BadInput, match="pip install elsewhere"):
        choose(["elsewhere"])
    with pytest.raises(BadInput, match="there is no engine named 'edward'"):
        choose(["edward"])


def test_only_the_engines_asked_for_are_used():
    result = run(small(), Normal(scale=2.0), QUICK, engines=["closed_form", "sklearn"])
    assert list(result.modes) == ["closed_form", "sklearn"]
    assert result.draws == {}
    assert result.summary is None
    assert failed(result) == set()


def test_the_command_line_lists_them(room, cli, tmp_path):
    (room / "normal_equations.py").write_text(MODE)
    script(tmp_path / "experiments")
    status, out, _ = cli("list", "--engines")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        *OURS[:2],
        "normal_equations",
        "sklearn",
        *list(engines())[4:],
    ]
