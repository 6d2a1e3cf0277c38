"""The exact posteriors with learned scales, against quadrature, mpmath, classical intervals and each other."""

import itertools
import math
from dataclasses import replace
from functools import cache

import mpmath
import numpy as np
import pytest
from scipy import stats

from mapsto import (
    Flat,
    HalfNormalNoise,
    HierarchicalNormal,
    InverseGammaNoise,
    JeffreysNoise,
    Laplace,
    MultivariateNormal,
    Normal,
    Problem,
    Unsupported,
    exact_posterior,
)
from mapsto.certificate import FALSE_ALARM
from mapsto.posteriors.exact import MOST_COLUMNS_FOR_TWO, gaussian, mixture_over_noise
from mapsto.posteriors.normal_inverse_gamma import NormalInverseGammaPosterior, normal_inverse_gamma
from mapsto.posteriors.quadrature import DEPTH, MixturePosterior, log_grid
from mapsto.rounding import gamma

X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0], [0.0, 1.0], [2.0, -2.0], [1.0, -1.0]])
Y = np.array([1.0, 2.0, 4.0, 3.0, 0.5, 1.5])
IG = InverseGammaNoise(shape=2.5, scale=3.0)
HALF = HalfNormalNoise(2.0)
UNIT = Normal(0.8, per_sigma=True)
DEEP = 1e-12  # the grids are cut at 34 nats and converge exponentially: what is left out weighs 1e-14

both = pytest.mark.parametrize("intercept", [True, False], ids=["intercept", "no intercept"])


def problem(noise, intercept=True, X=X, y=Y, noise_sd=1.0):
    return Problem.from_rows(X, y, noise_sd=noise_sd, noise_prior=noise, intercept=intercept)


class Brute:
    """Every moment by the trapezoidal rule over log sigma (and log sigma_w), from the rows, with dense matrices.

    Given the scales y is Normal with covariance sigma^2 I + X S X' (its flat mean integrated out), and the slopes are
    Normal with the usual mean and covariance; nothing of the code under test is used.
    """

    def __init__(self, log_sigma, log_scale=None, *, prior=None, intercept=True, X=X, y=Y, size=601, reach=7.0):
        n = len(y)
        centre = np.eye(n) - np.ones((n, n)) / n if intercept else np.eye(n)
        A, c = centre @ X, centre @ y
        sigmas = [1.0] if log_sigma is None else np.exp(np.linspace(-reach, reach, size))
        scales = [None] if log_scale is None else np.exp(np.linspace(-reach, reach, size))
        logs, self.means, self.covariances, self.sigma, self.scale = [], [], [], [], []
        for sigma, scale in itertools.product(sigmas, scales):
            mean0, cov0 = prior(sigma, scale)
            H = A.T @ A / sigma**2 + np.linalg.inv(cov0)
            covariance = np.linalg.inv(H)
            m = covariance @ (A.T @ c / sigma**2 + np.linalg.solve(cov0, mean0))
            r, d = c - A @ m, m - mean0
            fit = -(r @ r) / (2 * sigma**2) - d @ np.linalg.solve(cov0, d) / 2
            volume = -(n - intercept) / 2 * math.log(2 * math.pi * sigma**2) - intercept * math.log(n) / 2
            volume += 0.5 * (np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(cov0)[1])
            prior_logs = log_sigma(sigma) + math.log(sigma) if log_sigma else 0.0
            prior_logs += log_scale(scale) + math.log(scale) if log_scale else 0.0
            logs.append(fit + volume + prior_logs)
            self.means.append(m), self.covariances.append(covariance)
            self.sigma.append(sigma), self.scale.append(scale)
        step = 2 * reach / (size - 1)
        logs = np.array(logs) + math.log(step) * ((log_sigma is not None) + (log_scale is not None))
        self.log_evidence = float(np.logaddexp.reduce(logs))
        self.weights = np.exp(logs - self.log_evidence)
        self.mean = self.weights @ np.array(self.means)
        gaps = np.array(self.means) - self.mean
        self.covariance = np.einsum("k,kij->ij", self.weights, self.covariances) + (gaps.T * self.weights) @ gaps
        self.sd = np.sqrt(np.diag(self.covariance))

    def moments(self, values):
        mean = self.weights @ np.array(values)
        return mean, math.sqrt(self.weights @ (np.array(values) - mean) ** 2)

    def cdf(self, j, value):
        sds = np.sqrt([C[j, j] for C in self.covariances])
        return float(self.weights @ stats.norm.cdf((value - np.array(self.means)[:, j]) / sds))


def rule(exact, name):
    """Relative error of the trapezoidal rule over log(scale) for an integrand that ends like exp(-exp(2 t)).

    It is analytic where |Im t| < pi / 4, so with nodes h apart the rule errs by exp(-2 pi (pi / 4) / h) of its size
    (Trefethen & Weideman 2014, theorem 5.1); twenty times that leaves room for the size on the strip.
    """
    outer = exact.scales.get("sigma", np.zeros(len(exact.weights)))  # with two scales, each outer node has its own
    h = np.diff(np.log(exact.scales[name][outer == outer[np.argmax(exact.weights)]])).max()
    return 20 * math.exp(-(math.pi**2) / (2 * h)) + 1e-10


def close(found, expected, tolerance=1e-10):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


def unit_prior(sigma, _scale):
    return np.zeros(2), (0.8 * sigma) ** 2 * np.eye(2)


# --- normal-inverse-gamma


@both
def test_nig_is_the_integral_over_sigma(intercept):
    exact = exact_posterior(problem(IG, intercept), UNIT)
    assert isinstance(exact, NormalInverseGammaPosterior)
    brute = Brute(
        lambda s: stats.invgamma.logpdf(s**2, 2.5, scale=3.0) + math.log(2 * s), prior=unit_prior, intercept=intercept
    )
    close(exact.mean, brute.mean)
    close(exact.sd, brute.sd)
    close(exact.covariance, brute.covariance)
    close(exact.log_evidence, brute.log_evidence)
    close([exact.scale_mean("sigma"), exact.scale_sd("sigma")], brute.moments(brute.sigma))
    for j, (low, high) in enumerate(exact.eti(0.89)):
        close([brute.cdf(j, low), brute.cdf(j, high)], [0.055, 0.945])
    # controls: another shape of the prior on sigma moves everything but the mean
    other = exact_posterior(problem(replace(IG, shape=2.6), intercept), UNIT)
    assert np.abs(other.sd / brute.sd - 1).min() > 1e-3
    assert abs(other.log_evidence - brute.log_evidence) > 1e-3
    close(other.mean, brute.mean)


def test_nig_log_evidence_is_mpmaths_student_t():
    """Without an intercept y itself is multivariate Student t with 2 a degrees of freedom, written out at 50 digits."""
    exact = exact_posterior(problem(IG, intercept=False), UNIT)
    with mpmath.workdps(50):
        n, a, b = len(Y), mpmath.mpf("2.5"), mpmath.mpf(3)
        A, y = mpmath.matrix(X), mpmath.matrix(Y)
        V = mpmath.eye(n) + mpmath.mpf(0.8) ** 2 * A * A.T
        form = (y.T * V**-1 * y)[0]
        expected = mpmath.loggamma(a + mpmath.mpf(n) / 2) - mpmath.loggamma(a) - mpmath.log(2 * mpmath.pi * b) * n / 2
        expected += -mpmath.log(mpmath.det(V)) / 2 - (a + mpmath.mpf(n) / 2) * mpmath.log(1 + form / (2 * b))
        expected = float(expected)
    tolerance = gamma(4 * X.size * 9) * np.linalg.cond(np.eye(6) + 0.64 * X @ X.T) * (abs(expected) + 6)
    assert abs(exact.log_evidence - expected) <= tolerance
    t = stats.multivariate_t.logpdf(Y, shape=3 / 2.5 * (np.eye(6) + 0.64 * X @ X.T), df=5)
    assert abs(exact.log_evidence - t) <= tolerance  # and SciPy says so too
    assert abs(exact.log_evidence - t - math.log(2)) > tolerance


@both
def test_jeffreys_and_flat_are_the_classical_t_intervals(intercept, tables):
    """Flat slopes and p(sigma) = 1 / sigma: Bayes gives the table that every regression program prints."""
    X, y = tables["tall"]
    A = np.column_stack([X, np.ones(len(y))]) if intercept else X
    w = np.linalg.lstsq(A, y)[0]
    df = len(y) - A.shape[1]
    s2 = np.sum((y - A @ w) ** 2) / df
    errors = np.sqrt(s2 * np.diag(np.linalg.inv(A.T @ A)))
    exact = exact_posterior(problem(JeffreysNoise(), intercept, X, y), Flat())
    half = stats.t.ppf(0.975, df) * errors
    found = exact.eti(0.95)
    close(found, np.column_stack([w - half, w + half])[: X.shape[1]])
    if intercept:
        close(exact.intercept_eti(0.95), [w[-1] - half[-1], w[-1] + half[-1]])
    close(exact.sd, (errors * math.sqrt(df / (df - 2)))[: X.shape[1]])
    assert math.isnan(exact.log_evidence)  # improper: there is none
    normal = w[:4] - stats.norm.ppf(0.975) * errors[:4]  # control: what a known sigma would give
    assert np.abs(found[:, 0] - normal).min() > 1e-3 * errors.min()


def test_nig_without_enough_rows_says_so():
    few = Problem.from_rows([[1.0], [2.0]], [1.0, 3.0], noise_sd=1.0, noise_prior=JeffreysNoise())
    refused = exact_posterior(few, Flat())
    assert isinstance(refused, Unsupported)
    assert "takes at least 3 rows, and there are 2" in refused.reason


def test_nig_below_two_degrees_of_freedom_has_no_variance():
    unit = gaussian(problem(None).with_noise_sd(1.0), UNIT)
    assert math.isinf(normal_inverse_gamma(unit, JeffreysNoise()).sd[0]) == (6 - 1 <= 2)
    tiny = Problem.from_rows([[1.0], [2.0], [4.0]], [1.0, 3.0, 3.5], noise_sd=1.0)
    posterior = normal_inverse_gamma(gaussian(tiny, UNIT), JeffreysNoise())
    assert posterior.shape == 1.0
    assert np.isinf(posterior.sd).all()
    assert np.isfinite(posterior.eti(0.89)).all()


# --- mixtures over sigma


@both
@pytest.mark.parametrize(
    ("prior", "given"),
    [
        (Normal(0.8), lambda _s, _t: (np.zeros(2), 0.64 * np.eye(2))),
        (Normal((0.5, 1.5), mean=(1.0, -1.0)), lambda _s, _t: (np.array([1.0, -1.0]), np.diag([0.25, 2.25]))),
        (
            MultivariateNormal((0.5, -0.5), ((1.0, 0.6), (0.6, 2.0))),
            lambda _s, _t: (np.array([0.5, -0.5]), np.array([[1.0, 0.6], [0.6, 2.0]])),
        ),
        (Normal(0.8, mean=0.5, per_sigma=True), lambda s, _t: (np.full(2, 0.5 * s), (0.8 * s) ** 2 * np.eye(2))),
    ],
    ids=["normal", "vector", "correlated", "per sigma"],
)
def test_the_mixture_over_sigma_is_the_integral(intercept, prior, given):
    exact = exact_posterior(problem(HALF, intercept), prior)
    assert isinstance(exact, MixturePosterior)
    brute = Brute(lambda s: stats.halfnorm.logpdf(s, scale=2.0), prior=given, intercept=intercept)
    close(exact.mean, brute.mean)
    close(exact.sd, brute.sd)
    close(exact.covariance, brute.covariance)
    close(exact.log_evidence, brute.log_evidence)
    close([exact.scale_mean("sigma"), exact.scale_sd("sigma")], brute.moments(brute.sigma))
    for j, (low, high) in enumerate(exact.eti(0.89)):
        close([brute.cdf(j, low), brute.cdf(j, high)], [0.055, 0.945])
    assert abs(exact.weights.sum() - 1) <= gamma(1_000)
    assert np.abs(exact_posterior(problem(HalfNormalNoise(2.1), intercept), prior).sd / brute.sd - 1).min() > 1e-4


@both
@pytest.mark.parametrize("noise", [IG, JeffreysNoise()], ids=["inverse gamma", "jeffreys"])
def test_the_mixture_is_the_normal_inverse_gamma_where_both_can(intercept, noise):
    """The same posterior by a formula and by an integral of ours: a conjugate prior sent through the mixture."""
    asked = problem(noise, intercept)
    formula, integral = exact_posterior(asked, UNIT), mixture_over_noise(asked, UNIT, noise)
    # the density of log sigma falls as exp(-2 a t) and what a variance adds up as exp(-2 (a - 1) t): where the first is
    # cut, DEPTH nats down, this much of the second is cut off
    cut = 3 * math.exp(-DEPTH * (1 - 1 / formula.shape))
    for name in ("mean", "sd", "covariance", "intercept_mean", "intercept_sd"):
        close(getattr(integral, name), getattr(formula, name), cut + 1e-10)
    close(integral.eti(0.89), formula.eti(0.89), 1e-9)
    close(integral.intercept_eti(0.89), formula.intercept_eti(0.89), 1e-9)
    close(
        [integral.scale_mean("sigma"), integral.scale_sd("sigma")],
        [formula.scale_mean(), formula.scale_sd()],
        cut + 1e-9,
    )
    if noise.proper:
        close(integral.log_evidence, formula.log_evidence)
    else:
        assert math.isnan(integral.log_evidence)
        assert math.isnan(formula.log_evidence)


@pytest.mark.parametrize("noise_sd", [1e-3, 1.0, 1e3])
def test_where_the_mode_took_sigma_does_not_move_the_posterior(noise_sd):
    """``noise_sd`` is only where the search for the peak begins."""
    for noise, prior in ((HALF, Normal(0.8)), (IG, UNIT)):
        here, there = (exact_posterior(problem(noise, noise_sd=sd), prior) for sd in (1.0, noise_sd))
        close(there.sd, here.sd)
        close(there.log_evidence, here.log_evidence)


def test_a_certain_prior_on_sigma_is_a_given_sigma():
    """An inverse gamma with all its mass at 0.7^2 gives what sigma = 0.7 gives, to the square of its relative width."""
    known = exact_posterior(problem(None, noise_sd=0.7), Normal(0.8))
    sharp = exact_posterior(problem(InverseGammaNoise(1e6, 0.49e6), noise_sd=0.7), Normal(0.8))
    for name in ("mean", "sd"):
        np.testing.assert_allclose(getattr(sharp, name), getattr(known, name), rtol=1e-4)
    assert abs(sharp.log_evidence - known.log_evidence) <= 1e-4 * abs(known.log_evidence)
    close([sharp.scale_mean("sigma")], [0.7], 1e-5)


# --- a learned scale of the prior


def hierarchical(_sigma, scale):
    return np.zeros(2), scale**2 * np.eye(2)


@both
def test_the_hierarchical_normal_is_the_integral_over_its_scale(intercept):
    exact = exact_posterior(problem(None, intercept, noise_sd=1.0), HierarchicalNormal(1.5))
    # y has no density where sigma_w is nothing, so the integrand falls off only as sigma_w itself on that side
    brute = Brute(
        None,
        lambda t: stats.halfnorm.logpdf(t, scale=1.5),
        prior=hierarchical,
        intercept=intercept,
        size=1_501,
        reach=34.0,
    )
    error = rule(exact, "w_sd")
    assert error < 1e-6
    close(exact.mean, brute.mean, error)
    close(exact.sd, brute.sd, error)
    close(exact.covariance, brute.covariance, error)
    close(exact.log_evidence, brute.log_evidence, error)
    close([exact.scale_mean("w_sd"), exact.scale_sd("w_sd")], brute.moments(brute.scale), error)
    for j, (low, high) in enumerate(exact.eti(0.89)):
        close([brute.cdf(j, low), brute.cdf(j, high)], [0.055, 0.945], error)


def test_the_hierarchical_evidence_is_the_prior_density_beside_the_likelihood():
    """One slope: log p(y) = log of the integral of likelihood x HierarchicalNormal.log_density, by mpmath over w."""
    x, y = np.array([[1.0], [2.0], [-1.5]]), np.array([0.5, 2.0, -1.0])
    asked = Problem.from_rows(x, y, noise_sd=0.75, intercept=False)
    prior = HierarchicalNormal(0.8)
    with mpmath.workdps(20):

        def joint(w):
            return mpmath.exp(asked.log_likelihood(np.array([float(w)]), 0.0) + prior.log_density(np.array([float(w)])))

        total = mpmath.quad(joint, [-4, -1, 0, 0.5, 1, 1.5, 2, 4])
    assert abs(exact_posterior(asked, prior).log_evidence - float(mpmath.log(total))) <= 1e-9


def test_both_learned_is_the_double_integral():
    exact = posterior("both")
    brute = Brute(
        lambda s: stats.halfnorm.logpdf(s, scale=2.0),
        lambda t: stats.halfnorm.logpdf(t, scale=1.5),
        prior=hierarchical,
        size=121,
        reach=12.0,
    )
    # sigma_w below e^-12 is left out by this rule, not by ours: that times the posterior density there, which is a few
    error = rule(exact, "w_sd") + 10 * math.exp(-12)
    assert error < 0.05
    close(exact.mean, brute.mean, error)
    close(exact.sd, brute.sd, error)
    close(exact.log_evidence, brute.log_evidence, error)
    for name, values in (("sigma", brute.sigma), ("w_sd", brute.scale)):
        close([exact.scale_mean(name), exact.scale_sd(name)], brute.moments(values), error)
    given = exact_posterior(problem(None), HierarchicalNormal(1.5))  # control: sigma taken for known
    assert np.abs(given.sd / brute.sd - 1).min() > error
    assert abs(exact.weights.sum() - 1) <= gamma(10_000)


def test_a_double_integral_is_not_taken_over_many_columns(rng):
    wide = rng.standard_normal((60, MOST_COLUMNS_FOR_TWO + 1))
    asked = Problem.from_rows(wide, wide[:, 0] + rng.standard_normal(60), noise_sd=1.0, noise_prior=HALF)
    refused = exact_posterior(asked, HierarchicalNormal(1.0))
    assert isinstance(refused, Unsupported)
    assert f"{MOST_COLUMNS_FOR_TWO} columns" in refused.reason
    assert isinstance(exact_posterior(asked.with_noise_prior(None), HierarchicalNormal(1.0)), MixturePosterior)


@pytest.mark.parametrize("noise", [None, HALF, IG, JeffreysNoise()])
def test_where_there_is_no_formula_it_says_so(noise):
    refused = exact_posterior(problem(noise), Laplace(1.0))
    assert isinstance(refused, Unsupported)
    assert "NUTS samples it" in refused.reason


# --- quantiles, draws, identities


POSTERIORS = {
    "gaussian": lambda: exact_posterior(problem(None), Normal(0.8)),
    "normal-inverse-gamma": lambda: exact_posterior(problem(IG), UNIT),
    "mixture over sigma": lambda: exact_posterior(problem(HALF), Normal(0.8)),
    "mixture over the scale": lambda: exact_posterior(problem(None), HierarchicalNormal(1.5)),
    "both": lambda: exact_posterior(problem(HALF), HierarchicalNormal(1.5)),
}


@cache
def posterior(name):
    return POSTERIORS[name]()


@pytest.mark.parametrize("name", POSTERIORS)
def test_draws_have_the_moments_and_the_intervals(name):
    exact, size = posterior(name), 40_000
    w, b = exact.draws(size, np.random.default_rng(12))
    assert (w.shape, b.shape) == ((size, 2), (size,))
    drawn = np.column_stack([w, b])
    bound = stats.norm.isf(FALSE_ALARM / 20)
    mean, sd = np.append(exact.mean, exact.intercept_mean), np.append(exact.sd, exact.intercept_sd)
    assert (np.abs(drawn.mean(axis=0) - mean) <= bound * sd / math.sqrt(size)).all()
    fourth = ((drawn - mean) ** 4).mean(axis=0) / sd**4  # of the variance's own spread
    assert (np.abs(drawn.var(axis=0) / sd**2 - 1) <= bound * np.sqrt((fourth - 1) / size)).all()
    intervals = np.vstack([exact.eti(0.89), exact.intercept_eti(0.89)])
    share = np.array([((intervals[:, 0] <= row) & (row <= intervals[:, 1])) for row in drawn]).mean(axis=0)
    assert (np.abs(share - 0.89) <= bound * math.sqrt(0.89 * 0.11 / size)).all()
    across = np.cov(w.T)[0, 1]
    spread = np.std((w[:, 0] - mean[0]) * (w[:, 1] - mean[1])) / math.sqrt(size)
    assert abs(across - exact.covariance[0, 1]) <= bound * spread
    # controls: five percent off in place or in width is seen
    assert (np.abs((drawn + 0.05 * sd).mean(axis=0) - mean) > bound * sd / math.sqrt(size)).all()
    assert (np.abs(1.05**2 * drawn.var(axis=0) / sd**2 - 1) > bound * np.sqrt((fourth - 1) / size)).any()


@pytest.mark.parametrize("name", POSTERIORS)
def test_draws_are_repeated_by_the_seed(name):
    exact = posterior(name)
    first, again, other = (exact.draws(50, np.random.default_rng(seed))[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", POSTERIORS)
@pytest.mark.parametrize("prob", [0.5, 0.89, 0.99])
def test_intervals_grow_with_their_probability_and_hold_the_mean(name, prob):
    exact = posterior(name)
    inner, outer = exact.eti(prob), exact.eti((1 + prob) / 2)
    assert (outer[:, 0] < inner[:, 0]).all()
    assert (inner[:, 1] < outer[:, 1]).all()
    assert ((inner[:, 0] < exact.mean) & (exact.mean < inner[:, 1])).all()


def test_quantiles_are_where_the_mixtures_own_cdf_says():
    exact = posterior("both")
    means, sds = exact.components.means(), exact.components.sds()
    for probability in (1e-6, 0.05, 0.5, 0.9, 1 - 1e-6):
        for j, value in enumerate(exact.quantiles(probability)):
            assert abs(exact.weights @ stats.norm.cdf(value, means[:, j], sds[:, j]) - probability) <= 1e-13


@pytest.mark.parametrize("name", [name for name in POSTERIORS if name.startswith(("mixture", "both"))])
def test_the_components_are_the_posteriors_given_the_scales(name):
    exact = posterior(name)
    means, sds = exact.components.means(), exact.components.sds()
    for node in range(0, len(exact.components), len(exact.components) // 7):
        one = exact.components[node]
        close(np.append(one.mean, one.intercept_mean), means[node])
        close(np.append(one.sd, one.intercept_sd), sds[node])
    assert np.abs(sds[node] / sds[0] - 1).max() > 1e-3  # control: the last one looked at is not the first


def test_draws_of_a_mixture_have_its_moments():
    rng = np.random.default_rng(4)
    few = rng.standard_normal((5, 8))
    wide = Problem.from_rows(few, few[:, 0] + 0.1 * rng.standard_normal(5), noise_sd=0.5, noise_prior=HALF)
    for exact in (exact_posterior(wide, Normal(0.8, mean=0.2)), posterior("mixture over the scale")):
        w, b = exact.draws(100_000, np.random.default_rng(1))
        off = np.append(w.mean(axis=0) - exact.mean, b.mean() - exact.intercept_mean)
        sds = np.append(exact.sd, exact.intercept_sd)
        assert np.abs(off / sds).max() < 5 / math.sqrt(len(b))
        scaled = np.outer(exact.sd, exact.sd)
        assert np.abs((np.cov(w.T) - exact.covariance) / scaled).max() < 0.05
        assert abs(b.std() / exact.intercept_sd - 1) < 0.05


def test_without_an_intercept_there_is_none():
    for noise, prior in ((HALF, Normal(0.8)), (IG, UNIT), (None, HierarchicalNormal(1.5))):
        exact = exact_posterior(problem(noise, intercept=False), prior)
        assert exact.intercept_mean == 0.0
        assert exact.intercept_sd == 0.0
        assert (exact.draws(10, np.random.default_rng(1))[1] == 0.0).all()


def test_evidence_times_posterior_is_likelihood_times_prior_at_any_point():
    """At every (w, sigma): log p(y | w, sigma) + log p(w, sigma) - log p(y) is the posterior's own density there."""
    asked = problem(IG, intercept=False)
    exact = exact_posterior(asked, UNIT)
    for sigma, slopes in ((0.5, [0.1, 0.2]), (1.7, [-1.0, 0.4]), (4.0, [0.0, 0.0])):
        w = np.array(slopes)
        joint = (
            asked.with_noise_sd(sigma).log_likelihood(w, 0.0) + UNIT.at(sigma).log_density(w) + IG.log_density(sigma)
        )
        of_variance = stats.invgamma.logpdf(sigma**2, exact.shape, scale=exact.scale) + math.log(2 * sigma)
        given = stats.multivariate_normal.logpdf(w, exact.mean, sigma**2 * exact.unit.covariance)
        size = abs(joint) + abs(exact.log_evidence) + abs(of_variance) + abs(given) + 10
        assert abs(joint - exact.log_evidence - of_variance - given) <= gamma(4 * X.size * 9) * size * 100


def test_the_grid_covers_a_density_to_where_it_is_rounding():
    """A Gaussian of t: its mass on the grid, the depth of its ends, wherever the guess was."""
    for centre, width, guess in ((0.0, 1.0, 0.0), (-20.0, 0.01, -19.0), (5.0, 3.0, -5.0), (0.5, 1e-6, 0.5001)):
        nodes, spacing = log_grid(lambda t, c=centre, s=width: -0.5 * ((t - c) / s) ** 2, guess)
        mass = np.exp(-0.5 * ((nodes - centre) / width) ** 2).sum() * spacing / (width * math.sqrt(2 * math.pi))
        assert abs(mass - 1) <= DEEP
        assert (0.5 * ((nodes[[0, -1]] - centre) / width) ** 2 >= 34).all()


@pytest.mark.parametrize("power", [-5, -10, -20, -40, -60, -74])
@pytest.mark.parametrize("p", [2, 300], ids=["narrow", "wide"])
def test_columns_far_smaller_than_their_prior_keep_their_slopes(power, p, rng):
    """The prior's precision of 1 is the posterior's, up to the columns' own, so the mode is the columns times y."""
    columns, y = rng.standard_normal((30, p)) * 10.0**power, rng.standard_normal(30)
    centred = columns - columns.mean(axis=0)
    expected = centred.T @ (y - y.mean())
    size = np.abs(centred).T @ np.abs(y)
    found = exact_posterior(Problem.from_rows(columns, y, noise_sd=1.0), Normal(1.0)).mean
    precision = float(np.linalg.norm(centred, 2) ** 2)
    allowed = (gamma(30 * (p + 1)) + precision) * np.abs(size).sum()
    assert np.abs(found - expected).max() <= allowed
