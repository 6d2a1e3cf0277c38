"""Each fault of a posterior, and that the ranks show it with the usual number of replicates; the right one passes."""

from dataclasses import replace

import numpy as np
import pytest

from mapsto import Flat, HalfNormalNoise, Normal
from mapsto.certificate.calibration.ranks import DRAWS, Uniformity
from mapsto.engines.question import Question
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.sigma import Known
from mapsto.posteriors.quadrature import MixturePosterior
from mapsto.runs.calibration import methods, sklearn
from mapsto.runs.calibration.replicate import replicate
from mapsto.runs.calibration.run import LEVEL, REPLICATES
from mapsto.runs.calibration.truths import truths

ALLOWED = LEVEL / 400  # of one line, on the page of all methods without a sampler
PRIOR, LIKELIHOOD = Normal(0.5), Gaussian(Known(0.7))


def judged(method, noise=None, seed=1, own=None):
    """What the ranks of each quantity say."""
    rng = np.random.default_rng(seed)
    drawn = truths(PRIOR, LIKELIHOOD, noise, REPLICATES, rng) if own is None else (own(rng) for _ in range(REPLICATES))
    ranked = [replicate(truth, method, rng) for truth in drawn]
    assert len(ranked) == REPLICATES
    return {name: Uniformity.of(np.array([one[name] for one in ranked])) for name in ranked[0]}


def flagged(found):
    return {name for name, one in found.items() if one.p_value <= ALLOWED}


def under(scale):
    """The exact posterior under another scale of the prior."""

    def method(truth, rng):
        return methods.exact(replace(truth, prior=Normal(scale)), rng)

    return method


def without_the_intercepts_variance(truth, rng):
    drawn = methods.exact(truth, rng)
    s = truth.problem.statistics
    return replace(drawn, intercept=s.y_mean - drawn.slopes @ s.x_mean)


def without_the_jacobian(truth, rng):
    """The integral over log sigma whose nodes are weighted as if it were over sigma."""
    posterior = Question(truth.problem, truth.prior).exact
    assert isinstance(posterior, MixturePosterior)
    weights = posterior.weights / posterior.scales["sigma"]
    return methods.of_exact(replace(posterior, weights=weights / weights.sum()), truth, rng)


def stuck(truth, rng):
    """A chain that never leaves its first draw."""
    drawn = methods.exact(truth, rng)
    return replace(drawn, slopes=np.tile(drawn.slopes[0], (DRAWS, 1)), intercept=np.full(DRAWS, drawn.intercept[0]))


FAULTS = {
    "sigma_w 1.5 times too large": (under(0.75), None, {"length of the slopes"}),
    "sigma_w 1.5 times too small": (under(0.5 / 1.5), None, {"length of the slopes"}),
    "alpha n times too large": (under(0.5 / np.sqrt(6)), None, {"slope of x0", "slope of x1"}),
    "the intercept's variance dropped": (without_the_intercepts_variance, None, {"mean response, new row"}),
    "a Jacobian left out": (without_the_jacobian, HalfNormalNoise(1.0), {"sigma"}),
    "a stuck chain": (stuck, None, {"slope of x0", "slope of x1", "mean response, new row"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_flagged(fault):
    method, noise, shown = FAULTS[fault]
    assert shown <= flagged(judged(method, noise))


def test_the_exact_posterior_is_not_flagged():
    assert flagged(judged(methods.exact)) == set()
    assert flagged(judged(methods.exact, HalfNormalNoise(1.0))) == set()


def test_the_exact_posterior_under_a_flat_prior_is_not_flagged_and_one_too_wide_is():
    def flat(rng):
        return next(truths(Flat(), LIKELIHOOD, None, 1, rng))

    assert flagged(judged(methods.exact, own=flat)) == set()

    def too_wide(truth, rng):
        drawn = methods.exact(truth, rng)
        middle = drawn.slopes.mean(axis=0)
        return replace(drawn, slopes=middle + 1.5 * (drawn.slopes - middle))

    assert flagged(judged(too_wide, own=flat))  # control


def test_bayesian_ridge_is_flagged_for_its_intercept():
    """With the variance of the intercept added more of its intervals hold the mean response; not yet as many as should.

    What is left is that it takes both of its scales for known once they are estimated.
    """
    found = judged(sklearn.bayesian_ridge, own=sklearn.truth)
    mended = judged(sklearn.with_the_intercept, own=sklearn.truth)
    name = "mean response, new row"
    assert name in flagged(found)
    assert "length of the slopes" in flagged(found) & flagged(mended)
    assert found[name].p_value < 1e-3 * mended[name].p_value
    assert all(less < more for less, more in zip(found[name].coverage, mended[name].coverage, strict=True))
