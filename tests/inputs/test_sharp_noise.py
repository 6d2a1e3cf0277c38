"""A prior on sigma that is the difference of huge terms: rounding relative to them is no other model."""

import numpy as np
import pytest

from mapsto import InverseGammaNoise, Normal, Problem, Settings, run
from mapsto.certificate import Conditioning, parts_of_noise_prior, rows_check
from mapsto.engines.question import Question

ROWS = "rows-equal-statistics"


@pytest.fixture(scope="module")
def rows():
    X = np.random.default_rng(1).standard_normal((20, 2))
    return X, X @ [1.0, 0.1] + np.random.default_rng(2).standard_normal(20)


@pytest.mark.parametrize("size", [1e10, 1e12])
def test_huge_parameters_are_no_false_alarm(rows, size):
    problem = Problem.from_rows(*rows, noise_sd=1.0, noise_prior=InverseGammaNoise(shape=size, scale=size))
    told = run(problem, Normal(1.0), Settings(draws=10, chains=2), engines=["pymc"])
    (check,) = (one for one in told.certificate.checks if one.name == ROWS)
    assert check.passed


def test_a_usual_prior_hides_nothing(rows):
    """A difference of a billionth of a nat fails under parameters of a usual size."""
    problem = Problem.from_rows(*rows, noise_sd=1.0, noise_prior=InverseGammaNoise(shape=3.0, scale=2.0))
    conditioning = Conditioning.of(problem.with_noise_prior(None), Normal(1.0), Question(problem, Normal(1.0)).gaussian)
    parts = parts_of_noise_prior(problem.noise_prior, 1.0)
    assert parts < 20
    assert not rows_check(-30.0, -30.0 + 1e-9, conditioning, "", parts).passed
    assert rows_check(-30.0, -30.0 + 1e-9, conditioning, "", 1e10).passed
