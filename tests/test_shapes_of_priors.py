"""Priors of other shapes against answers found elsewhere: SciPy, mpmath, and stationarity worked out by hand."""

import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from scipy import stats

from mapsto import BadInput, Laplace, MultivariateNormal, Normal, Problem, Unsupported, exact_posterior
from mapsto.engines.closed_form import solve as by_formula
from mapsto.engines.direct.active_set import active_set
from mapsto.engines.direct.solve import solve
from mapsto.engines.sklearn import recipe
from mapsto.priors import AsymmetricLaplace, GeneralizedNormal, GPrior, GroupLaplace, SpikeAndSlabNormal
from mapsto.priors.base import PiecewiseQuadratic
from mapsto.rounding import gamma

W = np.array([0.3, -1.2, 0.0, 2.5, -0.07])
PAIRS = (0, 0, 1, 1, 1)


def table(n=30, p=5, seed=4, noise_sd=1.0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) @ (np.eye(p) + 0.4)
    return Problem.from_rows(
        X, X @ np.array([1.0, -0.5, 0.02, 0.0, -0.01])[:p] + rng.standard_normal(n), noise_sd=noise_sd
    )


# --- densities


@pytest.mark.parametrize("power", [1.0, 1.3, 2.0, 3.5, 40.0])
def test_the_generalised_normal_is_scipys(power):
    ours, theirs = GeneralizedNormal(0.7, power), stats.gennorm(power, scale=0.7)
    w = W[np.abs(W) < 1]
    expected = theirs.logpdf(w).sum()
    assert abs(ours.log_density(w) - expected) <= gamma(60) * (abs(expected) + len(w))
    assert abs(replace(ours, scale=0.71).log_density(w) - expected) > 1e-3  # control


def test_powers_one_and_two_are_the_laplace_and_the_normal_prior():
    for other, ours in ((Laplace(0.7), GeneralizedNormal(0.7, 1)), (Normal(0.7), GeneralizedNormal(0.7 * 2**0.5, 2))):
        assert abs(ours.log_density(W) - other.log_density(W)) <= gamma(40) * abs(other.log_density(W))
        problem = table()
        kept = solve(problem, ours)
        expected = solve(problem, other).coef
        np.testing.assert_allclose(kept.coef, expected, atol=1e-12 * np.abs(expected).max())


def test_the_asymmetric_laplace_is_scipys_and_splits_its_probability_between_the_signs():
    ours = AsymmetricLaplace(0.5, 2.0)
    kappa = math.sqrt(0.5 / 2.0) ** -1  # SciPy: rates kappa / scale above zero, 1 / (kappa scale) below
    expected = stats.laplace_asymmetric(kappa, scale=math.sqrt(0.5 * 2.0)).logpdf(W).sum()
    assert abs(ours.log_density(W) - expected) <= gamma(40) * abs(expected)
    assert abs(AsymmetricLaplace(2.0, 0.5).log_density(W) - expected) > 0.1  # control: the sides exchanged
    above = mpmath.quad(lambda w: mpmath.exp(ours.log_density(np.array([float(w)]))), [0, 2, 40])
    assert abs(float(above) - 0.5 / 2.5) < 1e-12


def test_the_spike_and_slab_is_the_mixture_and_its_penalty_keeps_its_digits_next_to_zero():
    ours = SpikeAndSlabNormal(0.2, 3.0, 0.3)
    mixture = 0.7 * stats.norm.pdf(W, 0, 0.2) + 0.3 * stats.norm.pdf(W, 0, 3.0)
    assert abs(ours.log_density(W) - np.log(mixture).sum()) <= gamma(60) * np.abs(np.log(mixture)).sum()
    mpmath.mp.dps = 50
    for w in (1e-12, 1e-3, 0.15, 0.4, 5.0, 400.0):
        parts = [mpmath.mpf(a) / s * mpmath.exp(-((w / mpmath.mpf(s)) ** 2) / 2) for a, s in ((0.7, 0.2), (0.3, 3.0))]
        at_zero = mpmath.mpf(0.7) / 0.2 + mpmath.mpf(0.3) / 3.0
        expected = -mpmath.log(sum(parts) / at_zero)
        assert abs(ours.penalty(np.array([w])) / float(expected) - 1) <= gamma(60)
    assert abs(ours.penalty(np.array([1e-12])) / 5e-24 - 1) > 1e-2  # control: it is not a slab alone


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_constant_of_a_group_is_the_integral_in_as_many_dimensions(size):
    prior = GroupLaplace((0,) * size, 0.7)
    surface = 2 * mpmath.pi ** (mpmath.mpf(size) / 2) / mpmath.gamma(mpmath.mpf(size) / 2)
    integral = surface * mpmath.quad(
        lambda r: r ** (size - 1) * mpmath.exp(-r / mpmath.mpf(0.7)), [0, 5, 20, mpmath.inf]
    )
    assert abs(prior.log_density(np.zeros(size)) + float(mpmath.log(integral))) <= 1e-12
    assert abs(replace(prior, scale=0.71).log_density(np.zeros(size)) + float(mpmath.log(integral))) > 1e-3  # control


@pytest.mark.parametrize("size", [2, 3, 6])
def test_one_slope_of_a_group_has_the_integral_over_the_others(size):
    prior = GroupLaplace((0,) * size, 0.7)
    one = prior.marginal(0, size)
    k = size - 1
    surface = 2 * mpmath.pi ** (mpmath.mpf(k) / 2) / mpmath.gamma(mpmath.mpf(k) / 2)
    for w in (0.0, 0.05, 0.9, 4.0):

        def shell(r, w=w):
            return r ** (k - 1) * mpmath.exp(-mpmath.sqrt(w**2 + r**2) / mpmath.mpf(0.7))

        integral = surface * mpmath.quad(shell, [0, 0.5, 2, 10, mpmath.inf])
        expected = float(mpmath.log(integral)) + prior.log_density(np.zeros(size))
        assert abs(one.log_density(np.array([w])) - expected) < 1e-9
    w, step = np.array([0.9]), 1e-6
    slope = (one.penalty(w + step) - one.penalty(w - step)) / (2 * step)
    assert abs(one.slope(w)[0] - slope) < 1e-6 * abs(slope)


def test_the_g_prior_is_zellners():
    problem = table()
    prior = GPrior.of(problem, 30.0)
    X = problem.X - problem.X.mean(axis=0)
    for sigma in (1.0, 0.4):
        expected = stats.multivariate_normal(np.zeros(5), 30 * sigma**2 * np.linalg.inv(X.T @ X)).logpdf(W)
        assert abs(prior.at(sigma).log_density(W) - expected) < 1e-9 * abs(expected)
        assert abs(prior.at(1.1 * sigma).log_density(W) - expected) > 1e-2  # control
    ols = np.linalg.lstsq(X, problem.y - problem.y.mean())[0]
    shrunk = by_formula(problem, prior.at(problem.noise_sd)).mode.coef
    np.testing.assert_allclose(shrunk, 30 / 31 * ols, rtol=1e-10)  # every slope by the same factor


# --- modes


def test_two_rates_hold_a_slope_from_either_side():
    """A single column: w is (pull - rate) / curvature, with the rate of its side, or zero between the two."""
    x = np.array([1.0, -1.0, 2.0, -2.0])
    prior = AsymmetricLaplace(0.5, 0.1)  # rates 2 up and 10 down
    for pull, expected in ((1.9, 0.0), (2.5, 0.05), (-9.9, 0.0), (-11.0, -0.1)):
        problem = Problem.from_rows(x[:, None], x * pull / 10, noise_sd=1.0)
        for found in (solve(problem, prior).coef, by_formula(problem, prior).mode.coef):
            np.testing.assert_allclose(found, [expected], atol=1e-14)
    refused = recipe(table(), AsymmetricLaplace(0.5, 0.1))
    assert isinstance(refused, Unsupported)
    assert not isinstance(recipe(table(), AsymmetricLaplace(0.5, 0.5)), Unsupported)


def test_two_rates_in_one_active_set_are_stationary_and_with_their_sides_exchanged_are_not():
    problem, prior = table(noise_sd=3.0), AsymmetricLaplace((0.2,) * 5, (0.6, 0.1, 0.1, 0.1, 0.1))
    w = active_set(problem, prior.piecewise_quadratic(5))
    assert 0 < (w == 0).sum() < 5
    assert prior.stationarity(w, problem.data_gradient(w)).max() < 1e-11
    up, down = prior.scale_up, prior.scale_down
    assert AsymmetricLaplace(down, up).stationarity(w, problem.data_gradient(w)).max() > 0.1
    shape = PiecewiseQuadratic(np.ones(5), np.zeros(5))
    assert shape.symmetric
    assert np.array_equal(shape.down, shape.l1)


def test_groups_are_zero_as_a_whole_where_the_pull_on_them_is_shorter_than_the_rate():
    """The conditions of Yuan & Lin (2006), proposition 1, with nothing of the prior's in them."""
    problem = table(noise_sd=3.0)
    X, y = problem.X - problem.X.mean(axis=0), problem.y - problem.y.mean()
    for scale in (0.1, 0.5, 5.0):
        w = solve(problem, GroupLaplace(PAIRS, scale)).coef
        pull = X.T @ (y - X @ w) / problem.noise_sd**2
        for g in (0, 1):
            block = np.array(PAIRS) == g
            length = np.linalg.norm(w[block])
            if length == 0:
                assert np.linalg.norm(pull[block]) <= 1 / scale
            else:
                assert (w[block] != 0).all()
                np.testing.assert_allclose(pull[block], w[block] / length / scale, atol=1e-10)
    dropped = solve(problem, GroupLaplace(PAIRS, 0.5)).coef
    assert (dropped[2:] == 0).all()
    assert (dropped[:2] != 0).all()
    prior, gradient = GroupLaplace(PAIRS, 0.5), problem.data_gradient(dropped)
    assert prior.stationarity(dropped, gradient).max() < 1e-11
    assert prior.stationarity(dropped * 1.001, gradient).max() < 1e-11  # the direction alone counts off zero
    assert prior.stationarity(dropped, gradient * 10).max() > 0.1  # control: pulled harder it is let go
    off = prior.stationarity(np.zeros(5), np.array([3.0, 4.0, 0.0, 0.0, 0.0]))
    np.testing.assert_allclose(off, [3 * 0.6, 4 * 0.6, 0, 0, 0])  # (5 - 2) / 5 of the pull


def test_groups_of_one_are_the_lasso():
    problem = table(noise_sd=3.0)
    ours = solve(problem, GroupLaplace((0, 1, 2, 3, 4), 0.3)).coef
    lasso = solve(problem, Laplace(0.3)).coef
    np.testing.assert_allclose(ours, lasso, atol=1e-12)
    assert ((ours == 0) == (lasso == 0)).all()
    assert (lasso == 0).any()


@pytest.mark.parametrize("power", [1.05, 1.2, 1.5, 2.5, 4.0, 10.0, 60.0])
@pytest.mark.parametrize("shape", [(30, 5), (8, 12)], ids=["tall", "wide"])
def test_any_power_has_a_mode_or_a_reason_and_never_an_error(power, shape):
    n, p = shape
    rng = np.random.default_rng(9)
    X = rng.standard_normal((n, p))
    y = X @ np.where(np.arange(p) < 3, 2.0, 0.0) + rng.standard_normal(n)
    for scale in (1e-3, 0.5, 1e3):
        prior = GeneralizedNormal(scale, power)
        problem = Problem.from_rows(X, y, noise_sd=1.0)
        found = solve(problem, prior)
        if isinstance(found, Unsupported):
            assert found.reason.strip()
            assert power < 1.5 or power > 10
            continue
        left = prior.stationarity(found.coef, problem.data_gradient(found.coef))
        assert left.max() <= 1e-8 * np.abs(X.T @ y).max()
        if scale == 0.5:
            assert (found.coef != 0).all()  # only power 1 has exact zeros


def test_the_spike_and_slab_has_several_modes_and_the_search_says_so():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((25, 6))
    problem = Problem.from_rows(X, X @ [0.5, 0.4, 0.3, 0, 0, 0] + 0.5 * rng.standard_normal(25), noise_sd=1.0)
    assert solve(problem, SpikeAndSlabNormal(0.05, 2.0)).modes > 1
    assert solve(problem, SpikeAndSlabNormal(0.9, 1.0)).modes == 1  # control: nearly one Normal density
    assert "mode" in SpikeAndSlabNormal.paragraph


# --- in units of sigma


@pytest.mark.parametrize(
    "prior",
    [
        Laplace(0.5, per_sigma=True),
        Laplace((0.5, 1.0, 2.0, 0.2, 0.1), per_sigma=True),
        MultivariateNormal((0.1,) * 5, (0.3 * np.eye(5) + 0.1).tolist(), per_sigma=True),
    ],
    ids=["one scale", "each its own", "multivariate"],
)
def test_in_units_of_sigma_w_over_sigma_has_the_density(prior):
    for sigma in (0.25, 3.0):
        at = prior.at(sigma)
        assert not at.in_units_of_sigma
        expected = prior.log_density(W / sigma) - len(W) * math.log(sigma)
        assert abs(at.log_density(W) - expected) <= 1e-12 * (1 + abs(expected))
        assert abs(at.log_density(W * 1.01) - expected) > 1e-4  # control
    assert prior.at(2.0).at(7.0) == prior.at(2.0)


def test_a_multivariate_normal_in_units_of_sigma_has_the_exact_posterior_of_the_normal():
    from mapsto import HalfCauchyNoise, InverseGammaNoise

    for noise in (InverseGammaNoise(2.0, 3.0), HalfCauchyNoise(1.0)):
        problem = table().with_noise_prior(noise)
        ours = exact_posterior(problem, MultivariateNormal((0.0,) * 5, (0.49 * np.eye(5)).tolist(), per_sigma=True))
        plain = exact_posterior(problem, Normal(0.7, per_sigma=True))
        np.testing.assert_allclose(ours.mean, plain.mean, rtol=1e-9)
        np.testing.assert_allclose(ours.sd, plain.sd, rtol=1e-9)
        absolute = exact_posterior(problem, Normal(0.7))
        assert np.abs(absolute.sd / plain.sd - 1).max() > 1e-3  # control


# --- what is refused


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: GeneralizedNormal(1.0, 0.5), "expected a number from 1 to 100"),
        (lambda: GeneralizedNormal(1.0, 1e3), "expected a number from 1 to 100"),
        (lambda: SpikeAndSlabNormal(2.0, 1.0), "a spike narrower than the slab"),
        (lambda: SpikeAndSlabNormal(1.0, 2.0, 1.0), "a probability between 0 and 1"),
        (lambda: GroupLaplace((0, 0.5), 1.0), "a whole number for each coefficient"),
        (lambda: GroupLaplace((0, 0), (1.0, 2.0)), "differs within a group"),
        (lambda: GPrior(1.0, ((1.0, 2.0), (2.0, 1.0))), "the eigenvalue -1"),
        (lambda: GPrior(1.0).log_density(np.zeros(2)), "GPrior.of"),
        (lambda: Laplace(1.0, per_sigma=1), "expected true or false"),
        (lambda: MultivariateNormal((0.0,), ((1.0,),), per_sigma="yes"), "expected true or false"),
        (lambda: GPrior.of(table(n=4), 1.0), "more rows than columns"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(make, said):
    with pytest.raises(BadInput, match=said) as told:
        make()
    assert "\n" not in str(told.value)
