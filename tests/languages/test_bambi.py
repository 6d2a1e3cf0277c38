"""Bambi: with its automatic priors and centring off it is this package's posterior; with them on it is another."""

from dataclasses import replace

import numpy as np
import pytensor
import pytest

from languages.cells import QUESTIONS, failed, verdict
from mapsto import Laplace, Normal
from mapsto.certificate.gate import gate
from mapsto.engines.bambi import Bambi
from mapsto.engines.question import Question
from mapsto.engines.settings import Settings
from mapsto.outcome import Unsupported
from mapsto.runs.conformance.programs import write_table

pytestmark = [
    pytest.mark.skipif(bool(Bambi.missing()), reason=f"Bambi: {Bambi.missing()}"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

SUPPORTED = {
    "plugged-in sigma",
    "no intercept",
    "a mean and a scale for each",
    "flat noise",
    "half-Cauchy noise",
    "half-Normal noise",
    "half-Student-t noise",
    "in units of a known sigma",
    "cauchy prior",
    "flat prior",
    "half_normal prior",
    "laplace prior",
    "logistic prior",
    "normal prior",
    "student_t prior",
    "bernoulli likelihood",
    "gamma likelihood",
    "gaussian likelihood",
    "negative_binomial likelihood",
    "poisson likelihood",
    "student_t likelihood",
}
QUICK = ["half-Normal noise", "bernoulli likelihood", "poisson likelihood"]


@pytest.fixture(autouse=True)
def plain_python():
    """Compiling takes longer than a few calls."""
    with pytensor.config.change_flags(cxx=""):
        yield


def passes(name):
    found = verdict(Bambi, QUESTIONS[name])
    if name in SUPPORTED:
        assert found.passed, found
    else:
        assert isinstance(found, Unsupported)
        assert found.reason.endswith(".")
        assert Bambi(QUESTIONS[name]).program() is None


@pytest.mark.parametrize("name", [*QUICK, *(name for name in QUESTIONS if name not in SUPPORTED)])
def test_its_density_is_ours_or_it_says_why_not(name):
    passes(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SUPPORTED - set(QUICK)))
def test_so_in_every_cell(name):
    passes(name)


@pytest.mark.parametrize("name", ["half-Normal noise", "student_t likelihood", "no intercept"])
def test_the_printed_program_is_the_model(name, tmp_path, monkeypatch):
    import arviz
    import bambi

    called = []

    def fit(self):
        called.append(self)

    monkeypatch.setattr(bambi.Model, "fit", fit)
    monkeypatch.setattr(arviz, "summary", lambda draws: called.append("summary"))
    question = QUESTIONS[name]
    write_table(tmp_path, question.problem)
    monkeypatch.chdir(tmp_path)
    engine, space = Bambi(question), {"__name__": "__main__"}
    with pytensor.config.change_flags(cast_policy="custom"):  # as a user finds it
        exec(compile(engine.program(), "program.py", "exec"), space)
    assert called == [space["model"], "summary"]
    space["model"].build()
    engine.model = space["model"]
    assert gate(question, engine).passed


FAULTS = {
    "scale for variance": {"sigma=0.5)": "sigma=0.25)"},
    "lambda off by 2": {"sigma=0.5)": "sigma=0.3535533905932738)"},
    "another family": {'bmb.Prior("Normal", mu=0.0, sigma=0.5)': 'bmb.Prior("Laplace", mu=0.0, b=0.5)'},
    "centred columns": {"center_predictors=False": "center_predictors=True"},
    "its own prior of the intercept": {
        '        "Intercept": bmb.Prior("Flat"),\n': "",
        "auto_scale=False": "auto_scale=True",
    },
    "its own prior of sigma": {'        "sigma": bmb.Prior("HalfNormal", sigma=2.0),\n': ""},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_program_is_caught(fault):
    question = QUESTIONS["half-Normal noise"]
    engine = Bambi(question)
    model = engine.printed.model
    for right, wrong in FAULTS[fault].items():
        assert right in model
        model = model.replace(right, wrong)
    engine.printed = replace(engine.printed, model=model)
    found = gate(question, engine)
    assert "gate-bambi-density" in failed(found)


def test_it_says_what_its_defaults_would_have_been():
    problem = QUESTIONS["half-Normal noise"].problem
    told = Bambi(Question(problem, Laplace(0.5))).defaults()
    assert set(told) == {"Intercept", *problem.features, "sigma"}
    # Westfall's and rstanarm's rule, which Bambi follows: 2.5 sd(y) / sd(x)
    for j, name in enumerate(problem.features):
        scale = 2.5 * np.std(problem.y) / np.std(problem.X[:, j])
        assert told[name] == f"Normal(mu: 0.0, sigma: {np.round(scale, 4)})"
    assert told["sigma"] == f"HalfStudentT(nu: 4.0, sigma: {np.round(np.std(problem.y), 4)})"
    (note,) = Bambi(Question(problem, Normal(0.5))).notes()
    assert "another posterior" in note
    assert "age ~ Normal" in note


def test_it_draws_with_pymcs_own_sampler():
    drawn = Bambi(QUESTIONS["half-Normal noise"]).draws(Settings(draws=20, chains=2, warm_up=30), None)
    assert {name: values.shape for name, values in drawn.variables.items()} == {
        "w": (2, 20, 3),
        "b": (2, 20),
        "sigma": (2, 20),
    }
    assert drawn.cost.warm_up_gradients >= 60
