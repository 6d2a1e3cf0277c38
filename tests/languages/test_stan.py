"""Stan: its density is this package's once the constants that ~ leaves out are named, and the program is what runs."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from languages.cells import NOISES, QUESTIONS, failed, table
from mapsto import Normal
from mapsto.certificate import draws_checks
from mapsto.certificate.gate import gate
from mapsto.engines.question import Question
from mapsto.engines.settings import Settings
from mapsto.engines.stan import Stan
from mapsto.engines.stan.engine import BROKEN
from mapsto.outcome import Unsupported
from mapsto.posteriors.datatree import posterior_tree
from mapsto.posteriors.draws import summarise
from mapsto.runs.conformance.programs import write_table

needs_stan = pytest.mark.skipif(bool(Stan.missing()), reason=f"Stan: {Stan.missing()}")
pytestmark = [
    # PyStan starts a process for each chain by fork, of which Python 3.12 warns where there are threads
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # and aiohttp of how httpstan keeps its settings
    pytest.mark.filterwarnings("ignore:It is recommended to use web.AppKey"),
    # httpstan leaves open what it catches the compiler's words in
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in.*FileIO:pytest.PytestUnraisableExceptionWarning"),
]

UNSUPPORTED = {
    "asymmetric_laplace prior",
    "asymmetric_laplace likelihood",
    "asymmetric_laplace likelihood, weights",
    "elastic_net prior",
    "generalized_normal prior",
    "group_laplace prior",
    "huber likelihood",
    "huber likelihood, weights",
    "probit likelihood",
    "random_walk prior",
    "spike_and_slab_normal prior",
}
COMPILED = ["half-Normal noise", "bernoulli likelihood"]
MORE = [name for name in QUESTIONS if name not in {*UNSUPPORTED, *COMPILED}]


def passes(name):
    found = gate(QUESTIONS[name], Stan(QUESTIONS[name]))
    assert found.passed, found
    return found


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_cell_has_a_program_or_a_reason(name):
    engine = Stan(QUESTIONS[name])
    if name in UNSUPPORTED:
        assert isinstance(engine.printed, Unsupported)
        assert engine.program() is None
    else:
        assert set(engine.printed.data) >= {"n", "p", "X"}
        for parameter in engine.printed.parameters:
            assert f" {parameter};" in engine.printed.code


@needs_stan
@pytest.mark.parametrize("name", [name for name in QUESTIONS if name not in UNSUPPORTED])
def test_stans_own_parser_takes_every_program(name):
    import httpstan.compile

    code = Stan(QUESTIONS[name]).printed.code
    cpp, _ = httpstan.compile.compile(code, "a")
    assert "log_prob" in cpp
    with pytest.raises(ValueError, match="error"):
        httpstan.compile.compile(code.replace("model {", "model { nothing ~ normal(0, 1);"), "a")


@needs_stan
def test_its_density_is_ours_with_the_constants_that_it_drops():
    found = passes("half-Normal noise")
    assert [one.name for one in found.constants] == [
        "constants of the prior of sigma",
        "constants of the prior of w",
        "constants of the likelihood",
    ]
    assert passes("bernoulli likelihood").constants[-1].name == "constants of the prior of w"


@pytest.mark.slow
@needs_stan
@pytest.mark.parametrize("name", MORE)
def test_so_in_every_cell(name):
    passes(name)


FAULTS = {
    "scale for variance": lambda data: {"w_scale": data["w_scale"] ** 2},
    "precision for sd": lambda data: {"w_scale": data["w_scale"] ** -2},
    "lambda off by 2": lambda data: {"w_scale": data["w_scale"] / np.sqrt(2)},
    "centred columns": lambda data: {"X": data["X"] - data["X"].mean(axis=0)},
    "another prior on sigma": lambda data: {"sigma_scale": 2 * data["sigma_scale"]},
}


@needs_stan
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_what_it_is_given_is_caught(fault):
    question = QUESTIONS["half-Normal noise"]
    engine = Stan(question)
    data = engine.printed.data
    engine.printed = replace(engine.printed, data={**data, **FAULTS[fault](data)})
    found = gate(question, engine)
    assert "gate-stan-density" in failed(found)
    assert found.refusal


@needs_stan
def test_a_dropped_jacobian_and_a_constant_without_a_name_are_caught():
    question = QUESTIONS["half-Normal noise"]
    engine = Stan(question)
    unnamed = Stan(question)
    unnamed.printed = replace(unnamed.printed, constants=())
    assert failed(gate(question, unnamed)) == {"gate-stan-constant"}

    class WithoutJacobian:
        grad_log_prob = engine._model.grad_log_prob

        def log_prob(self, x, inner=engine._model):
            return inner.log_prob(x, adjust_transform=False)

    engine._model = WithoutJacobian()
    assert "gate-stan-density" in failed(gate(question, engine))


@needs_stan
def test_it_draws_from_the_exact_posterior_and_tells_its_cost():
    question = QUESTIONS["half-Normal noise"]
    drawn = Stan(question).draws(Settings(draws=2000, chains=2, warm_up=400), None)
    tree = posterior_tree(question.problem, question.exact, drawn.variables, drawn.statistics, 1)
    checks = draws_checks(summarise(tree), question.exact, "stan")
    assert {check.name for check in checks if not check.passed} == set()
    assert drawn.variables["w"].shape == (2, 2000, 3)
    assert drawn.cost.warm_up_gradients >= 800
    assert drawn.cost.draw_gradients >= 4000
    assert drawn.cost.draw_seconds > 0


@pytest.mark.parametrize("name", ["half-Normal noise", "weights", "poisson likelihood, weights", "normal prior"])
def test_the_printed_program_builds_what_was_compared(name, tmp_path, monkeypatch):
    built = []

    class Fit:
        def to_frame(self):
            import pandas as pd

            return pd.DataFrame({"w": [1.0, 2.0]})

    class FakeStan:
        @staticmethod
        def build(code, data, random_seed):
            built.append((code, data, random_seed))
            return FakeStan

        @staticmethod
        def sample(num_chains, num_warmup, num_samples):
            built.append((num_chains, num_warmup, num_samples))
            return Fit()

    monkeypatch.setitem(sys.modules, "stan", FakeStan)
    question = QUESTIONS[name]
    write_table(tmp_path, question.problem)
    monkeypatch.chdir(tmp_path)
    engine = Stan(question)
    exec(compile(engine.program(), "program.py", "exec"), {"__name__": "__main__"})
    (code, data, _), budget = built
    assert code.strip() == engine.printed.code.strip()
    assert set(data) == set(engine.printed.data)
    for key, value in engine.printed.data.items():
        assert np.array_equal(np.asarray(data[key]), np.asarray(value)), key
    assert budget == (4, 1000, 1000)


def test_a_version_of_python_on_which_it_does_not_load_is_told_without_importing_it(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 13, 0, "final", 0))
    assert (3, 13, 0) in BROKEN
    told = Stan.missing()
    assert "3.13.0" in told
    assert "undefined symbol" in told
    assert "3.12" in told
    assert len(told.splitlines()) == 1


def test_it_names_what_is_not_installed(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    monkeypatch.setattr("mapsto.engines.stan.engine.find_spec", lambda name: None)
    assert "pip install 'mapsto[stan]'" in Stan.missing()
    monkeypatch.setattr("mapsto.engines.stan.engine.find_spec", lambda name: name)
    monkeypatch.setattr("mapsto.engines.stan.engine.shutil.which", lambda name: None)
    assert "no C++ compiler" in Stan.missing()


def test_it_has_no_program_without_rows():
    rows = table(NOISES["half-Normal"])
    problem = type(rows).from_statistics(rows.statistics, noise_sd=1.0, features=rows.features)
    assert Stan(Question(problem, Normal(0.5))).program() is None
