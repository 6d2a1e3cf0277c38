"""Every plug-in that ships passes `mapsto check`: conventions, priors on sigma and engines; the rest have their files.

Priors are asked in tests/conformance, likelihoods in test_likelihoods.py.
"""

import pytest

from mapsto import BadInput
from mapsto.conventions.registry import conventions
from mapsto.engines.registry import ENGINES
from mapsto.likelihoods.noise_priors.registry import NOISE_PRIORS
from mapsto.runs.conformance import suite


def failed(kind):
    return [f"{one.name}: {one.reason}" for one in suite.check(kind) if not one.passed]


@pytest.mark.parametrize("one", conventions(), ids=lambda one: one.key)
def test_every_convention(one):
    assert failed(type(one)) == []


@pytest.mark.parametrize("name", NOISE_PRIORS.shipped())
def test_every_prior_on_sigma(name):
    assert failed(NOISE_PRIORS.shipped()[name]) == []


@pytest.mark.parametrize("name", ["closed_form", "direct", "sklearn", pytest.param("pymc", marks=pytest.mark.slow)])
def test_every_engine_that_is_always_there(name):
    assert failed(ENGINES.shipped()[name]) == []


def test_an_engine_that_is_not_installed_is_said_to_be_missing():
    kind = type(
        "Missing",
        (ENGINES.shipped()["closed_form"],),
        {"missing": classmethod(lambda cls: "pip install something")},
    )
    with pytest.raises(BadInput, match="pip install something"):
        failed(kind)
