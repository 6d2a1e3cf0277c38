"""The priors on sigma: their densities against SciPy's, PyMC's and an integral; and what is refused."""

import math

import mpmath
import numpy as np
import pytest
from scipy import stats

from mapsto import BadInput, HalfNormalNoise, InverseGammaNoise, JeffreysNoise, Problem
from mapsto.engines.pymc.families import noise_sd
from mapsto.likelihoods.noise_priors.registry import shipped
from mapsto.rounding import gamma

EXAMPLES = [
    HalfNormalNoise(0.5),
    HalfNormalNoise(50.0),
    InverseGammaNoise(2.0, 3.0),
    InverseGammaNoise(0.5, 4e3),
    JeffreysNoise(),
]
every = pytest.mark.parametrize("noise", EXAMPLES, ids=repr)
proper = pytest.mark.parametrize("noise", [noise for noise in EXAMPLES if noise.proper], ids=repr)
SIGMAS = [1e-2, 0.3, 1.0, 7.5, 60.0, 1e3]
OPERATIONS = 40  # a logarithm of a gamma function and a handful of terms


def scipys(noise, sigma):
    """The density of sigma by SciPy's formulas; of a variance by the change of variable."""
    if isinstance(noise, HalfNormalNoise):
        return stats.halfnorm.logpdf(sigma, scale=noise.scale)
    return stats.invgamma.logpdf(sigma**2, noise.shape, scale=noise.scale) + math.log(2 * sigma)


def test_every_kind_has_an_example_and_a_name():
    assert {type(noise) for noise in EXAMPLES} == set(shipped().values())
    assert all(kind.name == name for name, kind in shipped().items())
    assert [kind.name for kind in shipped().values() if not kind.proper] == ["jeffreys"]
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
        noise_sd(noise)
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
    elif noise.shape > 0.5:
        a = mpmath.mpf(noise.shape)
        expected = float(mpmath.sqrt(noise.scale) * mpmath.gamma(a - 0.5) / mpmath.gamma(a))
    else:
        return  # no mean
    t = np.linspace(-30, 30, 6_001) + math.log(expected)
    terms = np.exp(np.array([noise.log_density(math.exp(one)) + 2 * one for one in t])) * (t[1] - t[0])
    assert abs(terms.sum() / expected - 1) <= gamma(len(t)) * OPERATIONS * 40


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, "1", None, True, [1.0], 1e200])
@pytest.mark.parametrize(
    "make", [HalfNormalNoise, lambda v: InverseGammaNoise(v, 1.0), lambda v: InverseGammaNoise(1.0, v)]
)
def test_a_parameter_that_is_no_positive_number_is_refused(make, bad):
    with pytest.raises(BadInput, match=r"the (shape|scale) of the .* prior on sigma"):
        make(bad)


@pytest.mark.parametrize("bad", [1.0, "jeffreys", JeffreysNoise, {"name": "jeffreys"}])
def test_what_is_no_prior_on_sigma_is_refused_by_the_problem(bad):
    with pytest.raises(
        BadInput, match=r"the prior on sigma is .*; expected one of half_normal, inverse_gamma, jeffreys"
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
