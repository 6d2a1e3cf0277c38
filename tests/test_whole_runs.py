"""Priors of other shapes through a whole run: on a table of patients, and on one with twice as many columns as rows."""

import numpy as np
import pytest

from mapsto import (
    AsymmetricLaplace,
    Estimate,
    GeneralizedNormal,
    GPrior,
    GroupLaplace,
    Laplace,
    MultivariateNormal,
    Problem,
    Settings,
    SpikeAndSlabNormal,
    diabetes,
    run,
)
from mapsto.report import render

pytestmark = pytest.mark.slow

GROUPS = (0, 0, 1, 1, 1, 1, 2, 2, 3, 3)
ON_PATIENTS = [
    AsymmetricLaplace(20.0, 5.0),
    GeneralizedNormal(20.0, 1.0),
    GeneralizedNormal(20.0, 1.2),
    GeneralizedNormal(20.0, 1.5),
    GeneralizedNormal(20.0, 3.0),
    SpikeAndSlabNormal(2.0, 20.0),
    GroupLaplace(GROUPS, 10.0),
    GPrior(442.0),
    Laplace(0.2, per_sigma=True),
    MultivariateNormal((0.0,) * 10, (0.04 * np.eye(10)).tolist(), per_sigma=True),
]
ON_WIDE = [
    AsymmetricLaplace(0.5, 0.2),
    GeneralizedNormal(0.5, 1.0),
    GeneralizedNormal(0.5, 1.5),
    GeneralizedNormal(0.5, 3.0),
    SpikeAndSlabNormal(0.3, 2.0),
    GroupLaplace(tuple(j // 4 for j in range(40)), 0.5),
    Laplace(1.0, per_sigma=True),
]


def wide():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((20, 40))
    return Problem.from_rows(X, X[:, :4] @ [2.0, -1.5, 1.0, 3.0] + 0.5 * rng.standard_normal(20), noise_sd=0.5)


def certified(problem, prior):
    result = run(problem, prior, settings=Settings(draws=2_000, chains=4))
    assert result.certificate.passed, [check for check in result.certificate.checks if not check.passed]
    found = {name for name, outcome in result.modes.items() if isinstance(outcome, Estimate)}
    assert {"pymc", "direct"} <= found or {"closed_form", "pymc"} <= found
    assert prior.label in render(result.record())
    return result


@pytest.mark.parametrize("prior", ON_PATIENTS, ids=repr)
def test_on_patients(prior):
    certified(diabetes(noise_sd="auto"), prior)


@pytest.mark.parametrize("prior", ON_WIDE, ids=repr)
def test_with_twice_as_many_columns_as_rows(prior):
    result = certified(wide(), prior)
    if prior.kinked:
        zeros = [frozenset(np.flatnonzero(one.coef == 0)) for one in result.modes.values() if isinstance(one, Estimate)]
        assert len(set(zeros)) == 1
        assert 0 < len(zeros[0]) < 40
