"""The words of an audit hold the numbers of its prior."""

import re

import numpy as np
import pytest
from scipy import stats

from mapsto import Cauchy, ElasticNet, Flat, HalfNormal, Laplace, Normal, Problem
from mapsto.marks import plain
from mapsto.runs.audit.words import assumed


def problem(p=2):
    rng = np.random.default_rng(4)
    return Problem.from_rows(rng.standard_normal((20, p)), rng.standard_normal(20), noise_sd=3.0)


def numbers(text):
    return [float(one) for one in re.findall(r"[±\s](\d+(?:\.\d+)?(?:e[+-]?\d+)?) for 'x", text)]


@pytest.mark.parametrize(
    ("prior", "beyond"),
    [
        (Normal(2.0), [stats.norm(0, 2).isf(0.025)] * 2),
        (Normal((2.0, 5.0)), [stats.norm(0, s).isf(0.025) for s in (2, 5)]),
        (Normal(2.0, per_sigma=True), [stats.norm(0, 6).isf(0.025)] * 2),
        (Laplace((0.5, 4.0)), [stats.laplace(0, b).isf(0.025) for b in (0.5, 4)]),
        (HalfNormal(2.0), [stats.halfnorm(0, 2).isf(0.05)] * 2),
        (ElasticNet(1e6, 2.0), [stats.norm(0, 2).isf(0.025)] * 2),
    ],
    ids=str,
)
def test_the_surprise_is_that_of_the_prior(prior, beyond):
    text = plain(assumed(problem(), prior))
    assert numbers(text) == pytest.approx(beyond, rel=0.05)  # two digits are shown
    assert ("±" in text) == (prior.name != "half_normal")


def test_other_priors_are_named():
    assert assumed(problem(), Flat()) == "It assumes nothing: before the data, any slope was as likely as any other."
    assert assumed(problem(), Cauchy(1.0)).startswith("It assumes a Cauchy prior")
    assert assumed(problem(), ElasticNet(1.0, 1.0)).startswith("It assumes an elastic net prior")


def test_many_columns_are_not_all_named():
    text = plain(assumed(problem(10), Normal(2.0)))
    assert len(numbers(text)) == 8
    assert "and so on for 2 more" in text
