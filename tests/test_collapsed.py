"""Slopes integrated out: the marginal density of the scales, its derivatives, and the slopes drawn back in."""

import math

import numpy as np
import pytensor
import pytest
from scipy import stats

from mapsto import (
    R2D2,
    HalfNormalNoise,
    HierarchicalNormal,
    InverseGammaNoise,
    JeffreysNoise,
    Normal,
    Problem,
    RegularizedHorseshoe,
)
from mapsto.certificate import FALSE_ALARM
from mapsto.engines.pymc import nuts
from mapsto.engines.pymc.densities.collapsed import CollapsedDensity
from mapsto.engines.pymc.densities.marginal import data_of, marginal
from mapsto.engines.pymc.densities.rows import log_densities
from mapsto.posteriors.closed_form import closed_form
from mapsto.rounding import UNIT_ROUNDOFF, gamma

PRIORS = [HierarchicalNormal(1.5), RegularizedHorseshoe(0.5, 2.0), R2D2(1.0)]
SIGMA = 0.7

both = pytest.mark.parametrize("intercept", [True, False], ids=["intercept", "no intercept"])


def scales_of(p, count=4):
    rng = np.random.default_rng(3)
    return [10 ** rng.uniform(-2, 1, p) for _ in range(count)]


def direct(X, y, scale, sigma, intercept):
    """log p(y | s, sigma) from the rows: y is Normal, and a flat mean is integrated out."""
    n = len(y)
    C = sigma**2 * np.eye(n) + (X * scale**2) @ X.T
    if not intercept:
        return stats.multivariate_normal.logpdf(y, np.zeros(n), C), np.linalg.cond(C)
    ones, inverse = np.ones(n), np.linalg.inv(C)
    weight = ones @ inverse @ ones
    best = (ones @ inverse @ y) / weight
    value = stats.multivariate_normal.logpdf(y, np.full(n, best), C) + 0.5 * math.log(2 * math.pi / weight)
    return value, np.linalg.cond(C)


def marginal_of(problem, scale, sigma):
    return marginal(scale, sigma, *data_of(problem))


@both
@pytest.mark.parametrize("name", ["tall", "wide", "collinear", "single"])
def test_the_marginal_is_scipys_normal(tables, name, intercept):
    X, y = tables[name]
    problem = Problem.from_rows(X, y, noise_sd=SIGMA, intercept=intercept)
    for scale in scales_of(problem.p):
        for sigma in (SIGMA, 3.0):
            expected, condition = direct(X, y, scale, sigma, intercept)
            tolerance = gamma(4 * X.size * len(y)) * condition * (abs(expected) + len(y))
            found = marginal_of(problem, scale, sigma).value
            assert abs(found - expected) <= tolerance
            assert abs(marginal_of(problem, 1.001 * scale, sigma).value - expected) > tolerance  # control


@both
@pytest.mark.parametrize("name", ["tall", "wide", "collinear", "single"])
def test_its_derivatives_are_finite_differences(tables, name, intercept):
    problem = Problem.from_rows(*tables[name], noise_sd=SIGMA, intercept=intercept)
    step = UNIT_ROUNDOFF ** (1 / 3)

    def slope(move, size):
        """Central difference, and its error: a third of what doubling the step changes, and rounding."""
        once, twice = ((move(k * step) - move(-k * step)) / (2 * k * step * size) for k in (1, 2))
        return once, abs(once - twice) + 1e3 * gamma(4 * problem.n) * (abs(move(0.0)) + problem.n) / (step * size)

    for scale in scales_of(problem.p):
        at = marginal_of(problem, scale, SIGMA)
        for j in range(problem.p):
            unit = np.arange(problem.p) == j
            found, error = slope(
                lambda h, s=scale, u=unit: marginal_of(problem, s * (1 + h * u), SIGMA).value, scale[j]
            )
            assert abs(at.by_scale[j] - found) <= error
        found, error = slope(lambda h, s=scale: marginal_of(problem, s, SIGMA * (1 + h)).value, SIGMA)
        assert abs(at.by_sigma - found) <= error
        assert abs(1.1 * at.by_sigma - found) > error  # control


def test_the_marginal_is_the_evidence_of_a_normal_prior(tables):
    """The same number by another route: with all scales given the prior is Normal, and its evidence is known."""
    problem = Problem.from_rows(*tables["tall"], noise_sd=SIGMA)
    for scale in scales_of(4):
        evidence = closed_form(problem, Normal(tuple(scale))).posterior.log_evidence
        tolerance = gamma(10_000) * (1 + np.linalg.norm(problem.statistics.R * scale, 2) ** 2 / SIGMA**2) * 1e2
        assert abs(marginal_of(problem, scale, SIGMA).value - evidence) <= tolerance


@pytest.fixture(scope="module")
def densities(tables):
    """Collapsed densities by prior and noise, in plain Python: a compiler is not worth its time here."""
    made = {}

    def of(prior, noise=None, name="tall"):
        key = prior, noise, name
        if key not in made:
            problem = Problem.from_rows(*tables[name], noise_sd=SIGMA, noise_prior=noise)
            with pytensor.config.change_flags(cxx=""):
                made[key] = problem, CollapsedDensity(problem, prior)
        return made[key]

    return of


CASES = [(prior, None) for prior in PRIORS] + [
    (PRIORS[0], HalfNormalNoise(1.0)),
    (PRIORS[1], InverseGammaNoise(2.0, 1.0)),
    (PRIORS[0], JeffreysNoise()),
]
cases = pytest.mark.parametrize(("prior", "noise"), CASES, ids=repr)


@cases
def test_the_gradient_is_that_of_finite_differences(densities, prior, noise):
    _, density = densities(prior, noise)
    rng = np.random.default_rng(5)
    for _ in range(3):
        x = density.start + 0.5 * rng.standard_normal(len(density.start))
        value, gradient = density(x)
        h = UNIT_ROUNDOFF ** (1 / 3)
        for j in range(len(x)):
            step = h * (np.arange(len(x)) == j)
            once = (density(x + step)[0] - density(x - step)[0]) / (2 * h)
            twice = (density(x + 2 * step)[0] - density(x - 2 * step)[0]) / (4 * h)
            error = abs(once - twice) + 1e3 * gamma(200) * (abs(value) + 100) / h
            assert abs(gradient[j] - once) <= error


@cases
def test_with_the_slopes_put_back_it_is_pymcs_density_of_the_rows(densities, prior, noise):
    """likelihood x prior = marginal x conditional, at draws of everything; to the same constant at every one."""
    problem, density = densities(prior, noise)
    rng = np.random.default_rng(6)
    for _ in range(3):
        x = density.start + 0.5 * rng.standard_normal(len(density.start))
        draw = {name: values[0, 0] for name, values in density.record(x[np.newaxis, np.newaxis], seed=1).items()}
        of_rows, ours = log_densities(problem, prior, density, x, draw)
        size = abs(of_rows) + abs(ours) + problem.n
        assert abs(of_rows - ours) <= gamma(10_000) * size * 1e2
        moved = draw | {"w": draw["w"] + 0.1}  # any slopes will do, if both are told
        of_rows, ours = log_densities(problem, prior, density, x, moved)
        assert abs(of_rows - ours) <= gamma(10_000) * (abs(of_rows) + abs(ours)) * 1e2
        other = problem.with_noise_sd(1.1 * SIGMA)
        if noise is None:
            of_rows, ours = log_densities(other, prior, density, x, draw)
            assert abs(of_rows - ours) > 1e-3  # control: another sigma is another density


@pytest.mark.parametrize("prior", PRIORS, ids=repr)
def test_the_slopes_drawn_back_have_their_conditional_mean_and_covariance(densities, prior):
    problem, density = densities(prior)
    x = density.start + 0.3
    size = 4_000
    drawn = density.record(np.broadcast_to(x, (1, size, len(x))), seed=2)
    scale = drawn["w_scale"][0, 0]
    exact = closed_form(problem, Normal(tuple(scale))).posterior
    w, b = drawn["w"][0], drawn["b"][0]
    bound = stats.norm.isf(FALSE_ALARM / 20)
    assert (np.abs(w.mean(axis=0) - exact.mean) <= bound * exact.sd / math.sqrt(size)).all()
    assert abs(b.mean() - exact.intercept_mean) <= bound * exact.intercept_sd / math.sqrt(size)
    C = exact.covariance
    spread = np.sqrt((np.outer(np.diag(C), np.diag(C)) + C**2) / size)
    assert (np.abs(np.cov(w.T) - C) <= bound * spread).all()
    assert abs(b.std() / exact.intercept_sd - 1) <= bound / math.sqrt(2 * size)
    # control: the prior's own spread is not it
    assert (np.abs(np.cov(w.T) - np.diag(scale**2)) > bound * spread).any()


def test_records_follow_from_the_seed(densities):
    _, density = densities(PRIORS[1])
    x = np.broadcast_to(density.start, (2, 3, len(density.start)))
    first, again, other = (density.record(x, seed)["w"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert (first != other).all()
    assert first.shape == (2, 3, 4)


def test_compiled_to_c_it_is_the_same_density(densities):
    """With sigma learned as well, so that every derivative is used (generated C trusts what it is handed)."""
    prior, noise = PRIORS[0], HalfNormalNoise(1.0)
    problem, plain = densities(prior, noise)
    density = CollapsedDensity(problem, prior)
    for x in (plain.start, plain.start + 0.3):
        (value, gradient), (expected, slopes) = density(x), plain(x)
        assert abs(value - expected) <= gamma(10_000) * (abs(expected) + problem.n)
        assert np.abs(gradient - slopes).max() <= gamma(10_000) * (np.abs(slopes).max() + problem.n)
        assert abs(density(1.001 * x)[0] - expected) > gamma(10_000) * (abs(expected) + problem.n)  # control


def test_the_sampler_starts_from_the_top_in_coordinates_that_are_round_there(densities):
    """By finite differences in those coordinates: no slope at u = 0, and minus the Hessian is the identity."""
    for prior in PRIORS:
        problem, density = densities(prior)
        where = nuts.geometry(density, problem, prior, None)
        assert where.known
        size, step = len(where.centre), 1e-3

        def slope(u, d=density, g=where):
            return g.L.T @ d(g.centre + g.L @ u)[1]

        assert np.linalg.norm(slope(np.zeros(size))) <= 1e-3  # of a width: what its search stops at, and then some
        assert np.linalg.norm(slope(np.full(size, 0.1))) > 1e-2  # control
        bend = [(slope(-step * e) - slope(step * e)) / (2 * step) for e in np.eye(size)]
        # both differences leave out a third derivative: a millionth of it here, and its own in L
        assert np.abs(bend - np.eye(size)).max() <= 1e-4


def test_scales_beyond_the_doubles_are_no_place_to_stay(densities):
    problem, density = densities(PRIORS[0])
    with np.errstate(all="ignore"):
        assert marginal_of(problem, np.full(problem.p, 1e200), SIGMA).value == -np.inf
    with np.errstate(all="ignore"):
        value, gradient = density(np.full(len(density.start), 400.0))
    assert value == -np.inf or not np.isfinite(value)
    assert gradient.shape == density.start.shape
