"""Every prior alone: its density, its penalty, its slope, and PyMC's word for it."""

import inspect

import numpy as np
import pytest

import mapsto
import mapsto.priors
from conformance import checks
from conformance.places import points, raw_points
from mapsto.errors import BadInput
from mapsto.priors import Prior, ScaleMixture
from mapsto.priors.registry import shipped
from mapsto.rounding import gamma

EXAMPLES = checks.every_example()
every_example = pytest.mark.parametrize("example", EXAMPLES, ids=repr)
every_mixture = pytest.mark.parametrize("example", [e for e in EXAMPLES if e.kind.no_mode], ids=repr)
with_a_penalty = pytest.mark.parametrize("example", [e for e in EXAMPLES if not e.kind.no_mode], ids=repr)


def test_every_prior_with_a_file_is_public():
    public = [kind for _, kind in inspect.getmembers(mapsto.priors, inspect.isclass)]
    concrete = {kind for kind in public if issubclass(kind, Prior) and not inspect.isabstract(kind)}
    assert concrete == set(shipped().values()) == {example.kind for example in EXAMPLES}
    assert all(getattr(mapsto, kind.__name__) is kind for kind in concrete)
    assert {"normal", "laplace", "flat", "half_normal", "regularized_horseshoe"} <= set(shipped())  # they were found


@pytest.mark.parametrize("kind", shipped().values(), ids=lambda kind: kind.name)
def test_a_prior_describes_itself(kind):
    for p in (1, 3):
        examples = kind.examples(p)
        assert len(set(examples)) >= min(2, 1 + len(examples[0].params))  # without parameters there is one
        assert all(type(example) is kind for example in examples)
        for example in examples:
            example.check(p)
    texts = (kind.name, kind.formula, kind.penalty_formula, kind.constant_formula, kind.reference, kind.paragraph)
    assert all(text.strip() for text in texts)
    assert issubclass(kind, ScaleMixture) == bool(kind.no_mode)  # without a mode it has learned scales, and only then


@every_example
def test_the_parameters_are_enough_to_make_it_again(example):
    prior = example(3)
    assert example.kind(**prior.params) == prior


@every_example
def test_a_parameter_for_each_slope_has_to_have_as_many(example):
    prior = example(3)
    if not any(isinstance(value, tuple) for value in prior.params.values()):
        prior.check(4)
        return
    with pytest.raises(BadInput, match=f"the {prior.name} prior has 3 numbers in '.*' and the table 4 columns"):
        prior.check(4)


@with_a_penalty
@pytest.mark.parametrize("p", [1, 3])
def test_the_penalty_is_minus_the_log_density(example, p):
    checks.penalty_is_minus_log_density(example(p), p)


@every_example
def test_the_density_integrates_to_one(example):
    p = 1 if example.kind.no_mode else 2
    checks.density_integrates_to_one(example(p), p)


@every_example
def test_the_density_is_pymcs(example):
    checks.density_is_pymcs(example(3))


@with_a_penalty
@pytest.mark.parametrize("p", [1, 3])
def test_the_expression_is_the_density(example, p):
    checks.expression_is_the_density(example(p), p)


@with_a_penalty
@pytest.mark.parametrize("p", [1, 3])
def test_the_mean_and_the_root_give_the_density(example, p):
    checks.gaussian_is_the_density(example(p), p)


@with_a_penalty
def test_the_curvature_is_that_of_the_slope(example):
    checks.curvature_is_the_slopes(example(3))


@with_a_penalty
def test_lengths_are_lengths(example):
    checks.lengths_are_lengths(example(3))


@with_a_penalty
def test_stationarity_is_the_slope_of_the_penalty(example):
    checks.stationarity_is_the_slope(example(3))


@with_a_penalty
def test_stationarity_at_zero_is_the_distance_to_the_subdifferential(example):
    checks.stationarity_holds_kinks(example(3))


@with_a_penalty
def test_it_is_convex_and_kinked_as_it_says(example):
    checks.is_labelled_right(example(3))


@with_a_penalty
def test_the_slope_read_off_the_stationarity_has_the_right_sign(example):
    prior = example(3)
    for w in points(prior)[1:]:
        slope = prior.slope(w)
        size = np.abs(slope) + prior.stationarity(w, np.zeros(3))
        assert (prior.stationarity(w, -slope) <= gamma(checks.OPERATIONS) * size).all()
        if slope.any():
            assert (prior.stationarity(w, slope) > gamma(checks.OPERATIONS) * size).any()


@with_a_penalty
def test_a_slope_alone_has_the_marginal_density(example):
    """Where slopes are independent their densities multiply; a Normal prior keeps mean and sd where they are not."""
    prior = example(3)
    if prior.separable:
        one_left_out = []
        for w in points(prior):
            each = [prior.marginal(j, 3).log_density(w[j : j + 1]) for j in range(3)]
            size = np.abs(each).sum() + prior.penalty(w) + 3
            tolerance = gamma(checks.OPERATIONS * 3) * size
            assert abs(prior.log_density(w) - sum(each)) <= tolerance
            one_left_out.append(abs(prior.log_density(w) - sum(each[1:])) > tolerance)
        assert any(one_left_out) == prior.proper  # control
        return
    if (normal := prior.gaussian(3)) is None:
        return
    C, m = normal.matrix @ normal.matrix.T, normal.mean
    for j in range(3):
        one, w = prior.marginal(j, 3), np.array([m[j] + 1.3])
        expected = -0.5 * 1.3**2 / C[j, j] - 0.5 * np.log(2 * np.pi * C[j, j])
        assert abs(one.log_density(w) - expected) <= gamma(checks.OPERATIONS) * (abs(expected) + abs(w[0]) / C[j, j])


def test_an_improper_prior_and_one_with_an_edge_are_known_for_what_they_are():
    """That no other is, each prior's own checks say: the integral, and where density, penalty and slope end."""
    there = shipped()
    assert not there["flat"].proper
    assert there["normal"].proper
    one = there["half_normal"].examples(2)[0]
    assert not all(np.isfinite(one.log_density(w)) for w in raw_points(one, 2))
    assert all(np.isfinite(one.log_density(w)) for w in points(one, 2))


# --- scale mixtures


@every_mixture
def test_the_scales_are_pymcs(example):
    checks.scales_are_pymcs(example(2))


@every_mixture
@pytest.mark.parametrize("p", [1, 3])
def test_the_density_is_the_average_over_the_scales(example, p):
    checks.density_is_the_average(example(p), p)


@every_mixture
def test_without_a_mode_every_route_refuses_with_the_reason(example, tables):
    checks.has_no_mode_and_says_so(checks.rows(tables["tall"]), example(4))


@every_mixture
def test_scales_follow_from_the_generator(example):
    prior = example(3)
    first, again, other = (prior.scales(5, 3, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert (first != other).any()


@every_mixture
def test_one_slope_of_many_has_the_scales_of_any_of_them(example):
    """The marginal of one slope is an average over what p slopes leave to one, and not the prior of a single slope."""
    prior, w = example(3), np.array([0.7])
    s = prior.scales(200_000, 3, np.random.default_rng(6))[:, 2]
    heights = np.exp(-0.5 * (w / s) ** 2) / s / np.sqrt(2 * np.pi)
    error = 6.5 * np.sqrt(11) * heights.std() / np.sqrt(len(s))  # of this average, and of one over a tenth as many
    assert abs(np.exp(prior.marginal(0, 3).log_density(w)) - heights.mean()) <= error
    if prior.name == "r2d2":  # control: alone, a slope would take all of the share
        assert abs(np.exp(prior.log_density(w)) - heights.mean()) > error
