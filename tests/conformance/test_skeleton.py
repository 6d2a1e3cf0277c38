"""The prior that CONTRIBUTING.md tells a stranger to write passes every check at first try."""

import ast
import re
from dataclasses import replace

import numpy as np
import pytest

from conformance import checks
from helpers.runs import ROOT
from mapsto.engines.direct import solve as via_direct
from mapsto.engines.pymc import mode as via_pymc
from mapsto.engines.pymc.densities.log_density import LogDensity
from mapsto.engines.pymc.model import statistics_model
from mapsto.outcome import Unsupported
from mapsto.posteriors.closed_form import closed_form
from mapsto.priors.registry import from_file, parse_prior


def skeleton():
    """The first Python block below "Add a prior", and the name of its class."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("\n## Add a prior\n")[1].split("\n## ")[0]
    source = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)[0]
    (name,) = [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return source, name


@pytest.fixture(scope="module")
def kind(tmp_path_factory):
    source, name = skeleton()
    path = tmp_path_factory.mktemp("theirs") / "their_prior.py"
    path.write_text(source, encoding="utf-8")
    return from_file(path, name)


@pytest.mark.parametrize("name", checks.ALONE)
def test_alone(kind, name):
    for prior in kind.examples(3):
        checks.ALONE[name](prior)


@pytest.mark.parametrize("name", checks.BESIDE_DATA)
@pytest.mark.parametrize("table", ["tall", "wide", "collinear", "single"])
def test_beside_data(kind, name, table, tables):
    problem = checks.rows(tables[table])
    for prior in kind.examples(problem.p):
        checks.BESIDE_DATA[name](problem, prior)


def test_every_route_there_is_gives_the_same_mode_and_the_controls_fail(kind, tables):
    problem = checks.rows(tables["tall"])
    prior = kind.examples(problem.p)[0]
    density = LogDensity(statistics_model(problem, prior), problem.statistics.x_mean, as_sampled=False)
    ours, pymcs = via_direct.solve(problem, prior), via_pymc.find_mode(problem, prior, density)
    checks.is_stationary(problem, prior, pymcs.coef)
    checks.is_same_mode(problem, prior, ours, pymcs)
    for wrong in checks.wrong_answers(problem, prior, ours.coef, via_direct.solve).values():
        with pytest.raises(AssertionError, match="is_stationary"):
            checks.is_stationary(problem, prior, wrong)
        with pytest.raises(AssertionError, match="is_same_mode"):
            checks.is_same_mode(problem, prior, ours, replace(ours, coef=wrong))


def test_a_slip_in_it_is_caught(kind):
    class Slipped(kind):
        def penalty(self, w):
            return 2 * super().penalty(w)

    prior = Slipped(**kind.examples(3)[0].params)
    with pytest.raises(AssertionError, match="penalty_is_minus_log_density"):
        checks.penalty_is_minus_log_density(prior)
    with pytest.raises(AssertionError, match="stationarity_is_the_slope"):
        checks.stationarity_is_the_slope(prior)


def test_it_can_be_asked_for_by_its_path(tmp_path):
    source, name = skeleton()
    path = tmp_path / "their_prior.py"
    path.write_text(source, encoding="utf-8")
    params = from_file(path, name).examples(2)[0].params
    text = ",".join(f"{key}={value}" for key, value in params.items() if not isinstance(value, tuple))
    prior = parse_prior(f"{path}:{name}:{text}")
    assert prior.params == params
    assert isinstance(closed_form(checks.rows((np.eye(3)[:, :2], np.arange(3.0))), prior), Unsupported)
