"""Runs that several files ask about, each made once; and a small experiment as a user would write it."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from mapsto import Settings
from mapsto.report import render, render_conventions, render_index
from mapsto.runs.lessons.discovery import load
from mapsto.runs.output import Pages
from mapsto.runs.record import decode, encode

ROOT = Path(__file__).parents[2]
PAGES = Pages(render, render_index, render_conventions)

SMALL = """
from mapsto import Experiment, Normal, Problem

def data():
    X = [[0.0], [1.0], [2.0], [4.0]]
    return Problem.from_rows(X, [1.0, 2.0, 2.5, 5.0], noise_sd=1.0, features=["dose"], target="response")

experiment = Experiment(
    name="NAME",
    title="A small one",
    question="Does the dose matter?",
    answer="It does.",
    data=data,
    prior=Normal(scale=2.0),
)
"""


def logp_of_rows(problem, prior, estimate):
    """PyMC's log density of the model on all rows, as a user would write it, at an estimate; nothing compiled."""
    from mapsto.engines.pymc.model import rows_model

    at = {"w": estimate.coef} | ({"b": np.float64(estimate.intercept)} if problem.intercept else {})
    return float(rows_model(problem, prior).compile_logp(mode="FAST_COMPILE")(at))


@cache
def three_routes():
    """The Result of the experiment three-routes as it ships, at the usual settings."""
    return load(ROOT / "experiments" / "three_routes.py").run(Settings(), command="mapsto run three-routes")


@cache
def three_routes_record():
    """Its record as JSON has it; not to be changed by whoever asks."""
    return as_json(three_routes().record())


def as_json(record):
    """A record as the plain data that its JSON holds."""
    return json.loads(encode(record))


def from_json(data):
    """The record that such data are; what is not of its shape is refused."""
    return decode(json.dumps(data, allow_nan=False))


def script(folder, name="small", source=SMALL):
    """Write an experiment's script into ``folder`` (made if need be) and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace('-', '_')}.py"
    path.write_text(source.replace("NAME", name), encoding="utf-8")
    return path


def snapshot(folder):
    """Every file and folder below ``folder`` with its bytes; Python's own caches of a script are not the tool's."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if "__pycache__" not in path.parts
    }


def refused(answer):
    """Exit 2 with one line that says who speaks; gives the line."""
    status, _, error = answer
    assert status == 2, error
    assert error.endswith("\n")
    (line,) = error.splitlines()
    assert line.startswith("mapsto: ")
    return line
