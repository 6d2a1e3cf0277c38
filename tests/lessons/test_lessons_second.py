"""Lessons 8 to 13: each holds on its own run, and each sentence falls when what it says is made wrong."""

import json
import warnings
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import fdtri

from helpers.runs import ROOT, three_routes
from mapsto import Certificate, Check, Estimate, Normal, Settings
from mapsto.runs.lessons.datasets import LONGLEY
from mapsto.runs.lessons.discovery import load

STEMS = ("collinear", "more_columns_than_rows", "sparse_mode", "prior_strength", "prediction", "standardise_or_not")


@cache
def experiment(stem):
    return load(ROOT / "experiments" / f"{stem}.py")


def parts(stem):
    """The names a lesson looks up when it runs: where a fault is planted."""
    return experiment(stem).lesson.__globals__


@cache
def result(stem):
    """The run without its lesson; prior-strength asks about the data and the prior of three-routes."""
    return three_routes() if stem == "prior_strength" else replace(experiment(stem), lesson=None).run(Settings())


@cache
def other_priors():
    return original_others(result("sparse_mode"))


original_others = parts("sparse_mode")["others"]


@pytest.fixture(autouse=True)
def sample_once(monkeypatch):
    """The horseshoe and R2D2 are drawn once, for all tests of their lesson."""
    monkeypatch.setitem(parts("sparse_mode"), "others", lambda _result: other_priors())


def failed(stem, of=None):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a planted fault may well leave the range of a formula
        lesson = experiment(stem).lesson(of or result(stem))
    return {check.name for check in lesson.claims if not check.passed}


@pytest.mark.parametrize("stem", STEMS)
def test_every_claim_holds(stem):
    lesson = experiment(stem).lesson(result(stem))
    names = [check.name for check in lesson.claims]
    assert len(names) == len(set(names)) > 0
    assert {check.name for check in lesson.claims if not check.passed} == set()
    assert [check.name for check in result(stem).certificate.checks if not check.passed] == []
    assert not set(names) & {check.name for check in result(stem).certificate.checks}
    assert len(lesson.figures) >= 2
    assert len(lesson.answer) > 200
    json.dumps([vars(series) for figure in lesson.figures for series in figure.series])  # plain numbers throughout


def test_prior_strength_shares_its_run():
    problem, shared = experiment("prior_strength").problem(), three_routes()
    assert (problem.sha256, problem.noise_sd) == (shared.problem.sha256, shared.problem.noise_sd)
    assert experiment("prior_strength").prior == shared.prior


def test_longley_has_the_certified_slopes():
    """NIST's certified least squares of these rows, to the digits that their condition number leaves."""
    certified = np.array([15.0618722713733, -0.0358191792925910, -2.02022980381683])
    certified = np.append(certified, [-1.03322686717359, -0.0511041056535807, 1829.15146461355])
    problem, sd = result("collinear").problem, np.std(LONGLEY, axis=0)
    found = parts("collinear")["slopes"](problem.X, problem.y, 0.0) / sd
    assert np.abs(found / certified - 1).max() < np.linalg.cond(problem.X) ** 2 * np.finfo(float).eps * 100 * 16


def test_plain_weights_scatter_as_those_of_arviz_do():
    """Smoothing the largest weights, as ArviZ does, leaves the scatter of psense alone: F of two variances."""
    names, exact, rng = parts("prior_strength"), three_routes().exact, np.random.default_rng(6)
    sets = [exact.draws(1000, rng)[0] for _ in range(24)]
    plain = np.var([names["weighted_psense"](w) for w in sets], axis=0, ddof=1)
    arviz = np.var([names["psense"](w.reshape(4, 250, -1)) for w in sets], axis=0, ddof=1)
    far = fdtri(23, 23, 1 - 1e-4)
    assert np.all((plain / arviz < far) & (arviz / plain < far))


def test_the_leverage_gives_the_variance_of_the_weights():
    """The Monte Carlo error of weighted draws, a Gaussian integral, against draws of that Gaussian."""
    residual, h, sigma = np.array([40.0]), np.array([0.1]), parts("prediction")["NOISE_SD"]
    size, repeats = 2000, 400
    about = sigma * np.sqrt(h) * np.random.default_rng(5).standard_normal((repeats, size))
    inverse = np.exp(((residual - about) / sigma) ** 2 / 2)
    spread = float(np.log(inverse.mean(axis=1)).std())
    known = float(parts("prediction")["weighting_error"](residual, h, size)[0])
    assert abs(spread / known - 1) < 5 / np.sqrt(2 * repeats)


def scaled(name, factor, stem):
    """A fault: the number or the function of that name, times a factor."""
    was = parts(stem)[name]
    return (lambda *a, **k: factor * was(*a, **k)) if callable(was) else factor * was


def with_names(module, **names):
    """The module as a script sees it, with some of its names replaced."""
    return SimpleNamespace(**{**vars(module), **names})


def with_exact(stem, **changes):
    return replace(result(stem), exact=replace(result(stem).exact, **changes))


def broken(stem, name, change):
    return lambda: (stem, {name: change(parts(stem)[name])}, None)


def factor(stem, name, by):
    return lambda: (stem, {name: scaled(name, by, stem)}, None)


def given(stem, make):
    return lambda: (stem, {}, make())


def others_with(**changes):
    def changed():
        return {**other_priors(), "R2D2": replace(other_priors()["R2D2"], **changes)}

    return lambda: ("sparse_mode", {"others": lambda _result: changed()}, None)


def posterior_with(stem, group, change):
    def make():
        tree = result(stem).posterior.copy(deep=True)
        tree[group] = tree[group].to_dataset().map(change)
        return replace(result(stem), posterior=tree)

    return given(stem, make)


def no_exact_zero():
    run = result("sparse_mode")
    moved = {name: Estimate(o.coef + 1e-9, o.intercept) for name, o in run.modes.items() if isinstance(o, Estimate)}
    return replace(run, modes=moved)


W, S, P, F, N = "more_columns_than_rows", "sparse_mode", "prior_strength", "prediction", "standardise_or_not"
PLANTS = [
    # the factor 2 of alpha, a width without its root, a prior or a noise that is another
    ("mean-is-shrunk-least-squares", broken("collinear", "kept", lambda f: lambda d: f(d / np.sqrt(2)))),
    ("prior-variance-left-is-what-is-not-kept", factor("collinear", "PRIOR_SD", 1.001)),
    ("width-of-each-direction", broken("collinear", "width", lambda f: lambda d: f(d) ** 2)),
    ("width-of-each-direction", factor("collinear", "NOISE_SD", 1.001)),
    (
        "directions-are-independent",
        given("collinear", lambda: with_exact("collinear", root=np.eye(6) + np.ones((6, 6)))),
    ),
    ("count-of-unknown-directions", factor("collinear", "ALPHA", 3.0)),
    ("least-squares-is-less-sure-than-the-prior", factor("collinear", "PRIOR_SD", 10.0)),
    ("least-squares-runs-off-the-page", factor("collinear", "slopes", 0.1)),
    ("ridge-moves-less", broken("collinear", "swing", lambda f: lambda X, y, alpha: 1.0 + alpha)),
    ("chief-pair-of-the-least-known", broken("collinear", "chief", lambda f: lambda v: f(1 / v))),
    ("null-space-mean-is-the-prior-mean", given(W, lambda: with_exact(W, mean=result(W).exact.mean + 0.01))),
    ("null-space-covariance-is-the-prior-covariance", factor(W, "PRIOR_SD", 1.001)),
    ("width-of-each-direction", broken(W, "width", lambda f: lambda d: f(d) ** 2)),
    ("dual-is-primal", factor(W, "primal", 1.001)),
    ("dual-is-the-posterior-mean", factor(W, "dual", 2.0)),
    ("dual-is-the-posterior-mean", factor(W, "ALPHA", 2.0)),
    ("null-space-leaves-the-fit-alone", broken(W, "step_unseen", lambda f: lambda w, unseen: 1.001 * f(w, unseen))),
    ("number-of-unseen-directions", factor(W, "ROWS", 2)),
    ("no-posterior-without-a-prior", broken(W, "mt", lambda mt: with_names(mt, Flat=lambda: Normal(scale=1.0)))),
    ("mode-has-exact-zeros", given(S, no_exact_zero)),
    ("zeros-are-held-by-the-kink", factor(S, "LAPLACE_SCALE", 2.0)),
    ("posterior-has-no-zeros", broken(S, "slopes", lambda f: lambda r: f(r) * (np.abs(f(r)) > 0.01))),
    ("zero-slopes-are-probably-not-near-zero", factor(S, "NEAR", 10.0)),
    ("posterior-mean-is-not-zero", broken(S, "slopes", lambda f: lambda r: f(r) - f(r).mean(axis=0))),
    ("r2d2-is-nearer-to-zero", broken(S, "others", lambda f: lambda r: {**f(r), "R2D2": r})),
    ("r2d2-has-no-mode", broken(S, "others", lambda f: lambda r: {**f(r), "R2D2": r})),
    ("horseshoe-has-no-mode", broken(S, "others", lambda f: lambda r: {**f(r), "horseshoe": r})),
    ("r2d2-is-certified", others_with(certificate=Certificate((Check("a", 1.0, 0.0, "b"),), None))),
    ("power-of-the-prior-is-another-prior", broken(P, "powered", lambda f: lambda a: f(a**2))),
    ("power-is-alpha-times-as-large", broken(P, "powered", lambda f: lambda a: f(a**2))),
    ("power-is-alpha-times-as-large", broken(P, "ridge", lambda f: lambda problem, alpha: f(problem, 2 * alpha))),
    ("tangent-of-the-path", factor(P, "tangent", 0.5)),
    ("tangent-is-the-covariance-with-the-log-prior", factor(P, "tangent", 0.5)),
    ("power-is-alpha-times-as-large", factor(P, "PRIOR_SD", 2.0)),
    ("psense-is-the-exact-one", factor(P, "exact_psense", 2.0)),
    ("psense-is-the-exact-one", broken(P, "distance", lambda f: lambda *a: f(*a) ** 2)),
    ("psense-is-the-exact-one", broken(P, "psense", lambda f: lambda w: f(w) / 2)),
    ("most-sensitive-column", broken(P, "tangent", lambda f: lambda exact: f(exact)[::-1])),
    ("full-predictive-covers-what-it-says", factor(F, "predictive_sd", 1.5)),
    ("noise-alone-covers-less", broken(F, "expected_coverage", lambda f: lambda sd, full: (1 + f(sd, full)) / 2)),
    ("noise-alone-falls-short", broken(F, "predictive_sd", lambda f: lambda exact, X: np.full(len(X), 54.0))),
    ("full-is-wider-for-everyone", broken(F, "predictive_sd", lambda f: lambda exact, X: np.full(len(X), 54.0))),
    ("full-predictive-is-the-draws", broken(F, "predictive_sd", lambda f: lambda exact, X: np.full(len(X), 54.0))),
    ("full-predictive-is-the-draws", factor(F, "predictive_sd", 2.0)),
    ("leave-one-out-is-a-refit", factor(F, "leverage", 2.0)),
    ("weights-have-a-variance", factor(F, "leverage", 2.0)),
    ("psis-loo-is-exact-loo", broken(F, "leave_one_out", lambda f: lambda r, y, h: f(r, y, 0 * h))),
    ("psis-loo-is-exact-loo", factor(F, "log_density", 1.1)),
    ("psis-pareto-k", posterior_with(F, "log_likelihood", lambda y: 8 * y)),
    ("loo-pit-is-exact-pit", broken(F, "leave_one_out", lambda f: lambda r, y, h: (f(r, y, h)[0] + 30, f(r, y, h)[1]))),
    ("loo-pit-is-uniform", broken(F, "leave_one_out", lambda f: lambda r, y, h: (f(r, y, h)[0], f(r, y, h)[1] / 9))),
    ("prior-moved-along-is-the-same-model", broken(N, "prior_on_raw", lambda f: lambda s, **k: f(1 / s, **k))),
    ("prior-moved-along-has-the-same-width", broken(N, "prior_on_raw", lambda f: lambda s, **k: f(1.001 * s, **k))),
    ("prior-moved-along-has-the-same-evidence", broken(N, "prior_on_raw", lambda f: lambda s, **k: f(1.001 * s, **k))),
    ("prior-left-behind-is-another-prior", factor(N, "prior_on_raw", 2.0)),
    ("answers-differ", given(N, lambda: with_exact(N, mean=moved_along()))),
    ("tightened-column-is-shrunk-more", given(N, lambda: with_exact(N, mean=2 * moved_along()))),
    ("penalised-intercept-is-the-mean-shrunk", factor(N, "share_kept", 1.001)),
    ("penalised-intercept-is-the-mean-shrunk", factor(N, "ALPHA", 2.0)),
    (
        "free-intercept-ignores-the-origin",
        broken(N, "fit", lambda f: lambda X, *a, **k: f(X * (1 + X.mean()), *a, **k)),
    ),
    ("penalised-intercept-does-not", broken(N, "fit_penalised", lambda f: lambda X, y, s: f(X - X.mean(axis=0), y, s))),
]


def moved_along():
    """The slopes of the raw columns under the prior that moves with the columns."""
    problem, names = result(N).problem, parts(N)
    scale = names["prior_on_raw"](problem.X.std(axis=0), standardised=True)
    return names["fit"](problem.X, problem.y, scale).mean


@pytest.mark.parametrize(("claim", "plant"), PLANTS, ids=[f"{i}-{claim}" for i, (claim, _) in enumerate(PLANTS)])
def test_a_planted_fault_fails_its_claim(claim, plant, monkeypatch):
    stem, faults, other = plant()
    for name, fault in faults.items():
        monkeypatch.setitem(parts(stem), name, fault)
    assert claim in failed(stem, other)


def test_divergences_of_another_prior_fail_the_page(monkeypatch):
    of = other_priors()["horseshoe"]
    spoilt = {
        **other_priors(),
        "horseshoe": replace(of, draws={"pymc": replace(of.draws["pymc"], summary=replace(of.summary, divergences=1))}),
    }
    monkeypatch.setitem(parts(S), "others", lambda _result: spoilt)
    assert failed(S) == {"horseshoe-divergences"}


def test_every_claim_has_its_planted_fault():
    planted = {claim for claim, _ in PLANTS} | {"horseshoe-divergences"}
    alike = {"r2d2-divergences", "horseshoe-is-certified"}  # the same lines of the script, under the other prior
    claims = {check.name for stem in STEMS for check in experiment(stem).lesson(result(stem)).claims}
    assert claims == planted | alike
