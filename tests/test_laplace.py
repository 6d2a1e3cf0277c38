"""Where the Laplace approximation lies: against independent truths, and as the record and the page tell it."""

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.special import betaln, digamma, gammaln, polygamma

from mapsto import (
    AsymmetricLaplaceNoise,
    Bernoulli,
    Binomial,
    Flat,
    Gamma,
    NegativeBinomial,
    Normal,
    Poisson,
    Problem,
    Settings,
    run,
)
from mapsto.engines.direct.solve import solve
from mapsto.outcome import Unsupported
from mapsto.posteriors.approximate.laplace import laplace_approximation
from mapsto.posteriors.datatree import posterior_tree
from mapsto.posteriors.draws import DrawnPosterior, summarise
from mapsto.report.page import render
from mapsto.runs.record import decode, encode
from mapsto.runs.recording.laplace import laplace_record

LIKELIHOODS = {
    "bernoulli": Bernoulli(),
    "binomial": Binomial(),
    "gamma": Gamma(2.5),
    "negative_binomial": NegativeBinomial(1.5),
    "poisson": Poisson(),
}


def problem_of(name, p, n=12, intercept=False):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((n, p))
    y = LIKELIHOODS[name].simulate(X @ np.linspace(0.5, -0.5, p), rng)
    return Problem.from_rows(X, y, intercept=intercept, likelihood=LIKELIHOODS[name])


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_evidence_and_mean_are_those_of_quadrature(name, p):
    """To 1e-10 by adaptive quadrature: importance sampling within its error, and Laplace within a tenth of a nat."""
    problem, prior = problem_of(name, p), Normal(0.5)
    found = laplace_approximation(problem, prior, solve(problem, prior))
    at, sd = found.mean, found.sd
    top = problem.log_likelihood(at, 0.0) + prior.log_density(at)

    def height(*w):
        point = np.array(w)
        return np.exp(problem.log_likelihood(point, 0.0) + prior.log_density(point) - top)

    if p == 1:
        (low, high) = (float(at[0] - 10 * sd[0]), float(at[0] + 10 * sd[0]))
        whole = quad(height, low, high, points=[at[0]], epsabs=0, epsrel=1e-11, limit=200)[0]
    else:
        ends = [(float(a - 9 * s), float(a + 9 * s)) for a, s in zip(at, sd, strict=True)]
        whole = dblquad(height, *ends[1], *ends[0], epsabs=1e-12, epsrel=1e-10)[0]
    exact = top + np.log(whole)
    weights = found.importance()
    assert abs(weights.log_evidence - exact) <= 5 * weights.error
    assert abs(found.log_evidence - exact) < 0.1
    assert abs(found.log_evidence - exact) > 1e-6  # it is an approximation: were it exact, this would be no test


def test_an_intercept_alone_has_a_beta_posterior_for_trials():
    """The slope is held at zero: 1 / (1 + exp(-b)) ~ Beta(successes, failures) under the flat prior of b."""
    rng = np.random.default_rng(5)
    X, trials = rng.standard_normal((15, 1)), rng.integers(2, 9, 15).astype(float)
    count = rng.binomial(trials.astype(int), 0.3)
    problem = Problem.from_rows(X, count / trials, weights=trials, likelihood=Binomial())
    found = laplace_approximation(problem, Normal(1e-9), solve(problem, Normal(1e-9)))
    wins, losses = count.sum(), trials.sum() - count.sum()
    ways = (gammaln(trials + 1) - gammaln(count + 1) - gammaln(trials - count + 1)).sum()
    weights = found.importance()
    assert abs(weights.log_evidence - (ways + betaln(wins, losses))) <= 5 * weights.error
    points = found.draws(4_000, np.random.default_rng(1))
    ratios = np.array([problem.log_likelihood(w[:1], w[1]) + Normal(1e-9).log_density(w[:1]) for w in points])
    share = np.exp(ratios - found.log_density(points) - weights.log_evidence)
    share /= share.sum()
    mean = share @ points[:, 1]
    error = np.sqrt((share**2) @ (points[:, 1] - mean) ** 2)
    assert abs(mean - (digamma(wins) - digamma(losses))) <= 5 * error
    variance = polygamma(1, wins) + polygamma(1, losses)
    assert found.sd[1] == pytest.approx(np.sqrt(1 / wins + 1 / losses), rel=1e-9)
    assert found.sd[1] < np.sqrt(variance)


# --- the record and the page


def drawn_from(problem, prior, stretch=1.0, shift=0.0):
    """Draws of the approximation itself, stretched or shifted in its sds: what a sampler would bring."""
    found = laplace_approximation(problem, prior, solve(problem, prior))
    points = found.mean + stretch * (found.draws(4_000, np.random.default_rng(2)) - found.mean) + shift * found.sd
    variables = {"w": points[:, : problem.p].reshape(4, 1_000, -1), "b": points[:, problem.p].reshape(4, 1_000)}
    tree = posterior_tree(problem, Unsupported("none."), variables, {}, 1)
    return DrawnPosterior(tree, summarise(tree), 1.0)


@pytest.mark.parametrize(("stretch", "shift", "lies"), [(1.0, 0.0, 0), (1.3, 0.0, 4), (1.0, 0.4, 4)])
def test_a_gap_is_told_where_there_is_one(stretch, shift, lies):
    problem, prior = problem_of("poisson", 3, n=60, intercept=True), Normal(0.5)
    drawn = drawn_from(problem, prior, stretch, shift)
    told = laplace_record(problem, prior, solve(problem, prior), {"mine": drawn}, {"mine": "Mine"})
    assert sum(gap.lies for gap in told.gaps) == lies
    assert [gap.feature for gap in told.gaps] == [*problem.features, "intercept"]


def test_the_record_and_the_page_have_it():
    problem = problem_of("poisson", 2, n=60, intercept=True)
    record = decode(encode(run(problem, Normal(0.5), Settings(draws=10, chains=2), engines=["direct"]).record()))
    assert record.laplace.reason is None
    assert record.laplace.gaps is None
    assert abs(record.laplace.log_evidence - record.laplace.importance_log_evidence) < 0.5
    page = render(record)
    assert 'id="laplace"' in page
    assert "Neither is exact" in page


def test_an_improper_prior_has_no_evidence_and_kinks_no_approximation():
    problem = problem_of("poisson", 2, n=60, intercept=True)
    flat = run(problem, Flat(), engines=["direct"]).record()
    assert flat.laplace.log_evidence is None
    assert "Neither is exact" not in render(flat)
    rng = np.random.default_rng(1)
    quantile = Problem.from_rows(
        rng.standard_normal((30, 2)), rng.standard_normal(30), likelihood=AsymmetricLaplaceNoise()
    )
    kinked = run(quantile, Normal(1.0), engines=["direct"]).record()
    assert "kink at every row" in kinked.laplace.reason
    assert "No Laplace approximation" in render(kinked)
    gaussian = Problem.from_rows(quantile.X, quantile.y, noise_sd=1.0)
    assert run(gaussian, Normal(1.0), engines=["direct", "closed_form"]).record().laplace is None


@pytest.mark.slow
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_gaps_shrink_as_rows_grow(name):
    """The mean gap falls as one over the root of the number of rows (Tierney & Kadane 1986, section 2)."""
    found = []
    for n in (20, 320):
        record = run(problem_of(name, 2, n, intercept=True), Normal(1.0), engines=["direct", "pymc"]).record()
        found.append(max(abs(gap.mean_gap) for gap in record.laplace.gaps))
    assert found[1] < found[0] / 1.5 + 0.05
