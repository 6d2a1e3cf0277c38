"""The first lessons: each holds on its own run, and each sentence falls when what it says is made wrong."""

from functools import cache

import numpy as np
import pytest

from helpers.runs import ROOT, three_routes
from mapsto import Estimate, Normal, Settings, Spectrum, exact_posterior
from mapsto.runs.lessons.discovery import load

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
    """The names a lesson looks up when it runs: where a fault is planted, or in what it takes from the package, mt."""
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


def twice_the_loss(spectrum, alpha):
    """As if the noise's constant had half its size beside it."""
    return 2 * lowest_loss(spectrum, alpha)


def a_gain(spectrum, alpha):
    """A loss of the wrong sign."""
    return -lowest_loss(spectrum, alpha)


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
    return {name: (integrated, prior, 0) for name, (integrated, prior, _) in densities(p).items()}


def doubled(problem, s):
    """The posterior with twice the prior sd that was asked for."""
    return exact_posterior(problem, Normal(scale=2 * s))


def in_sample(spectrum, alpha):
    """Errors of rows that were fitted."""
    return spectrum.residuals(alpha) ** 2


def loudest(spectrum, alpha):
    """Errors that grow as alpha falls: the largest alpha looks best."""
    return (spectrum.residuals(alpha) / (1 - spectrum.leverages(alpha))) ** 2 / (1 + alpha)


def without_determinant(spectrum, alpha, shape=0.0, scale=0.0):
    """The log evidence without the determinant that pays for a wide prior."""
    whole, determinant = log_evidence(spectrum, alpha, shape, scale), np.log1p(spectrum.d2 / alpha).sum()
    return whole + 0.5 * determinant


def as_stated(columns, seed):
    """Coverage as it would be if plugging alpha in cost nothing."""
    del columns
    draws = np.random.default_rng(seed).binomial(10, 0.89, (3, 2000)) / 10
    return dict(zip(("evidence", "GCV", "α integrated out"), draws, strict=True))


densities = load(ROOT / "experiments" / "which_mode.py").lesson.__globals__["densities"]
penalties = load(ROOT / "experiments" / "half_or_not.py").lesson.__globals__["PENALTIES"]
BOTH_HALF, BOTH_WHOLE = ([(*one[:-1], times) for one in penalties] for times in (0.5, 1.0))
lowest_loss, log_evidence = Spectrum.lowest_loss, Spectrum.log_evidence_noise_learned

FAULTS = [
    ("dropped_constants", "FACTORS", (1.0, -1.0), "any-positive-factor-keeps-the-argmax"),
    ("dropped_constants", "TURNED", 1.0, "minus-one-turns-it-into-a-minimum"),
    (
        "dropped_constants",
        "exponent",
        lambda J: (J - J.min()) / 54.0**2,
        "half-sigma-squared-gives-the-posterior-width",
    ),
    ("dropped_constants", "NOISE_SD", 53.0, "bare-loss-is-narrower-by-sigma-root-two"),
    ("dropped_constants", "mt.Spectrum.lowest_loss", twice_the_loss, "with-its-constant-sigma-has-a-peak"),
    ("dropped_constants", "mt.Spectrum.lowest_loss", a_gain, "without-it-sigma-grows-without-end"),
    ("half_or_not", "PENALTIES", BOTH_WHOLE, "exp-minus-lambda-w2-has-variance-half-over-lambda"),
    ("half_or_not", "PENALTIES", BOTH_HALF, "exp-minus-half-lambda-w2-has-variance-one-over-lambda"),
    ("half_or_not", "measured", lambda c: (1.0, 1.0), "exp-minus-lambda-w2-has-variance-half-over-lambda"),
    ("half_or_not", "variance", lambda c: 1 / c, "every-reading-is-normalised"),
    ("half_or_not", "variance", lambda c: 0.5, "each-lambda-is-one-prior-in-units-of-the-noise"),
    ("half_or_not", "lambda_for", lambda alpha, *_: alpha, "each-lambda-is-one-prior-in-units-of-the-noise"),
    ("half_or_not", "lambda_for", lambda alpha, *_: alpha, "every-convention-has-the-same-mode"),
    ("half_or_not", "READINGS", ((0.5, 0.5), (1.0, 0.5)), "both-readings-have-one-mode"),
    ("half_or_not", "READINGS", ((0.5, 0.5), (0.5, 0.5)), "their-widths-differ-by-root-two"),
    ("one_loss_many_posteriors", "prior_beside", lambda sd: Normal(scale=20.0), "one-mode-to-the-last-digit"),
    ("one_loss_many_posteriors", "FACTORS", (0.3, 0.5, 1.0, 2.0, 4.0), "one-mode-to-the-last-digit"),
    ("one_loss_many_posteriors", "given", stuck, "widths-in-proportion"),
    ("one_loss_many_posteriors", "given", stuck, "the-loss-is-flat-in-sigma"),
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
    ("which_mode", "mt.Unsupported", Estimate, "every-route-refuses"),
    ("which_mode", "joint", from_modes, "joint-mode-runs-to-zero"),
    ("which_mode", "DOWN", np.array([1e-3, 1e-4, 1e-5, 1e-6]), "and-ends-above-the-local-mode"),
    ("which_mode", "SCALE", 20.0, "each-mode-is-the-top-of-its-density"),
    ("which_mode", "shrunk", doubled, "evidence-maximum-is-its-own-fixed-point"),
    ("which_mode", "densities", without_jacobian, "no-two-agree"),
    ("choosing_alpha", "mt.Spectrum.left_out", in_sample, "press-is-leave-one-out"),
    ("choosing_alpha", "mt.Spectrum.left_out", in_sample, "ridgecv-is-press"),
    ("choosing_alpha", "mt.Spectrum.left_out", loudest, "ridgecv-chooses-the-same-alpha"),
    ("choosing_alpha", "mt.Spectrum.left_out", loudest, "every-choice-is-within-one-standard-error"),
    ("choosing_alpha", "folds", lambda problem, seed: np.geomspace(0.3, 3000.0, 121), "folds-are-scikit-learns"),
    (
        "choosing_alpha",
        "mt.Spectrum.gcv",
        lambda spectrum, alpha: in_sample(spectrum, alpha).mean(),
        "gcv-is-leave-one-out-with-mean-leverage",
    ),
    (
        "choosing_alpha",
        "mt.Spectrum.best_alpha",
        lambda spectrum: 7.29,
        "bayesianridge-finds-our-evidence-maximum",
    ),
    (
        "choosing_alpha",
        "mt.Spectrum.log_evidence_noise_learned",
        without_determinant,
        "evidence-of-alpha-is-the-exact-one",
    ),
    ("choosing_alpha", "ALPHAS", np.geomspace(10.0, 3000.0, 121), "the-grid-holds-the-posterior-of-alpha"),
    ("choosing_alpha", "log_prior", lambda ratio: -5.0 * np.log(ratio), "integrated-intervals-cover"),
    ("choosing_alpha", "covered", as_stated, "plugged-in-evidence-covers-too-little"),
    ("choosing_alpha", "covered", as_stated, "plugged-in-gcv-covers-too-little"),
]


@pytest.mark.parametrize(("stem", "part", "fault", "claim"), FAULTS)
def test_a_planted_fault_fails_the_claim_that_it_breaks(monkeypatch, stem, part, fault, claim):
    if part.startswith("mt."):
        monkeypatch.setattr(f"mapsto.{part.removeprefix('mt.')}", fault)
    else:
        monkeypatch.setitem(parts(stem), part, fault)
    assert claim in failed(stem)


@pytest.mark.parametrize("stem", STEMS)
def test_every_claim_has_a_fault_that_fails_it(stem):
    claims = {check.name for check in experiment(stem).lesson(result(stem)).claims}
    assert {claim for of, _, _, claim in FAULTS if of == stem} == claims
