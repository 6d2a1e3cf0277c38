"""What is drawn from a prior has its distribution, which SciPy knows."""

import math

import numpy as np
import pytest
from scipy import stats

from mapsto import HalfNormalNoise, InverseGammaNoise
from mapsto.likelihoods.noise_priors.half_cauchy import HalfCauchyNoise
from mapsto.likelihoods.noise_priors.jeffreys import JeffreysNoise
from mapsto.outcome import Unsupported
from mapsto.priors import Cauchy, Flat, GeneralizedNormal, GroupLaplace, HalfNormal, Laplace, Logistic, StudentT
from mapsto.runs.calibration.prior_draws import noise_sds, slopes

SIZE = 4_000
ALLOWED = 1e-4  # the p-value of a Kolmogorov-Smirnov test, of seeded draws


def rng():
    return np.random.default_rng(8)


def gennorm(prior, power):
    """SciPy's distribution with the prior's own height at zero."""
    height = math.exp(prior.log_density(np.zeros(1)))
    return stats.gennorm(power, scale=power / (2 * math.gamma(1 / power) * height))


@pytest.mark.parametrize(
    ("prior", "of_each"),
    [
        (Laplace(0.5), stats.laplace(scale=0.5)),
        (Cauchy(3.0), stats.cauchy(scale=3.0)),
        (StudentT(scale=2.0, df=2.5), stats.t(2.5, scale=2.0)),
        (Logistic(20.0), stats.logistic(scale=20.0)),
        (HalfNormal(0.5), stats.halfnorm(scale=0.5)),
        (GeneralizedNormal(scale=2.0, power=3.0), gennorm(GeneralizedNormal(scale=2.0, power=3.0), 3.0)),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_slopes_have_their_distribution(prior, of_each):
    drawn = slopes(prior, 2, SIZE, rng())
    for column in drawn.T:
        assert stats.kstest(column, of_each.cdf).pvalue > ALLOWED
    assert stats.kstest(1.3 * drawn[:, 0], of_each.cdf).pvalue < ALLOWED  # a control
    assert abs(stats.spearmanr(*drawn.T).statistic) < 4 / math.sqrt(SIZE)


def test_groups_have_the_length_of_a_gamma_and_any_direction():
    drawn = slopes(GroupLaplace(group=(0, 0, 1), scale=0.5), 3, SIZE, rng())
    lengths, angle = np.linalg.norm(drawn[:, :2], axis=1), np.arctan2(drawn[:, 1], drawn[:, 0])
    assert stats.kstest(lengths, stats.gamma(2, scale=0.5).cdf).pvalue > ALLOWED
    assert stats.kstest(angle, stats.uniform(-math.pi, 2 * math.pi).cdf).pvalue > ALLOWED
    assert stats.kstest(drawn[:, 2], stats.laplace(scale=0.5).cdf).pvalue > ALLOWED


@pytest.mark.parametrize(
    ("prior", "of_it"),
    [
        (HalfNormalNoise(3.0), stats.halfnorm(scale=3.0)),
        (HalfCauchyNoise(0.5), stats.halfcauchy(scale=0.5)),
    ],
)
def test_sigma_has_its_distribution(prior, of_it):
    assert stats.kstest(noise_sds(prior, SIZE, rng()), of_it.cdf).pvalue > ALLOWED


def test_a_variance_has_its_distribution():
    drawn = noise_sds(InverseGammaNoise(shape=3.0, scale=2.0), SIZE, rng()) ** 2
    assert stats.kstest(drawn, stats.invgamma(3.0, scale=2.0).cdf).pvalue > ALLOWED


def test_nothing_is_drawn_from_what_has_no_integral():
    assert isinstance(slopes(Flat(), 2, 5, rng()), Unsupported)
    assert isinstance(noise_sds(JeffreysNoise(), 5, rng()), Unsupported)
