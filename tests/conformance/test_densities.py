"""Every prior alone: its density, its penalty, its slope, and PyMC's word for it."""

import inspect

import numpy as np
import pytest

import mapsto.priors
from conformance import checks
from mapsto.priors import Prior
from mapsto.rounding import gamma

EXAMPLES = checks.every_example()
every_example = pytest.mark.parametrize("prior", EXAMPLES, ids=repr)


def test_the_priors_are_found():
    assert any(prior.name == "normal" for prior in EXAMPLES)
    public = [kind for _, kind in inspect.getmembers(mapsto.priors, inspect.isclass)]
    concrete = {kind for kind in public if issubclass(kind, Prior) and not inspect.isabstract(kind)}
    assert concrete == {type(prior) for prior in EXAMPLES}  # every file is exported, every export has a file


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
        size = np.abs(each).sum() + prior.penalty(w) + len(w)
        tolerance = gamma(checks.OPERATIONS * len(w)) * size
        assert abs(prior.log_density(w) - sum(each)) <= tolerance
        assert abs(prior.log_density(w) - sum(each[1:])) > tolerance
