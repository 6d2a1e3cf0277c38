"""Every prior alone: its density, its penalty, its slope, and PyMC's word for it."""

import inspect

import numpy as np
import pytest

import mapsto.priors
from conformance import checks

EXAMPLES = checks.every_example()
every_example = pytest.mark.parametrize("prior", EXAMPLES, ids=repr)


def test_the_priors_are_found():
    assert any(prior.name == "normal" for prior in EXAMPLES)
    public = {kind for kind in vars(mapsto.priors).values() if inspect.isclass(kind) and hasattr(kind, "examples")}
    concrete = {kind for kind in public if not inspect.isabstract(kind)}
    assert concrete == {type(prior) for prior in EXAMPLES}  # each file is exported, and each export has a file


@pytest.mark.parametrize("kind", {type(prior): None for prior in EXAMPLES}, ids=lambda kind: kind.__name__)
def test_a_prior_describes_itself(kind):
    examples = kind.examples()
    assert len(set(examples)) >= 2
    assert all(isinstance(example, kind) for example in examples)
    assert all(text.strip() for text in (kind.name, kind.formula, kind.penalty_formula, kind.reference))
    assert len({prior.name for prior in EXAMPLES}) == len({type(prior) for prior in EXAMPLES})


@every_example
def test_the_parameters_are_enough_to_make_it_again(prior):
    assert type(prior)(**prior.params) == prior


@every_example
def test_the_penalty_is_minus_the_log_density(prior):
    checks.penalty_is_minus_log_density(prior)


@every_example
def test_the_density_integrates_to_one(prior):
    checks.density_integrates_to_one(prior)


@every_example
def test_the_density_is_pymcs(prior):
    checks.density_is_pymcs(prior)


@every_example
def test_stationarity_is_the_slope_of_the_penalty(prior):
    checks.stationarity_is_the_slope(prior)


@every_example
def test_a_density_of_several_slopes_is_the_sum_of_each(prior):
    for w in checks.points(prior):
        each = [prior.log_density(w[j : j + 1]) for j in range(len(w))]
        tolerance = checks.gamma(checks.OPERATIONS * len(w)) * (np.abs(each).sum() + prior.penalty(w) + len(w))
        assert abs(prior.log_density(w) - sum(each)) <= tolerance
        assert abs(prior.log_density(w) - sum(each[1:])) > tolerance
