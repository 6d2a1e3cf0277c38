"""Draws are asked for our score: right ones pass, at kinks, edges and in heavy tails, and others fail."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from mapsto import (
    Cauchy,
    HalfNormal,
    HalfNormalNoise,
    HierarchicalNormal,
    InverseGammaNoise,
    Laplace,
    Normal,
    Problem,
    Settings,
    run,
)
from mapsto.certificate import score_checks
from mapsto.certificate.gate_points import gate_points
from mapsto.engines.base import Engine, variables
from mapsto.likelihoods import registry as likelihoods
from mapsto.posteriors.draws import Draws
from mapsto.posteriors.joint.density import joint_at
from mapsto.posteriors.joint.score import scores
from mapsto.priors.registry import shipped
from mapsto.rounding import gamma

HOW = Settings(draws=500, chains=4)


def rows(noise_prior=None, n=12, p=1, noise=1.0, **more):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((n, p)) + 0.5
    y = X @ np.linspace(0.3, -0.2, p) + noise * rng.standard_normal(n)
    return Problem.from_rows(X, y, noise_sd=1.0, noise_prior=noise_prior, **({"intercept": False} | more))


# --- the score is the gradient of the joint density, which test_gate.py compares with differences


def score_is_the_gradient(problem, prior):
    points = gate_points(problem, prior)
    w = np.stack([one.w for one in points])
    b = np.array([one.b for one in points]) if problem.intercept else None
    scales = {name: np.exp([one.log_scales[name] for one in points]) for name in points[0].log_scales}
    found = scores(problem, prior, w, b, scales)
    order = ["w", *(["b"] if problem.intercept else []), *sorted(scales)]
    for k, one in enumerate(points):
        at = joint_at(problem, prior, one)
        ours = np.concatenate([found[name][k] for name in order])
        allowed = gamma(64 * (problem.n + problem.p)) * at.gradient_size
        assert np.all(np.abs(ours - at.gradient) <= allowed)
        assert np.any(np.abs(ours * (1 + 1e-6) - at.gradient) > allowed)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("noise_prior", [None, HalfNormalNoise(2.0)])
@pytest.mark.parametrize(
    "prior", [Normal(0.5), Normal(0.5, 0.2, per_sigma=True), Laplace(0.7), HierarchicalNormal(1.0)]
)
def test_the_score_is_the_gradient_of_the_joint_density(prior, noise_prior, intercept):
    score_is_the_gradient(rows(noise_prior, p=3, intercept=intercept, weights=np.linspace(0.5, 2, 12)), prior)


@pytest.mark.parametrize("name", likelihoods.shipped())
def test_so_for_every_likelihood(name):
    likelihood, rng = likelihoods.shipped()[name].examples()[0], np.random.default_rng(3)
    X = rng.standard_normal((15, 2))
    y = likelihood.simulate(X @ [0.6, -0.4], rng)
    score_is_the_gradient(Problem.from_rows(X, y, likelihood=likelihood), Normal(0.8))


@pytest.mark.parametrize("name", [name for name, kind in shipped().items() if not kind.no_mode])
def test_so_for_every_prior(name):
    problem = rows(p=3)
    score_is_the_gradient(problem, shipped()[name].examples(3)[0].fitted_to(problem.statistics))


# --- draws of one slope, and of sigma where it is learned: independent, from a fine grid


def of_grid(log_density, w, t):
    """Draws from a density on a grid over the slope and log sigma, uniform in each cell; t has one where it is held."""
    rng = np.random.default_rng(11)
    size = HOW.chains * HOW.draws
    logs = log_density(w[:, np.newaxis], np.exp(t))
    share = np.exp(logs - logs.max()).ravel()
    i, j = np.unravel_index(rng.choice(len(share), size, p=share / share.sum()), logs.shape)
    jitter = rng.uniform(-0.5, 0.5, (2, size))
    wide = t[1] - t[0] if len(t) > 1 else 0.0
    both = w[i] + jitter[0] * (w[1] - w[0]), t[j] + jitter[1] * wide
    return tuple(one.reshape(HOW.chains, HOW.draws) for one in both)


def drawn(problem, prior):
    """Draws of the posterior of one slope without an intercept, from its density as a textbook writes it."""
    learned, (X, y) = problem.noise_prior, problem.table.rows
    edge = 0.0 if isinstance(prior, HalfNormal) else -6.0
    w = np.linspace(edge, 6.0, 1001)[:-1] + (6.0 - edge) / 2000
    t = np.log(problem.noise_sd) + (np.zeros(1) if learned is None else np.linspace(-1.5, 3.5, 81))

    def log_density(w, sigma):
        misfit = (y @ y - 2 * w * (X[:, 0] @ y) + w**2 * (X[:, 0] @ X[:, 0])) / (2 * sigma**2)
        of_slope = np.array([[prior.at(s).log_density(one) for s in sigma] for one in w])
        of_sigma = 0.0 if learned is None else np.array([learned.log_density(s) + np.log(s) for s in sigma])
        return of_slope + of_sigma - misfit - len(y) * np.log(sigma)

    slopes, logs = of_grid(log_density, w, t)
    return {"w": slopes[..., np.newaxis]} | ({} if learned is None else {"sigma": np.exp(logs)})


def verdict(problem, prior, draws):
    (check,) = score_checks(problem, prior, draws, "their")
    assert check.name == "their-draws-have-our-score"
    return check


CASES = {
    "Normal": (rows(), Normal(0.5)),
    "kink": (rows(), Laplace(0.2)),
    "edge": (rows(), HalfNormal(0.5)),
    "Student's tails": (rows(n=2), Cauchy(0.3)),
    "sigma learned": (rows(HalfNormalNoise(2.0)), Laplace(0.2)),
    "in units of sigma": (rows(HalfNormalNoise(10.0), noise=6.0), Normal(0.3, per_sigma=True)),
}


@pytest.mark.parametrize("name", CASES)
def test_right_draws_pass(name):
    problem, prior = CASES[name]
    assert verdict(problem, prior, drawn(problem, prior)).passed


@dataclass(frozen=True)
class WithoutJacobian(HalfNormalNoise):
    """What a sampler of log sigma has that forgets the Jacobian sigma."""

    def log_density(self, sigma):
        return super().log_density(sigma) - float(np.log(sigma))


FAULTS = {
    "scale for variance": ("Normal", lambda problem, prior: (problem, Normal(prior.scale**2))),
    "scale for variance, with a kink": ("kink", lambda problem, prior: (problem, Laplace(prior.scale**2))),
    "scale for variance, with an edge": ("edge", lambda problem, prior: (problem, HalfNormal(prior.scale**2))),
    "alpha off by n": ("kink", lambda problem, prior: (problem, Laplace(prior.scale * problem.n))),
    "another prior": ("Normal", lambda problem, prior: (problem, Laplace(prior.scale / 2**0.5))),
    "another sigma": ("Normal", lambda problem, prior: (problem.with_noise_sd(1.5), prior)),
    "a Jacobian forgotten": (
        "sigma learned",
        lambda problem, prior: (problem.with_noise_prior(WithoutJacobian(problem.noise_prior.scale)), prior),
    ),
    "not in units of sigma": (
        "in units of sigma",
        lambda problem, prior: (problem, replace(prior, per_sigma=False)),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_draws_of_another_model_are_caught(name):
    case, other = FAULTS[name]
    problem, prior = CASES[case]
    check = verdict(problem, prior, drawn(*other(problem, prior)))
    assert not check.passed, check


def test_draws_that_never_move_are_caught():
    problem, prior = CASES["Normal"]
    assert not verdict(problem, prior, {"w": np.ones((4, 100, 1))}).passed


class FromGrid(Engine):
    """Samples the posterior of one slope from a grid."""

    name = "from_grid"
    label = "From a grid"
    summary = "draws from the density on a grid"

    def draws(self, how, mode):
        return Draws(variables(drawn(self.question.problem, self.question.prior)["w"]), {})


def test_a_run_asks_draws_for_their_score_where_there_is_no_exact_posterior():
    def failed(kind):
        told = run(rows(), Laplace(0.2), HOW, engines=["direct", kind]).certificate
        assert not any("is-exact-mean" in one.name for one in told.checks)
        return {one.name for one in told.checks if not one.passed}

    def other(self, how, mode):
        return Draws(variables(drawn(self.question.problem, Laplace(0.04))["w"]), {})

    assert failed(FromGrid) == set()
    assert failed(type("Theirs", (FromGrid,), {"draws": other})) == {"from_grid-draws-have-our-score"}


def test_draws_whose_score_is_no_number_are_not_asked():
    problem = rows(InverseGammaNoise(2.0, 1.0))
    rng = np.random.default_rng(2)
    drawn = {"w": rng.standard_normal((4, 50, 1)), "sigma": np.exp(0.1 * rng.standard_normal((4, 50)))}
    assert len(score_checks(problem, Normal(1.0), drawn, "their")) == 1
    drawn["sigma"][0, 0] = 1e-200  # whose square is zero
    with np.errstate(all="ignore"):
        assert score_checks(problem, Normal(1.0), drawn, "their") == []


def of_many_slopes(factor):
    """Independent draws of 40 slopes from their posterior, stretched about its mean, and its problem and prior."""
    rng, p = np.random.default_rng(7), 40
    X = rng.standard_normal((120, p))
    y = X @ rng.normal(0, 0.5, p) + rng.standard_normal(120)
    precision = X.T @ X + np.eye(p) / 0.5**2
    away = np.linalg.solve(np.linalg.cholesky(precision).T, rng.standard_normal((p, HOW.chains * 1000)))
    w = np.linalg.solve(precision, X.T @ y) + factor * away.T
    problem = Problem.from_rows(X, y, noise_sd=1.0, intercept=False)
    return problem, Normal(0.5), {"w": w.reshape(HOW.chains, 1000, p)}


def test_all_slopes_together_tell_a_width_that_no_slope_tells_alone():
    assert verdict(*of_many_slopes(1.0)).passed
    check = verdict(*of_many_slopes(1.05))  # five hundredths: a slope alone is 1.7 Monte Carlo errors off
    assert not check.passed
    assert "all slopes together" in check.reason
