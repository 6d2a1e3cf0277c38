"""The priors on sigma: their densities against SciPy's, PyMC's and an integral; and what is refused."""

import math

import mpmath
import numpy as np
import pytest
from scipy import stats

from mapsto import (
    BadInput,
    Flat,
    FlatNoise,
    GammaNoise,
    HalfCauchyNoise,
    HalfNormalNoise,
    HalfStudentTNoise,
    InverseGammaNoise,
    JeffreysNoise,
    Laplace,
    Normal,
    Problem,
    Settings,
    StudentTNoise,
    Unsupported,
    exact_posterior,
    run,
)
from mapsto.engines.pymc.families import positive
from mapsto.likelihoods.noise_priors.registry import shipped
from mapsto.rounding import gamma

EXAMPLES = [
    HalfNormalNoise(0.5),
    HalfNormalNoise(50.0),
    InverseGammaNoise(2.0, 3.0),
    InverseGammaNoise(0.5, 4e3),
    JeffreysNoise(),
    FlatNoise(),
    HalfCauchyNoise(25.0),
    HalfCauchyNoise(0.5),
    HalfStudentTNoise(25.0),
    HalfStudentTNoise(0.5, df=7.0),
    GammaNoise(2.0, 0.1),
    GammaNoise(3.0, 30.0),
]
every = pytest.mark.parametrize("noise", EXAMPLES, ids=repr)
proper = pytest.mark.parametrize("noise", [noise for noise in EXAMPLES if noise.proper], ids=repr)
SIGMAS = [1e-2, 0.3, 1.0, 7.5, 60.0, 1e3]
OPERATIONS = 40  # a logarithm of a gamma function and a handful of terms


def scipys(noise, sigma):
    """The density of sigma by SciPy's formulas; of a variance by the change of variable."""
    if isinstance(noise, HalfNormalNoise):
        return stats.halfnorm.logpdf(sigma, scale=noise.scale)
    if isinstance(noise, HalfCauchyNoise):
        return stats.halfcauchy.logpdf(sigma, scale=noise.scale)
    if isinstance(noise, GammaNoise):
        return stats.gamma.logpdf(sigma, noise.shape, scale=1 / noise.rate)
    if isinstance(noise, HalfStudentTNoise):
        return math.log(2) + stats.t.logpdf(sigma, noise.df, scale=noise.scale)
    return stats.invgamma.logpdf(sigma**2, noise.shape, scale=noise.scale) + math.log(2 * sigma)


def test_every_kind_has_an_example_and_a_name():
    assert {type(noise) for noise in EXAMPLES} == set(shipped().values())
    assert all(kind.name == name for name, kind in shipped().items())
    assert [kind.name for kind in shipped().values() if not kind.proper] == ["flat", "jeffreys"]
    assert all(noise.formula.strip() and noise.reference.strip() for noise in EXAMPLES)


@proper
def test_the_density_is_scipys(noise):
    for sigma in SIGMAS:
        expected = scipys(noise, sigma)
        size = abs(expected) + abs(noise.log_density(2 * sigma)) + 10
        assert abs(noise.log_density(sigma) - expected) <= gamma(OPERATIONS) * size
        assert abs(noise.log_density(sigma * 1.01) - expected) > gamma(OPERATIONS) * size  # control: it moves


@proper
def test_the_density_of_sigma_integrates_to_one(noise):
    """In t = log sigma, by the trapezoidal rule, which converges exponentially for what falls off on both sides."""
    t = np.linspace(-30, 30, 6_001) + math.log(getattr(noise, "scale", 1.0))
    logs = np.array([noise.log_density(math.exp(one)) + one for one in t])
    terms = np.exp(logs) * (t[1] - t[0])
    assert abs(terms.sum() - 1) <= gamma(len(t)) * OPERATIONS * (terms * (2 + np.abs(logs))).sum()
    without_jacobian = np.exp(logs - t) * (t[1] - t[0])  # control: a density of log sigma it is not
    assert abs(without_jacobian.sum() - 1) > 1e-2


def test_jeffreys_is_flat_in_the_logarithm():
    jeffreys = JeffreysNoise()
    values = [jeffreys.log_density(sigma) + math.log(sigma) for sigma in SIGMAS]
    assert np.ptp(values) <= gamma(4) * max(abs(math.log(sigma)) for sigma in SIGMAS)


@every
def test_pymc_has_the_same_density(noise):
    """log p of PyMC's own free variable, turned into that of sigma."""
    import pymc as pm

    with pm.Model() as model:
        positive(noise)
    assert "sigma" in model.named_vars
    logp = model.compile_logp(mode="FAST_COMPILE")
    (value,) = model.value_vars

    def theirs(sigma):
        # of x in the model's own coordinate, all of which are logarithms here: dx = d sigma / sigma, or twice that
        x, jacobian = math.log(sigma), -math.log(sigma)
        if "sigma2" in value.name:
            x, jacobian = 2 * x, jacobian + math.log(2)
        return float(logp({value.name: np.float64(x)})) + jacobian

    for sigma in SIGMAS:
        size = abs(noise.log_density(sigma)) + abs(math.log(sigma)) + 10
        assert abs(theirs(sigma) - noise.log_density(sigma)) <= gamma(OPERATIONS) * size


@proper
def test_the_moments_are_those_of_mpmath(noise):
    """A check of the scale itself: the mean of sigma by quadrature of our density and by the known formula."""
    if isinstance(noise, HalfNormalNoise):
        expected = noise.scale * math.sqrt(2 / math.pi)
    elif isinstance(noise, HalfStudentTNoise):
        nu = mpmath.mpf(noise.df)  # Psarakis & Panaretos (1990): the folded t
        root = mpmath.sqrt(nu / mpmath.pi) * mpmath.gamma((nu + 1) / 2) / mpmath.gamma(nu / 2)
        expected = float(2 * noise.scale * root / (nu - 1))
    elif isinstance(noise, InverseGammaNoise) and noise.shape > 0.5:
        a = mpmath.mpf(noise.shape)
        expected = float(mpmath.sqrt(noise.scale) * mpmath.gamma(a - 0.5) / mpmath.gamma(a))
    else:
        return  # no mean
    t = np.linspace(-30, 30, 6_001) + math.log(expected)
    terms = np.exp(np.array([noise.log_density(math.exp(one)) + 2 * one for one in t])) * (t[1] - t[0])
    assert abs(terms.sum() / expected - 1) <= gamma(len(t)) * OPERATIONS * 40


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, "1", None, True, [1.0], 1e200])
@pytest.mark.parametrize(
    "make",
    [
        HalfNormalNoise,
        lambda v: InverseGammaNoise(v, 1.0),
        lambda v: InverseGammaNoise(1.0, v),
        HalfCauchyNoise,
        HalfStudentTNoise,
    ],
)
def test_a_parameter_that_is_no_positive_number_is_refused(make, bad):
    with pytest.raises(BadInput, match=r"the (shape|scale) of the .* prior on sigma"):
        make(bad)


@pytest.mark.parametrize("bad", [1.0, "jeffreys", JeffreysNoise, {"name": "jeffreys"}])
def test_what_is_no_prior_on_sigma_is_refused_by_the_problem(bad):
    with pytest.raises(
        BadInput,
        match=r"the prior on sigma is .*; expected one of flat, gamma, half_cauchy, half_normal, ",
    ):
        Problem.from_rows([[0.0], [1.0], [3.0]], [0.0, 1.0, 2.0], noise_sd=1.0, noise_prior=bad)


# --- sigma plugged in


def test_auto_is_the_residual_sd_of_least_squares(tables):
    X, y = tables["tall"]
    for intercept in (True, False):
        A = np.column_stack([X, np.ones(len(y))]) if intercept else X
        rest = y - A @ np.linalg.lstsq(A, y)[0]
        expected = math.sqrt(rest @ rest / (len(y) - A.shape[1]))
        problem = Problem.from_rows(X, y, noise_sd="auto", intercept=intercept)
        assert abs(problem.noise_sd / expected - 1) <= gamma(4 * A.size) * np.linalg.cond(A)
        assert problem.sigma.kind == "plugged"
        alone = Problem.from_statistics(problem.statistics, noise_sd="auto")
        assert alone.sigma == problem.sigma
    assert Problem.from_rows(X, y, noise_sd=1.0).sigma.kind == "known"


def test_auto_counts_directions_and_not_columns(tables):
    X, y = tables["collinear"]  # four columns, three directions
    once = Problem.from_rows(X[:, [0, 1, 3]], y, noise_sd="auto").noise_sd
    assert abs(Problem.from_rows(X, y, noise_sd="auto").noise_sd / once - 1) <= gamma(4 * X.size) * 100


def test_auto_says_so_where_nothing_is_left_over(tables):
    with pytest.raises(BadInput, match="noise_sd cannot be estimated: least squares leaves 0 degrees of freedom"):
        Problem.from_rows(*tables["wide"], noise_sd="auto")


def rows(n, p=2):
    rng = np.random.default_rng(12)
    X = rng.standard_normal((n, p))
    return X, X @ np.arange(1.0, p + 1) + rng.standard_normal(n)


@pytest.mark.parametrize("noise", [FlatNoise(), HalfCauchyNoise(2.0), HalfStudentTNoise(2.0, df=4.0)], ids=repr)
def test_the_exact_posterior_is_the_integral_over_sigma(noise):
    """The mean of sigma and of a slope by mpmath, from the density of y given sigma alone."""
    X, y = rows(8)
    problem = Problem.from_rows(X, y, noise_sd=1.0, noise_prior=noise)
    exact = exact_posterior(problem, Normal(1.5))
    A, r = X - X.mean(axis=0), y - y.mean()
    values, axes = np.linalg.eigh(A @ A.T)
    gaps = axes.T @ r
    kept = values > 1e-9  # the others hold what no column reaches, less the mean

    def log_likelihood(sigma):
        of_columns = sigma**2 + 1.5**2 * values[kept]
        free = len(y) - 1 - int(kept.sum())
        rest = (r @ r - np.sum(gaps[kept] ** 2)) / sigma**2
        return -0.5 * (np.log(of_columns).sum() + np.sum(gaps[kept] ** 2 / of_columns) + rest) - free * math.log(sigma)

    sigmas = np.exp(np.linspace(-8, 12, 8_001))
    logs = np.array([log_likelihood(s) + noise.log_density(s) + math.log(s) for s in sigmas])
    weights = np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum()
    slopes = np.array([np.linalg.solve(A.T @ A + (s / 1.5) ** 2 * np.eye(2), A.T @ r) for s in sigmas])
    # the grid of the posterior ends where the density has fallen by exp(-34)
    np.testing.assert_allclose(exact.scale_mean("sigma"), weights @ sigmas, rtol=1e-6)
    np.testing.assert_allclose(exact.mean, weights @ slopes, rtol=1e-6)
    assert math.isnan(exact.log_evidence) != noise.proper
    other = exact_posterior(problem.with_noise_prior(HalfNormalNoise(0.5)), Normal(1.5))
    assert abs(other.scale_mean("sigma") / exact.scale_mean("sigma") - 1) > 1e-2  # control


@pytest.mark.parametrize(("noise", "more"), [(FlatNoise(), 2), (JeffreysNoise(), 1)], ids=["flat", "jeffreys"])
@pytest.mark.parametrize("prior", [Flat(), Normal(1.0), Laplace(1.0)], ids=repr)
def test_without_an_integral_over_sigma_it_takes_rows(noise, more, prior):
    flat = 1 + 2 * isinstance(prior, Flat)  # the intercept, and flat slopes
    few, enough = (
        (Problem.from_rows(*rows(flat + more + k), noise_sd=1.0, noise_prior=noise) for k in (-1, 0))
        if flat + more > 2
        else (None, Problem.from_rows(*rows(3), noise_sd=1.0, noise_prior=noise))
    )
    if few is not None:
        refusal = exact_posterior(few, prior)
        assert isinstance(refusal, Unsupported)
        assert f"it takes at least {flat + more} rows, and there are {flat + more - 1}" in refusal.reason
        assert "\n" not in refusal.reason
        if not isinstance(prior, Flat) or isinstance(noise, FlatNoise):
            return
        drawn = run(few, prior, settings=Settings(draws=100, chains=2)).draws["pymc"]
        assert drawn == refusal
    told = exact_posterior(enough, prior)
    assert not (isinstance(told, Unsupported) and "at least" in told.reason)


def test_a_run_with_a_flat_sigma_passes_and_so_does_another_likelihood():
    X, y = rows(30)
    for noise in (FlatNoise(), HalfCauchyNoise(2.0)):
        result = run(Problem.from_rows(X, y, noise_sd=1.0, noise_prior=noise), Normal(1.5))
        assert result.certificate.passed, [check for check in result.certificate.checks if not check.passed]
    problem = Problem.from_rows(X, y, noise_sd=1.0, noise_prior=HalfStudentTNoise(2.0), likelihood=StudentTNoise())
    result = run(problem, Normal(1.5))
    assert result.certificate.passed, [check for check in result.certificate.checks if not check.passed]
