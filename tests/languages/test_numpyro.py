"""NumPyro: every cell is this package's posterior or is refused with a reason, and the printed program is the model."""

import re

import numpy as np
import pytest

from languages.cells import NOISES, QUESTIONS, failed, table, verdict
from mapsto import Laplace, Normal
from mapsto.certificate import draws_checks
from mapsto.certificate.gate import gate
from mapsto.engines.languages.jax_clock import CompileClock
from mapsto.engines.numpyro import NumPyro
from mapsto.engines.numpyro.program import Program
from mapsto.engines.question import Question
from mapsto.engines.settings import Settings
from mapsto.outcome import Unsupported
from mapsto.posteriors.datatree import posterior_tree
from mapsto.posteriors.draws import summarise
from mapsto.runs.conformance.programs import write_table

pytestmark = pytest.mark.skipif(bool(NumPyro.missing()), reason=f"NumPyro: {NumPyro.missing()}")

UNSUPPORTED = {"asymmetric_laplace likelihood", "asymmetric_laplace likelihood, weights", "probit likelihood"}
INEXACT = {"negative_binomial likelihood, weights"}
"""NumPyro's logarithm of the binomial coefficient of large counts is off by a millionth of a nat."""
QUICK = ["half-Normal noise", "in units of a learned sigma", "bernoulli likelihood", "group_laplace prior"]


def passes(name):
    found = verdict(NumPyro, QUESTIONS[name])
    if name in UNSUPPORTED:
        assert isinstance(found, Unsupported)
        assert found.reason.endswith(".")
        assert NumPyro(QUESTIONS[name]).program() is None
    elif name in INEXACT:
        assert failed(found) == {"gate-numpyro-constant"}
    else:
        assert found.passed, found
        assert found.constants == ()


@pytest.mark.parametrize("name", QUICK)
def test_its_density_is_ours(name):
    passes(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in QUESTIONS if name not in QUICK])
def test_so_in_every_cell(name):
    passes(name)


@pytest.mark.filterwarnings("ignore:There are not enough devices")  # JAX has started with one by then
@pytest.mark.parametrize("name", ["half-Normal noise", "weights", "poisson likelihood, weights", "elastic_net prior"])
def test_the_printed_program_is_the_model(name, tmp_path, monkeypatch):
    import jax
    import numpyro.infer

    ran = []
    monkeypatch.setattr(numpyro.infer.MCMC, "run", lambda self, key: ran.append(self))
    monkeypatch.setattr(numpyro.infer.MCMC, "print_summary", lambda self: ran.append("summary"))
    monkeypatch.setattr(numpyro, "enable_x64", lambda: None)  # it is for the rest of the process
    question = QUESTIONS[name]
    write_table(tmp_path, question.problem)
    monkeypatch.chdir(tmp_path)
    engine, space = NumPyro(question), {"__name__": "__main__"}
    with jax.enable_x64(True):
        exec(compile(engine.program(), "program.py", "exec"), space)
    assert ran[1] == "summary"
    assert (ran[0].num_warmup, ran[0].num_samples, ran[0].num_chains) == (1000, 1000, 4)
    engine.model = space["model"]
    assert gate(question, engine).passed
    assert re.search(r"numpyro.enable_x64\(\)\nnumpyro.set_host_device_count\(4\)", engine.program())


FAULTS = {
    "scale for variance": (Normal(0.5), "dist.Normal(0.0, 0.5)", "dist.Normal(0.0, 0.25)"),
    "precision for sd": (Normal(0.5), "dist.Normal(b + X @ w, sigma)", "dist.Normal(b + X @ w, sigma**-2)"),
    "centred columns": (Normal(0.5), "b + X @ w", "b + (X - X.mean(axis=0)) @ w"),
    "lambda off by 2": (Laplace(0.5), "dist.Laplace(0.0, 0.5)", "dist.Laplace(0.0, 1.0)"),
    "a dropped Jacobian": (
        Normal(0.5),
        'sigma = numpyro.sample("sigma", dist.HalfNormal(2.0))',
        'sigma = jnp.exp(numpyro.sample("log_sigma", dist.ImproperUniform(dist.constraints.real, (), ())))\n'
        '    numpyro.factor("prior_of_sigma", dist.HalfNormal(2.0).log_prob(sigma))',
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_program_is_caught(fault):
    prior, right, wrong = FAULTS[fault]
    question = Question(table(NOISES["half-Normal"]), prior)
    engine = NumPyro(question)
    whole, model = engine.printed.whole, engine.printed.model
    assert right in model
    engine.printed = Program(whole, model.replace(right, wrong))
    found = gate(question, engine)
    assert "gate-numpyro-density" in failed(found)
    assert found.refusal


def test_it_draws_from_the_exact_posterior_and_tells_its_cost():
    question = Question(table(NOISES["inverse gamma"]), Normal(0.5, per_sigma=True))
    drawn = NumPyro(question).draws(Settings(draws=1500, chains=2, warm_up=400), None)
    assert drawn.variables["w"].dtype == np.float64
    tree = posterior_tree(question.problem, question.exact, drawn.variables, drawn.statistics, 1)
    checks = draws_checks(summarise(tree), question.exact, "numpyro")
    assert {check.name for check in checks if not check.passed} == set()
    cost = drawn.cost
    assert cost.warm_up_gradients >= 800
    assert cost.draw_gradients >= 3000
    parts = (cost.compile_seconds, cost.warm_up_seconds, cost.draw_seconds)
    assert min(parts) > 0
    assert sum(parts) <= drawn.seconds
    assert cost.chain_method.split(",")[0] in {"parallel", "sequential"}


def test_spans_of_compiling_inside_one_another_count_once():
    with CompileClock() as clock:
        pass
    for finish, duration in ((5.0, 4.0), (3.0, 1.0), (6.0, 2.0), (9.0, 1.0)):
        clock.announced(finish, duration)
    assert clock.seconds == 6.0
