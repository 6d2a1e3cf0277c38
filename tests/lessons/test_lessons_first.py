"""The first lessons: each holds on its own run, and each sentence falls when what it says is made wrong."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from helpers.runs import ROOT, three_routes
from mapsto import Estimate, Normal, Settings, exact_posterior
from mapsto.registry import load

ON_ONE_RUN = (
    "dropped_constants",
    "half_or_not",
    "one_loss_many_posteriors",
    "back_from_the_posterior",
    "choosing_alpha",
)
"""Lessons on the data and the prior of three-routes, whose run serves them all."""


@cache
def experiment(stem):
    return load(ROOT / "experiments" / f"{stem}.py")


@cache
def result(stem):
    return three_routes() if stem in ON_ONE_RUN else experiment(stem).run(Settings())


def parts(stem):
    """The names a lesson looks up when it runs: where a fault is planted."""
    return experiment(stem).lesson.__globals__


def failed(stem):
    return {check.name for check in experiment(stem).lesson(result(stem)).claims if not check.passed}


@pytest.mark.parametrize("stem", ON_ONE_RUN)
def test_the_shared_run_is_the_lessons_own(stem):
    problem, shared = experiment(stem).problem(), three_routes()
    assert (problem.sha256, problem.noise_sd) == (shared.problem.sha256, shared.problem.noise_sd)
    assert problem.noise_prior is None
    assert experiment(stem).prior == shared.prior


STEMS = (*ON_ONE_RUN, "which_mode")


@pytest.mark.parametrize("stem", STEMS)
def test_every_claim_holds(stem):
    lesson = experiment(stem).lesson(result(stem))
    names = [check.name for check in lesson.claims]
    assert len(names) == len(set(names)) > 0
    assert failed(stem) == set()
    assert lesson.figures
    assert lesson.answer


def stuck(problem, noise_sd):
    """The posterior at the problem's own sigma, whatever was asked."""
    del noise_sd
    return exact_posterior(problem, Normal(scale=20.0))


def without_half(exact, points):
    """log Normal without the half in its exponent."""
    return exact.log_density_at_mode() - np.sum(((points - exact.mean) @ exact.root.T) ** 2, axis=1)


def without_evidence(result):
    return {term.term: term.value * (term.term != "evidence") for term in result.ledger}


def from_modes(problem, s):
    """The log joint density without its p densities of 1/sigma_w."""
    return -exact_posterior(problem, Normal(scale=s)).energy / 2


def without_jacobian(p):
    """The candidates with the power of sigma_w left at what it is for the marginal density."""
    return tuple(replace(one, power=0) for one in densities(p))


def doubled(problem, s):
    """The posterior with twice the prior sd that was asked for."""
    return exact_posterior(problem, Normal(scale=2 * s))


def loudest(residuals, leverage):
    """Errors that grow as alpha falls: the largest alpha looks best."""
    weights = np.linspace(2, 1, residuals.shape[1]) if residuals.ndim == 2 else 1.0
    return (residuals / (1 - leverage)) ** 2 * weights


def without_determinant(lowest, d2, alphas, m):
    """The log evidence without the determinant that pays for a wide prior."""
    del d2, alphas
    return -0.5 * m * np.log(lowest)


def as_stated(d, Vt, n, seed):
    """Coverage as it would be if plugging alpha in cost nothing."""
    del d, Vt, n
    draws = np.random.default_rng(seed).binomial(10, 0.89, (3, 2000)) / 10
    return dict(zip(("evidence", "GCV", "α integrated out"), draws, strict=True))


densities = load(ROOT / "experiments" / "which_mode.py").lesson.__globals__["densities"]

FAULTS = [
    ("dropped_constants", "FACTORS", (1.0, -1.0), "any-positive-factor-keeps-the-argmax"),
    ("dropped_constants", "TURNED", 1.0, "minus-one-turns-it-into-a-minimum"),
    ("dropped_constants", "exponent", lambda loss, sd: loss / sd**2, "half-sigma-squared-gives-the-posterior-width"),
    ("dropped_constants", "NOISE_SD", 53.0, "bare-loss-is-narrower-by-sigma-root-two"),
    ("dropped_constants", "noise_constant", lambda n, sd: -n * np.log(sd) / 2, "with-its-constant-sigma-has-a-peak"),
    ("dropped_constants", "without_constant", lambda energy: energy / 2, "without-it-sigma-grows-without-end"),
    ("half_or_not", "prior_variance", lambda lam, halved: 1 / lam, "exp-minus-lambda-w2-has-variance-half-over-lambda"),
    (
        "half_or_not",
        "prior_variance",
        lambda lam, halved: 0.5 / lam,
        "exp-minus-half-lambda-w2-has-variance-one-over-lambda",
    ),
    ("half_or_not", "noise_variance", lambda n, halved, mean: 1.0, "every-reading-is-normalised"),
    ("half_or_not", "noise_variance", lambda n, halved, mean: 0.5, "each-lambda-is-one-prior-in-units-of-the-noise"),
    ("half_or_not", "lambda_for", lambda alpha, n, c: alpha, "every-convention-has-the-same-mode"),
    ("half_or_not", "READINGS", ((0.5, 0.5), (1.0, 0.5)), "both-readings-have-one-mode"),
    ("half_or_not", "READINGS", ((0.5, 0.5), (0.5, 0.5)), "their-widths-differ-by-root-two"),
    ("one_loss_many_posteriors", "prior_beside", lambda sd: Normal(scale=20.0), "one-mode-to-the-last-digit"),
    ("one_loss_many_posteriors", "FACTORS", (0.3, 0.5, 1.0, 2.0, 4.0), "one-mode-to-the-last-digit"),
    ("one_loss_many_posteriors", "given", stuck, "widths-in-proportion"),
    ("one_loss_many_posteriors", "lowest_loss", lambda posterior, sd: posterior.energy, "the-loss-is-flat-in-sigma"),
    ("one_loss_many_posteriors", "prior_beside", lambda sd: Normal(scale=20.0), "the-loss-is-flat-in-sigma"),
    (
        "one_loss_many_posteriors",
        "sigma_by_formula",
        lambda lowest, n: (lowest / (2 * n)) ** 0.5,
        "the-evidence-is-not",
    ),
    ("back_from_the_posterior", "terms", without_evidence, "the-ledger-is-the-log-posterior"),
    ("back_from_the_posterior", "to_loss", lambda logs, sd: 2 * sd**2 * logs, "no-term-dropped-moves-the-peak"),
    ("back_from_the_posterior", "DROPPED", ("prior constant", "evidence", "noise constant"), "each-step-is-one-lift"),
    ("back_from_the_posterior", "log_posterior", without_half, "each-step-is-one-lift"),
    ("back_from_the_posterior", "KEPT", ("data misfit", "evidence"), "misfit-and-penalty-are-all-that-is-kept"),
    ("back_from_the_posterior", "DROPPED", ("evidence", "prior constant"), "the-loss-emerges"),
    ("back_from_the_posterior", "to_loss", lambda logs, sd: -(sd**2) * logs, "the-loss-emerges"),
    ("which_mode", "Unsupported", Estimate, "every-route-refuses"),
    ("which_mode", "joint", from_modes, "joint-mode-runs-to-zero"),
    ("which_mode", "DOWN", np.array([1e-3, 1e-4, 1e-5, 1e-6]), "and-ends-above-the-local-mode"),
    ("which_mode", "SCALE", 20.0, "each-mode-is-the-top-of-its-density"),
    ("which_mode", "shrunk", doubled, "evidence-maximum-is-its-own-fixed-point"),
    ("which_mode", "densities", without_jacobian, "no-two-agree"),
    ("choosing_alpha", "press", lambda residuals, leverage: residuals**2, "press-is-leave-one-out"),
    ("choosing_alpha", "press", lambda residuals, leverage: residuals**2, "ridgecv-is-press"),
    ("choosing_alpha", "press", loudest, "ridgecv-chooses-the-same-alpha"),
    ("choosing_alpha", "press", loudest, "every-choice-is-within-one-standard-error"),
    ("choosing_alpha", "folds", lambda X, y, alphas, seed: alphas, "folds-are-scikit-learns"),
    (
        "choosing_alpha",
        "gcv",
        lambda residuals, degrees: (residuals**2).mean(axis=0),
        "gcv-is-leave-one-out-with-mean-leverage",
    ),
    ("choosing_alpha", "best_by_evidence", lambda d2, z, left, m: 7.29, "bayesianridge-finds-our-evidence-maximum"),
    ("choosing_alpha", "log_evidence", without_determinant, "evidence-of-alpha-is-the-exact-one"),
    ("choosing_alpha", "ALPHAS", np.geomspace(10.0, 3000.0, 121), "the-grid-holds-the-posterior-of-alpha"),
    ("choosing_alpha", "log_prior", lambda ratio: -5.0 * np.log(ratio), "integrated-intervals-cover"),
    ("choosing_alpha", "covered", as_stated, "plugged-in-evidence-covers-too-little"),
    ("choosing_alpha", "covered", as_stated, "plugged-in-gcv-covers-too-little"),
]


@pytest.mark.parametrize(("stem", "part", "fault", "claim"), FAULTS)
def test_a_planted_fault_fails_the_claim_that_it_breaks(monkeypatch, stem, part, fault, claim):
    monkeypatch.setitem(parts(stem), part, fault)
    assert claim in failed(stem)


@pytest.mark.parametrize("stem", STEMS)
def test_every_claim_has_a_fault_that_fails_it(stem):
    claims = {check.name for check in experiment(stem).lesson(result(stem)).claims}
    assert {claim for of, _, _, claim in FAULTS if of == stem} == claims
