"""The benchmarks' table: every scenario is found, and a figure over its goal is told as such. No time is asserted."""

import importlib
import sys

import pytest

from helpers.runs import ROOT

FOLDER = ROOT / "tests" / "benchmarks"


@pytest.fixture
def table(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in [name for name in sys.modules if name.split(".")[0] in ("scenario", "scenarios", "table")]:
        monkeypatch.delitem(sys.modules, name)
    found = importlib.import_module("table")
    found.load()
    return found


def test_every_file_of_scenarios_is_in_the_table(table):
    made_in = {one.make.__module__ for one in table.ALL.values()}
    assert made_in == {f"scenarios.{path.stem}" for path in (FOLDER / "scenarios").glob("[!_]*.py")}
    assert all(one.goal > 0 and one.work for one in table.ALL.values())


def test_two_scenarios_of_one_name_are_refused(table):
    scenario = importlib.import_module("scenario").scenario
    with pytest.raises(ValueError, match="two scenarios are named logistic"):
        scenario("again", goal=1.0)(next(one.make for name, one in table.ALL.items() if name == "logistic"))


@pytest.mark.parametrize(
    ("ours", "peer", "size", "figure", "met"),
    [
        ([2.0, 4.0, 9.0], [1.0, 2.0, 3.0], None, 2.0, True),
        ([2.0, 5.0, 9.0], [1.0, 2.0, 3.0], None, 2.5, True),
        ([4.0, 8.0, 9.0], [1.0, 2.0, 3.0], None, 4.0, False),
        ([1.0, 7.0, 2.0], [], None, 2.0, True),
        ([9.0], [], 2.5, 2.5, True),
        ([0.1], [], 30.0, 30.0, False),
    ],
)
def test_a_figure_is_held_against_its_goal(table, monkeypatch, ours, peer, size, figure, met):
    scenario = importlib.import_module("scenario")
    monkeypatch.setitem(table.ALL, "one", scenario.Scenario("one", "work", "peer" if peer else "", 3.0, lambda: None))
    row = table.row("one", scenario.Figures(ours, peer, 1.0, size), "")
    assert (row["figure"], row["met"]) == (figure, met)
    assert table.shown([row])[0][-1] == ("met" if met else "not met")


def test_a_scenario_that_fails_is_a_row_with_its_reason(table):
    row = table.row("logistic", None, "MemoryError")
    assert table.shown([row])[0][-1] == "MemoryError"


def test_the_calls_take_turns(table):
    scenario, order = importlib.import_module("scenario"), []
    scenario.measure(scenario.Pair(lambda: order.append("a"), lambda: order.append("b")), 2)
    assert "".join(order) == "ab" + "abab"
