"""The program that is printed as "the model in PyMC" runs as it stands, and is the model that was sampled."""

import re
from dataclasses import dataclass

import numpy as np
import pytensor
import pytest

from conformance import checks, programs
from conformance.test_skeleton import skeleton
from mapsto import (
    FlatNoise,
    HalfCauchyNoise,
    HalfNormalNoise,
    HalfStudentTNoise,
    InverseGammaNoise,
    JeffreysNoise,
    Laplace,
    Normal,
    Problem,
    RandomWalk,
)
from mapsto.engines.pymc import families
from mapsto.engines.pymc.code import code
from mapsto.engines.pymc.model import rows_model
from mapsto.engines.question import Question
from mapsto.likelihoods import registry as likelihoods
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.student_t import StudentTNoise
from mapsto.outcome import Estimate
from mapsto.priors.registry import from_file
from mapsto.rounding import gamma

EXAMPLES = [*checks.every_example()]
SCALED = {"gaussian", "student_t"}
"""Likelihoods whose programs are run with every account of sigma."""
NOISES = {
    "known": {"noise_sd": 54.0},
    "plugged in": {"noise_sd": "auto"},
    "half-normal": {"noise_sd": 1.5, "noise_prior": HalfNormalNoise(54.0)},
    "inverse-gamma": {"noise_sd": 1.5, "noise_prior": InverseGammaNoise(2.0, 54.0)},
    "flat": {"noise_sd": 1.5, "noise_prior": FlatNoise()},
    "half-Cauchy": {"noise_sd": 1.5, "noise_prior": HalfCauchyNoise(54.0)},
    "half-Student-t": {"noise_sd": 1.5, "noise_prior": HalfStudentTNoise(54.0)},
    "jeffreys": {"noise_sd": 1.5, "noise_prior": JeffreysNoise()},
}
every_noise = pytest.mark.parametrize("noise", NOISES)
both = pytest.mark.parametrize("weighted", [False, True], ids=["no weights", "weights"])


@dataclass(frozen=True)
class PerSigma:
    """Examples in units of sigma, which a class has no example of."""

    k: int

    def __call__(self, p):
        return Normal(0.5, per_sigma=True) if self.k == 0 else Normal(tuple(0.5 + np.arange(p)), 0.1, per_sigma=True)


def problem_of(noise, weighted, intercept=True):
    rng = np.random.default_rng(21)
    X = rng.standard_normal((9, 3)) + np.array([0.0, 1.0, -2.0])
    y = X @ [1.0, -0.5, 0.3] + 2.0 + rng.standard_normal(9)
    weights = rng.uniform(0.5, 3.0, 9) if weighted else None
    names = ["age", "body mass", 'a "b"']
    return Problem.from_rows(X, y, features=names, target="age!", weights=weights, intercept=intercept, **NOISES[noise])


def rounding(problem, *parts):
    """Of a log density of these parts; the table passes through decimal text, which costs as much as an operation."""
    return gamma(checks.OPERATIONS * (problem.n + problem.p)) * (np.abs(parts).sum() + problem.n + problem.p)


def by_name(model, point):
    """A point of the printed model as one of the model that is sampled, whose helpers are marked ``_raw``."""
    found = {}
    for value in model.value_vars:
        name = value.name if value.name in point else value.name.replace("_raw", "")
        found[value.name] = point[name]
    return found


def is_the_model(problem, prior, source, folder, monkeypatch):
    """The program's log density is what the facts say and what is sampled; AssertionError otherwise."""
    programs.write_table(folder, problem)
    space = programs.run(source, folder, monkeypatch)
    shown, sampled = space["model"], rows_model(problem, prior)
    of_sampled = sampled.compile_logp(mode=programs.AS_IT_STANDS)
    assert {v.name for v in shown.value_vars} == {v.name.replace("_raw", "") for v in sampled.value_vars}, "variables"
    variables = None if prior.no_mode else programs.values(shown)
    for point in programs.points(shown):
        printed, ran = float(space["logp"](point)), float(of_sampled(by_name(sampled, point)))
        allowed = rounding(problem, printed, ran)
        assert np.isfinite(printed), "not finite"
        assert abs(printed - ran) <= allowed, "it is not the model that is sampled"
        if variables is None:
            continue
        at, volume = variables(point)
        expected = programs.log_joint(problem, prior, at, point)
        parts = rounding(problem, printed, volume, problem.statistics.misfit(at["w"], 0.0) / problem.noise_sd**2)
        assert abs(printed - volume - expected) <= parts, "it is not the prior's own density"
    return space


@pytest.mark.parametrize("example", [*EXAMPLES, PerSigma(0), PerSigma(1)], ids=repr)
@every_noise
@both
def test_the_program_is_the_model(example, noise, weighted, tmp_path, monkeypatch):
    problem = problem_of(noise, weighted)
    prior = example(problem.p)
    space = is_the_model(problem, prior, code(problem, prior), tmp_path, monkeypatch)
    learned = problem.noise_prior is not None
    assert ("find_MAP" in space["called"]) == (not prior.no_mode and not learned)


@pytest.mark.parametrize("learned", [False, True], ids=["known", "learned"])
@both
def test_another_likelihood_has_a_program_too(learned, weighted, tmp_path, monkeypatch):
    gaussian = problem_of("half-normal" if learned else "known", weighted)
    sigma = {"noise_sd": 1.5, "noise_prior": gaussian.noise_prior} if learned else {}
    for likelihood in StudentTNoise.examples():
        problem = Problem.from_rows(
            gaussian.X, gaussian.y, weights=gaussian.weights, likelihood=likelihood, target="t", **sigma
        )
        for prior in (Normal(0.5), Laplace(0.5), RandomWalk(0.5, 1.0)):
            text = code(problem, prior)
            assert "pm.StudentT(" in text
            is_the_model(problem, prior, text, tmp_path, monkeypatch)


@pytest.mark.parametrize("name", [name for name, kind in likelihoods.shipped().items() if name not in SCALED])
@both
def test_every_likelihood_has_a_program(name, weighted, tmp_path, monkeypatch):
    likelihood, rng = likelihoods.shipped()[name].examples()[0], np.random.default_rng(4)
    weighted = weighted and name not in ("bernoulli", "probit")  # one trial a row: they refuse weights
    q = rng.integers(1, 9, 12).astype(float) if weighted else None
    X = rng.standard_normal((12, 2))
    y = likelihood.simulate(X @ [0.5, -0.5], rng, 1.0 if q is None else q)
    problem = Problem.from_rows(X, y, weights=q, likelihood=likelihood, target="t")
    for prior in (Normal(0.5), Laplace(0.5)):
        is_the_model(problem, prior, code(problem, prior), tmp_path, monkeypatch)
    wrong = (
        code(problem, prior).replace("observed=counts", "observed=counts + 1").replace("observed=y", "observed=y + 1")
    )
    with pytest.raises(AssertionError):
        is_the_model(problem, prior, wrong, tmp_path, monkeypatch)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.k == 0], ids=repr)
def test_without_an_intercept(example, tmp_path, monkeypatch):
    problem = problem_of("known", False, intercept=False)
    prior = example(problem.p)
    space = is_the_model(problem, prior, code(problem, prior), tmp_path, monkeypatch)
    assert "b" not in space["model"].named_vars


def test_the_model_that_is_sampled_is_the_one_from_statistics_too(tmp_path, monkeypatch):
    from mapsto.engines.pymc.densities.coordinates import to_sample

    problem, prior = problem_of("known", True), RandomWalk(0.5, 1.0)
    space = is_the_model(problem, prior, code(problem, prior), tmp_path, monkeypatch)
    with pytensor.config.change_flags(cxx=""):  # plain Python, for compiling takes longer
        density = to_sample(problem, prior)
    for point in programs.points(space["model"]):
        sampled = density(density.join(Estimate(point["w"], float(point["b"]))))[0]
        assert abs(sampled - float(space["logp"](point))) <= rounding(problem, sampled)


@pytest.mark.filterwarnings("ignore:`find_MAP` will:FutureWarning")  # printed as it is, whatever it becomes
def test_what_the_program_prints_of_find_map_is_the_mode(tmp_path, monkeypatch):
    import arviz
    import pymc

    problem, prior = problem_of("known", False), Normal(0.5)
    programs.write_table(tmp_path, problem)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pymc, "sample", lambda: None)
    monkeypatch.setattr(arviz, "summary", lambda draws, var_names: None)
    space = {"__name__": "__main__"}
    with pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):  # find_MAP itself, quickly compiled
        exec(compile(code(problem, prior), "program.py", "exec"), space)
    mode, posterior = space["mode"], Question(problem, prior).gaussian
    # L-BFGS-B stops once f falls by less than 1e7 roundoffs of itself: half the squared distance in sds
    f = abs(problem.log_likelihood(posterior.mean, posterior.intercept_mean) + prior.log_density(posterior.mean))
    distance = np.sqrt(2 * 1e7 * np.finfo(float).eps * max(f, 1.0))
    assert np.all(np.abs(mode["w"] - posterior.mean) <= distance * posterior.sd)
    assert abs(float(mode["b"]) - posterior.intercept_mean) <= distance * posterior.intercept_sd


def test_the_guides_prior_has_a_program(tmp_path, monkeypatch):
    source, name = skeleton()
    (tmp_path / "their_prior.py").write_text(source, encoding="utf-8")
    kind = from_file(tmp_path / "their_prior.py", name)
    problem = problem_of("known", False)
    for prior in kind.examples(3):
        text = code(problem, prior)
        assert "pm.CustomDist(" in text
        assert name not in text
        is_the_model(problem, prior, text, tmp_path, monkeypatch)


def test_a_noise_prior_without_a_name_has_a_program(tmp_path, monkeypatch):
    @dataclass(frozen=True)
    class Exponential(NoisePrior):
        scale: float
        name = "exponential"
        formula = reference = "f"

        def log_density(self, sigma):
            return float(-sigma / self.scale - np.log(self.scale))

        def expression(self, sigma, xp):
            return -sigma / self.scale - np.log(self.scale)

    problem = problem_of("known", False).with_noise_prior(Exponential(3.0))
    text = code(problem, Normal(0.5))
    assert "pm.Potential(" in text
    is_the_model(problem, Normal(0.5), text, tmp_path, monkeypatch)


def test_names_that_clash_are_kept_apart(tmp_path, monkeypatch):
    of = problem_of("known", True)
    names = ["y", "weights", "w"]
    problem = Problem.from_rows(of.X, of.y, noise_sd=54.0, weights=of.weights, features=names, target="y")
    is_the_model(problem, Normal(0.5), code(problem, Normal(0.5)), tmp_path, monkeypatch)


# --- controls: what must not pass


FAULTS = {
    "scale for variance": (Normal(0.5), "sigma=0.5", "sigma=0.25"),
    "variance of the noise": (Normal(0.5), "sigma=sigma", "sigma=sigma**2"),
    "a normaliser dropped": (RandomWalk(0.5, 1.0), r"- [\d.]+\)\n", ")\n"),
    "the last digits of a parameter": (Laplace(0.5), "b=0.5", "b=0.50000001"),
    "another column order": (Normal((0.3, 0.4, 0.5)), r"\[0.3, 0.4, 0.5\]", "[0.3, 0.5, 0.4]"),
    "single precision": (Normal(54.0), r"pytensor\.config.*", ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_text_is_caught(fault, tmp_path, monkeypatch):
    prior, right, wrong = FAULTS[fault]
    problem = problem_of("known", False)
    source = code(problem, prior)
    spoilt = re.sub(right, wrong, source, count=1)
    assert spoilt != source
    with pytest.raises(AssertionError, match="it is not"):
        is_the_model(problem, prior, spoilt, tmp_path, monkeypatch)


def test_a_name_that_is_not_defined_is_caught(tmp_path, monkeypatch):
    problem = problem_of("known", False)
    for right, wrong, error in (
        ("mu=0.0", "mu=prior_mean", NameError),
        ("pm.Normal(", "pm.PseudoHuber(", AttributeError),
    ):
        spoilt = code(problem, Normal(0.5)).replace(right, wrong, 1)
        with pytest.raises(error):
            is_the_model(problem, Normal(0.5), spoilt, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("laplace", ("Laplace", {"mu": "scale", "b": "scale"})),
        ("student_t", ("StudentT", {"nu": "scale", "mu": "location", "sigma": "df"})),
        ("normal", ("Laplace", {"mu": "mean", "b": "sd"})),
        ("logistic", ("Cauchy", {"alpha": "location", "beta": "scale"})),
    ],
)
def test_a_family_that_is_mistaken_for_another_is_caught_although_code_and_model_agree(
    name, row, tmp_path, monkeypatch
):
    problem = problem_of("known", False)
    prior = next(e for e in EXAMPLES if e.kind.name == name and e.k == 1)(3)
    monkeypatch.setitem(families.STANDARD, name, row)
    with pytest.raises(AssertionError, match="it is not the prior's own density"):
        is_the_model(problem, prior, code(problem, prior), tmp_path, monkeypatch)


def test_a_mixtures_program_in_other_coordinates_is_caught(tmp_path, monkeypatch):
    problem = problem_of("known", False)
    prior = next(e for e in EXAMPLES if e.kind.name == "r2d2")(3)
    spoilt = code(problem, prior).replace('pm.Gamma("w_explained", alpha=', 'pm.Gamma("w_explained", alpha=1 + ')
    with pytest.raises(AssertionError, match="it is not the model that is sampled"):
        is_the_model(problem, prior, spoilt, tmp_path, monkeypatch)
