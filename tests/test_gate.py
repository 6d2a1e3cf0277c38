"""The equality gate: our own joint density is right, and an engine that samples another posterior is refused."""

import numpy as np
import pytest
from scipy import stats

from mapsto import (
    HalfNormalNoise,
    InverseGammaNoise,
    JeffreysNoise,
    Laplace,
    Normal,
    Problem,
)
from mapsto.certificate.gate import compare
from mapsto.certificate.gate_points import gate_points
from mapsto.likelihoods import registry as likelihoods
from mapsto.posteriors.joint.density import joint_at
from mapsto.posteriors.joint.point import Constant, DensityAt, Point, learned_scales
from mapsto.priors.hierarchical_normal import HierarchicalNormal
from mapsto.priors.registry import shipped
from mapsto.rounding import UNIT_ROUNDOFF

NOISES = {
    "known": {"noise_sd": 1.3},
    "half-Normal": {"noise_sd": 1.3, "noise_prior": HalfNormalNoise(2.0)},
    "inverse gamma": {"noise_sd": 1.3, "noise_prior": InverseGammaNoise(2.0, 3.0)},
    "Jeffreys": {"noise_sd": 1.3, "noise_prior": JeffreysNoise()},
}


def rows(n=14, p=3, seed=8):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) + np.arange(p)
    return X, X @ np.linspace(1.0, -1.0, p) + 2.0 + rng.standard_normal(n)


def gaussian(noise="known", *, intercept=True, weights=None):
    X, y = rows()
    return Problem.from_rows(X, y, intercept=intercept, weights=weights, **NOISES[noise])


def of_likelihood(name):
    kind = likelihoods.shipped()[name]
    likelihood, rng = kind.examples()[0], np.random.default_rng(3)
    X = rng.standard_normal((15, 2))
    y = likelihood.simulate(X @ [0.6, -0.4], rng)
    return Problem.from_rows(X, y, likelihood=likelihood)


def moved(point, j, step):
    """The point with its j-th coordinate moved."""
    p = len(point.w)
    if j < p:
        return Point(point.w + step * (np.arange(p) == j), point.b, point.log_scales)
    name = point.names[j]
    if name == "b":
        return Point(point.w, point.b + step, point.log_scales)
    scale = name.removeprefix("log_")
    return Point(point.w, point.b, {**point.log_scales, scale: point.log_scales[scale] + step})


def gradient_by_differences(problem, prior, point, size):
    """Each derivative, and how far two step lengths differ in it with rounding over the shorter one."""
    found, allowed = [], []
    for j, name in enumerate(point.names):
        width = 1.0 if name.startswith("log_") else abs(point.w[j]) if j < len(point.w) else 1.0
        h = 1e-4 * width

        def slope(h, j=j):
            ahead, behind = (joint_at(problem, prior, moved(point, j, sign * h)).value for sign in (1, -1))
            return (ahead - behind) / (2 * h)

        one, two = slope(h), slope(2 * h)
        found.append(one)
        allowed.append(2 * abs(one - two) + 64 * UNIT_ROUNDOFF * size / h)
    return np.array(found), np.array(allowed)


def gradient_is_the_slope(problem, prior):
    for point in gate_points(problem, prior)[::4]:
        at = joint_at(problem, prior, point)
        found, allowed = gradient_by_differences(problem, prior, point, at.size)
        assert np.all(np.abs(at.gradient - found) <= allowed)
        wrong = at.gradient + 1e-3 * np.abs(at.gradient)
        assert np.any(np.abs(wrong - found) > allowed)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize(
    "prior", [Normal(0.5), Normal(0.5, 0.2, per_sigma=True), Laplace(0.7), HierarchicalNormal(1.0)]
)
def test_our_gradient_is_the_slope_of_our_density(noise, prior):
    if prior.in_units_of_sigma or noise != "Jeffreys":
        gradient_is_the_slope(gaussian(noise), prior)


@pytest.mark.parametrize("name", [name for name, kind in shipped().items() if kind.examples(3)[0].proper])
def test_so_for_every_prior(name):
    prior = shipped()[name].examples(3)[0]
    problem = gaussian(weights=np.linspace(0.5, 2.0, 14))
    if not prior.no_mode:
        gradient_is_the_slope(problem, prior.fitted_to(problem.statistics))


@pytest.mark.parametrize("name", likelihoods.shipped())
def test_so_for_every_likelihood(name):
    gradient_is_the_slope(of_likelihood(name), Normal(0.8))


def test_our_density_is_that_of_scipy_with_the_jacobians():
    problem, prior = gaussian("inverse gamma"), HierarchicalNormal(1.5)
    X, y = rows()
    for point in gate_points(problem, prior):
        sigma, s = (np.exp(point.log_scales[name]) for name in ("sigma", "w_sd"))
        parts = [
            stats.norm(point.b + X @ point.w, sigma).logpdf(y).sum(),
            stats.norm(0, s).logpdf(point.w).sum(),
            stats.halfnorm(scale=1.5).logpdf(s),
            stats.invgamma(2.0, scale=3.0).logpdf(sigma**2),
            np.log(2 * sigma) + np.log(sigma) + np.log(s),
        ]
        at = joint_at(problem, prior, point)
        assert abs(at.value - sum(parts)) <= 64 * UNIT_ROUNDOFF * (at.size + np.abs(parts).sum())
        assert point.names == ("w[0]", "w[1]", "w[2]", "b", "log_sigma", "log_w_sd")


def test_a_point_of_another_question_is_refused():
    problem, prior = gaussian("half-Normal"), Normal(0.5)
    assert learned_scales(problem, prior) == ("sigma",)
    with pytest.raises(ValueError, match="not those of this question"):
        joint_at(problem, prior, Point(np.zeros(3), 0.0))
    with pytest.raises(ValueError, match="not those of this question"):
        joint_at(problem, prior, Point(np.zeros(3), None, {"sigma": 0.0}))


def verdict(problem, prior, theirs, constants=()):
    """The gate on an engine whose density at a point is ``theirs(point)``."""
    points = gate_points(problem, prior)
    ours = [joint_at(problem, prior, point) for point in points]
    found = [DensityAt(value, gradient, constants) for value, gradient in map(theirs, points)]
    return compare("other", points, found, ours, problem.n + problem.p)


def ours(problem, prior, more=0.0):
    def at(point):
        one = joint_at(problem, prior, point)
        return one.value + more, one.gradient

    return at


def test_the_gate_passes_what_is_equal_up_to_a_constant_that_is_named():
    problem, prior = gaussian("half-Normal"), Normal(0.5)
    left_out = -0.5 * problem.n * np.log(2 * np.pi)
    named = (Constant("1/2 log 2 pi of each row", left_out, "Stan's ~ drops what no parameter moves."),)
    assert verdict(problem, prior, ours(problem, prior)).passed
    found = verdict(problem, prior, ours(problem, prior, left_out), named)
    assert found.passed
    assert found.refusal == ""
    sizes = [joint_at(problem, prior, point).size for point in gate_points(problem, prior)]
    assert abs(found.constant - left_out) <= 64 * UNIT_ROUNDOFF * max(sizes)
    unnamed = verdict(problem, prior, ours(problem, prior, left_out))
    assert [check.name for check in unnamed.checks if not check.passed] == ["gate-other-constant"]
    assert "Nothing of it is timed or compared" in unnamed.refusal
