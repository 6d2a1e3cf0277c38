"""Every named check of a certificate, found by reading the code, and a planted fault that it catches.

A check without a fault fails here, and so does a fault of a check that is gone. The right run passes all of them.
"""

import ast
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mapsto
from mapsto import Cauchy, Flat, HierarchicalNormal, Laplace, Logistic, Normal, Problem, Settings, StudentTNoise, run
from mapsto.certificate import Conditioning, is_local_maximum, ledger_checks, likelihood_checks, prior_checks
from mapsto.certificate.ledger import ledger
from mapsto.engines.base import Engine, variables
from mapsto.engines.question import Question
from mapsto.likelihoods.sigma import Known
from mapsto.outcome import Estimate
from mapsto.posteriors.draws import Draws
from mapsto.posteriors.ridge.path import Spectrum
from mapsto.runs.audit import Asked, table_experiment

PACKAGE = Path(mapsto.__file__).parent
ELSEWHERE = {
    "gate-*": ("test_teeth.py", '"density_at raises"'),
    "gate-*-density": ("test_gate.py", "test_a_planted_fault_is_caught"),
    "gate-*-constant": ("test_gate.py", "test_a_planted_fault_is_caught"),
    "gate-*-gradient": ("test_gate.py", "test_a_gradient_of_another_shape_and_one_that_is_no_number_are_caught"),
    "fit-is-the-mode": ("audit/test_fitted.py", "fit-is-the-mode"),
    "the-mode-is-stationary": ("audit/test_classes.py", '"the-mode-is-stationary"'),
    "it-is-the-only-one": ("audit/test_classes.py", '"it-is-the-only-one"'),
}
OF_PLUGINS = """
    convention-goes-both-ways
    convention-minimises-its-objective
    curvature-is-that-of-the-slope
    family-is-log-density
    family-is-log-likelihood
    ledger-sums-to-log-likelihood
    lengths-are-lengths
    likelihood-integrates-to-one
    likelihood-is-its-formula
    likelihood-is-simulated
    likelihood-is-what-it-says
    majoriser-lies-above
    marginals-are-log-density
    mean-and-root-are-log-density
    prior-integrates-to-one
    prior-is-its-formula
    prior-is-what-it-says
    prior-on-sigma-integrates-to-one
    prior-on-sigma-is-its-formula
    prior-on-sigma-is-what-engines-have
    shape-is-the-penalty
    stationarity-holds-kinks
"""
ELSEWHERE |= {name: ("test_teeth.py", f'"{name}"') for name in OF_PLUGINS.split()}
"""Checks whose faults another file plants: the file, and the name that it gives them."""


def pattern(node):
    """The name of a check as the code has it, with a star for what a run fills in; None if it is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
    if isinstance(node, ast.BinOp):
        return pattern(node.left)
    return None


def named(source):
    """The names of the checks that a source makes."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple) and len(node.elts) == 3 and isinstance(node.elts[2], ast.Lambda):
            name = pattern(node.elts[0])
            found |= {name} if name is not None and "-" in name else set()
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        first = node.args[0] if called in ("Check", "_asked") and node.args else None
        if called == "replace":
            first = next((one.value for one in node.keywords if one.arg == "name"), None)
        name = None if first is None else pattern(first)
        found |= {name} if name is not None and "-" in name else set()
    return found


FILES = [*PACKAGE.glob("certificate/**/*.py"), PACKAGE / "runs/run.py", *PACKAGE.glob("runs/audit/*.py")]
NAMED = set().union(*(named(path.read_text(encoding="utf-8")) for path in FILES))

# --- a run, and an engine that does as it is told


def data():
    rng = np.random.default_rng(4)
    X = rng.standard_normal((30, 3))
    return Problem.from_rows(X, X @ [1.5, -2.0, 0.7] + 3.0 + 0.5 * rng.standard_normal(30), noise_sd=0.5)


class Own(Engine):
    """The exact mode and independent draws of the exact posterior."""

    name = "own"
    label = "Own"
    summary = "knows the answer"

    def posterior(self):
        return self.question.gaussian

    def mode(self, near=()):
        solution = self.question.solution
        return solution.mode if hasattr(solution, "mode") else near[0]

    def log_density(self, estimate):
        problem, prior = self.question.at_point, self.question.absolute
        return problem.log_likelihood(estimate.coef, estimate.intercept) + prior.log_density(estimate.coef)

    def exact(self, how):
        w, b = self.posterior().draws(how.draws * how.chains, np.random.default_rng(9))
        return w.reshape(how.chains, how.draws, -1), b.reshape(how.chains, how.draws)

    def sampled(self, w, b, **statistics):
        none = {"diverging": np.zeros(b.shape, bool), "energy": np.random.default_rng(2).standard_normal(b.shape)}
        return Draws(variables(w, b), none | statistics)

    def draws(self, how, mode):
        return self.sampled(*self.exact(how))

    def rows_and_sampled(self, drawn):
        return -40.0, -40.0


HOW = Settings(draws=1000, chains=4)


def engine(**members):
    return type("Told", (Own,), members)


def failing(prior=None, problem=None, engines=("closed_form", "sklearn"), **members):
    """The checks that fail when an engine does otherwise than it should."""
    told = run(problem or data(), prior or Normal(1.0), HOW, engines=[*engines, engine(**members)])
    return {check.name for check in told.certificate.checks if not check.passed}


def test_the_right_run_passes():
    assert failing() == set()
    assert of_an_audit() == set()


def moved(change):
    """A mode whose slopes are changed."""
    return {"mode": lambda self, near=(): replace(Own.mode(self, near), coef=change(Own.mode(self, near).coef))}


def drawn(change):
    """Draws of slopes and intercept that are changed."""
    return {"draws": lambda self, how, mode: self.sampled(*change(*self.exact(how)))}


def raising(*_):
    raise RuntimeError("planted")


def of_another_posterior(self):
    return Question(self.question.problem, Normal(0.3)).gaussian


def twice_the_energy(self, how, mode):
    w, b = self.exact(how)
    return self.sampled(w, b, energy=np.random.default_rng(2).standard_normal(b.shape).cumsum(axis=1))


def one_divergence(self, how, mode):
    w, b = self.exact(how)
    return self.sampled(w, b, diverging=np.arange(b.size).reshape(b.shape) == 7)


def one_chain_stuck(w, b):
    return np.concatenate([w[:-1], np.repeat(w[-1:, :1], w.shape[1], axis=1)]), b


def each_draw_ten_times(w, b):
    return np.repeat(w[:, ::10], 10, axis=1), np.repeat(b[:, ::10], 10, axis=1)


def wider(w, b):
    """Standard deviations off by 10 per cent."""
    return w.mean(axis=(0, 1)) + 1.1 * (w - w.mean(axis=(0, 1))), b


def prior_with(base, **members):
    return dataclass(frozen=True)(type(base.__name__, (base,), members | {"__annotations__": {}}))


too_high = prior_with(HierarchicalNormal, log_density=lambda self, w: HierarchicalNormal.log_density(self, w) + 0.5)


def two_that_are_one():
    X = np.random.default_rng(6).standard_normal((20, 2))[:, [0, 0, 1]]
    return Problem.from_rows(X, X @ [1.0, 1.0, 2.0] + np.random.default_rng(7).standard_normal(20), noise_sd=1.0)


def between_two_modes():
    """A point where the loss of one slope is highest between its two lowest ones."""
    x = np.linspace(-1, 1, 9)[:, np.newaxis]
    problem, prior = Problem.from_rows(x, 2.0 * x[:, 0] + 1e-3 * x[:, 0] ** 2, noise_sd=0.8), Cauchy(0.02)
    grid = np.linspace(0.0, 2.0, 4001)
    loss = [
        problem.objective(np.array([w]), problem.best_intercept(np.array([w])), prior.penalty(np.array([w])))
        for w in grid
    ]
    (top,) = [i for i in range(1, 4000) if loss[i - 1] < loss[i] > loss[i + 1]]
    w = np.array([grid[top]])
    return is_local_maximum(problem, prior, Estimate(w, problem.best_intercept(w)))


def with_a_wrong_evidence():
    problem, prior = data(), Normal(1.0)
    question = Question(problem, prior)
    mode = question.solution.mode
    terms = ledger(problem, prior, mode.coef, mode.intercept, question.gaussian)
    terms = [replace(one, value=one.value * (1 + 1e-9)) if one.term == "evidence" else one for one in terms]
    return ledger_checks(terms, {}, question.gaussian, Conditioning.of(problem, prior, question.gaussian))


def likelihood_with(**members):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((20, 2))
    kind = dataclass(frozen=True)(type("StudentTNoise", (StudentTNoise,), members | {"__annotations__": {}}))
    problem = Problem.from_rows(X, X @ [1.0, 2.0] + rng.standard_normal(20), likelihood=StudentTNoise(4.0, Known(1.0)))
    return likelihood_checks(replace(problem, likelihood=kind(4.0, Known(1.0))), Estimate(np.array([1.0, 2.0]), 0.1))


def failed(checks):
    return {check.name for check in checks if not check.passed}


def second_sampler():
    """Two samplers, and a mode that both have draws above."""
    low = {"mode": lambda self, near=(): replace(Own.mode(self), coef=Own.mode(self).coef / 30)}
    told = run(data(), Normal(1.0), HOW, engines=[engine(**low), type("Second", (Own,), {"name": "second"})])
    return failed(told.certificate.checks)


def nearly_zero():
    def mode(self, near=()):
        return replace(near[0], coef=np.where(near[0].coef == 0, 1e-30, near[0].coef))

    def draws(self, how, there):
        return self.sampled(np.tile(there.coef, (how.chains, how.draws, 1)), np.zeros((how.chains, how.draws)))

    return failing(Laplace(0.005), engines=("direct",), mode=mode, draws=draws)


def of_an_audit(*, scale=1.0, off=0.0):
    """An audit's own claims, where the run was under another prior scale, or the eigenvalues give another evidence."""
    X, y = data().table.rows
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=y)
    experiment = table_experiment(frame, "y", asked=Asked(noise_sd=0.5))
    problem, chosen = experiment.problem(), experiment.prior
    told = run(
        problem,
        replace(chosen, scale=tuple(scale * one for one in np.broadcast_to(chosen.scale, 3))),
        engines=["closed_form"],
    )
    with pytest.MonkeyPatch.context() as patch:
        right = Spectrum.log_evidence
        patch.setattr(Spectrum, "log_evidence", lambda self, *given: right(self, *given) * (1 + off))
        return failed(experiment.lesson(told).claims)


FAULTS = {
    "evidence-two-ways": ("eigenvalues off by 1e-9", lambda: of_an_audit(off=1e-9), "evidence-two-ways"),
    "evidence-at-its-peak": ("a prior 1.01 times as wide", lambda: of_an_audit(scale=1.01), "evidence-at-its-peak"),
    "engine-*": ("raises", lambda: failing(mode=raising), "engine-own"),
    "stationarity-*": ("nudged by 1e-9", lambda: failing(**moved(lambda w: w * (1 + 1e-9))), "stationarity-own"),
    "same-mode-*-*": (
        "two slopes swapped",
        lambda: failing(**moved(lambda w: w[[1, 0, 2]])),
        "same-mode-closed_form-own",
    ),
    "same-objective": ("a sign", lambda: failing(**moved(lambda w: w * [1, -1, 1])), "same-objective"),
    "same-fit-*-*": (
        "a slope of twin columns off by a thousandth",
        lambda: failing(
            Flat(), two_that_are_one(), ("closed_form",), **moved(lambda w: w * [1, 1, 1.001]), draws=Engine.draws
        ),
        "same-fit-closed_form-own",
    ),
    "same-exact-zeros": ("1e-30 for zero", nearly_zero, "same-exact-zeros"),
    "mode-is-a-local-maximum": (
        "a top for a valley",
        lambda: failed([between_two_modes()]),
        "mode-is-a-local-maximum",
    ),
    "no-draw-beats-the-mode": ("a mode at a thirtieth", second_sampler, "no-draw-beats-the-mode"),
    "no-draw-of-*-beats-the-mode": ("the same", second_sampler, "no-draw-of-second-beats-the-mode"),
    "*-effective-sample-size": (
        "each draw ten times",
        lambda: failing(**drawn(each_draw_ten_times)),
        "own-effective-sample-size",
    ),
    "*-r-hat": ("a stuck chain", lambda: failing(**drawn(one_chain_stuck)), "own-r-hat"),
    "*-divergences": ("one divergence", lambda: failing(draws=one_divergence), "own-divergences"),
    "*-e-bfmi": ("energy that creeps", lambda: failing(draws=twice_the_energy), "own-e-bfmi"),
    "*-mean-is-exact-mean": (
        "draws moved by half a standard deviation",
        lambda: failing(**drawn(lambda w, b: (w + 0.5 * w.std(axis=(0, 1)), b))),
        "own-mean-is-exact-mean",
    ),
    "*-sd-is-exact-sd": ("sd off by 10 %", lambda: failing(**drawn(wider)), "own-sd-is-exact-sd"),
    "*-draws-have-our-score": (
        "sd off by 30 %",
        lambda: failing(**drawn(lambda w, b: (w.mean(axis=(0, 1)) + 1.3 * (w - w.mean(axis=(0, 1))), b))),
        "own-draws-have-our-score",
    ),
    "ledger-sums-to-*-logp": (
        "a wrong constant",
        lambda: failing(log_density=lambda self, e: Own.log_density(self, e) + 1e-6),
        "ledger-sums-to-own-logp",
    ),
    "ledger-sums-to-posterior-density": (
        "evidence off by 1e-9",
        lambda: failed(with_a_wrong_evidence()),
        "ledger-sums-to-posterior-density",
    ),
    "rows-equal-statistics": (
        "rows of another model",
        lambda: failing(rows_and_sampled=lambda self, d: (-40.0, -40.0 + 1e-9)),
        "rows-equal-statistics",
    ),
    "penalty-is-minus-log-density": (
        "a penalty doubled",
        lambda: failing(prior_with(Normal, penalty=lambda self, w: 2 * Normal.penalty(self, w))(1.0)),
        "penalty-is-minus-log-density",
    ),
    "penalty-is-minus-log-density-at-draws-of-*": (
        "a penalty doubled",
        lambda: failing(prior_with(Normal, penalty=lambda self, w: 2 * Normal.penalty(self, w))(1.0)),
        "penalty-is-minus-log-density-at-draws-of-own",
    ),
    "expression-is-log-density": (
        "an expression with another constant",
        lambda: failing(prior_with(Normal, expression=lambda self, w, xp, p: -xp.sum(w**2) / 2 - 0.9 * p)(1.0)),
        "expression-is-log-density",
    ),
    "slope-is-that-of-the-penalty": (
        "half the slope",
        lambda: failing(
            prior_with(Logistic, stationarity=lambda self, w, g: Logistic.stationarity(self, w, 2 * g) / 2)(1.0),
            engines=("direct",),
            draws=Engine.draws,
        ),
        "slope-is-that-of-the-penalty",
    ),
    "loss-is-minus-log-likelihood": (
        "a loss doubled",
        lambda: failed(likelihood_with(loss=lambda s, y, e, q=1.0: 2 * StudentTNoise.loss(s, y, e, q))),
        "loss-is-minus-log-likelihood",
    ),
    "gradient-is-that-of-the-log-likelihood": (
        "a sign",
        lambda: failed(likelihood_with(gradient=lambda s, y, e, q=1.0: -StudentTNoise.gradient(s, y, e, q))),
        "gradient-is-that-of-the-log-likelihood",
    ),
    "prior-is-the-average-over-its-scales": (
        "a density half a nat too high",
        lambda: failed(prior_checks(too_high(1.0), 3, None)),
        "prior-is-the-average-over-its-scales",
    ),
    "engine-*-density": ("raises", lambda: failing(log_density=raising), "engine-own-density"),
    "engine-*-draws": ("raises", lambda: failing(draws=raising), "engine-own-draws"),
}


def test_every_check_has_a_fault_that_it_catches_and_no_fault_is_of_a_check_that_is_gone():
    assert set(FAULTS) | set(ELSEWHERE) == NAMED


@pytest.mark.parametrize("check", FAULTS)
def test_the_fault_is_caught_by_name(check):
    _, plant, name = FAULTS[check]
    with np.errstate(all="ignore"):
        assert name in plant()


def test_an_engine_of_another_posterior_is_caught():
    assert {"own-mean-is-exact-mean", "own-sd-is-exact-sd"} <= failing(posterior=of_another_posterior)


@pytest.mark.parametrize("check", ELSEWHERE)
def test_what_is_planted_elsewhere_is_there(check):
    file, words = ELSEWHERE[check]
    assert words in (Path(__file__).parent / file).read_text(encoding="utf-8")


def test_the_names_are_found_in_the_code():
    """A control: a check that is new is seen."""
    assert named('Check(f"{a}-is-{b}", 1, 2, "x"); _asked("one-thing", "y", f); Check("twice-" + which, 0, 0, "")') == {
        "*-is-*",
        "one-thing",
        "twice-",
    }
