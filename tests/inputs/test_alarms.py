"""Checks that once failed where nothing was wrong, and failures that now say whose they are."""

import copy
import re

import numpy as np
import pytest

from helpers.nist import CERTIFIED
from helpers.runs import as_json, from_json
from mapsto import Flat, Laplace, Normal, PosteriorRegressor, Problem, Settings, run
from mapsto.certificate import Conditioning, rows_check
from mapsto.report import render
from mapsto.runs.record import whose

SETTINGS = Settings(draws=100, chains=2)


def failed(result):
    """The checks on modes and densities that fail; so few draws fail those on themselves."""
    return {check.name for check in result.certificate.checks if not check.passed and not check.name.startswith("nuts")}


@pytest.fixture(scope="module")
def nist():
    """Runs on NIST's tables under a flat prior at their certified sigma."""

    def of(name):
        (X, y), intercept, sigma, _ = CERTIFIED[name]
        return run(Problem.from_rows(X, y, noise_sd=sigma or 1.0, intercept=intercept), Flat(), SETTINGS)

    return {name: of(name) for name in ("Norris", "NoInt2", "Wampler1")}


@pytest.mark.parametrize("name", ["Norris", "NoInt2"])
def test_rows_equal_statistics_where_large_numbers_cancel(nist, name):
    """The residuals are small beside what they are the difference of."""
    assert failed(nist[name]) == set()


def test_a_changed_row_fails_all_the_same():
    """By a millionth of a response, which is far above rounding."""
    (X, y), intercept, sigma, _ = CERTIFIED["Norris"]
    from mapsto.certificate import cancelling_parts

    problem = Problem.from_rows(X, y, noise_sd=sigma, intercept=intercept)
    w, b = np.array([1.002]), -0.262
    changed = y.copy()
    changed[3] *= 1 + 1e-6
    other = Problem.from_rows(X, changed, noise_sd=sigma, intercept=intercept)
    conditioning = Conditioning(np.ones(1), 1.0, problem.rounding)
    parts = cancelling_parts(problem, w, b, sigma, problem.rounding)
    pairs = [(problem, problem), (problem, other)]
    checks = [
        rows_check(one.log_likelihood(w, b), float(of_rows(two, w, b)), conditioning, "", parts) for one, two in pairs
    ]
    assert [check.passed for check in checks] == [True, False]


def of_rows(problem, w, b):
    return problem.likelihood.log_density(problem.y, b + problem.X @ w).sum()


@pytest.mark.parametrize("value", [0.0, 1.0, 3.7])
@pytest.mark.parametrize("prior", [Normal(scale=1.0), Laplace(scale=1.0)], ids=["normal", "laplace"])
def test_constant_columns_are_stationary_at_zero(value, prior):
    """Nothing is left of parts that are all zero."""
    y = np.arange(6.0) ** 1.5
    fitted = PosteriorRegressor(prior, noise_sd=1.0, draws=100, chains=2).fit(np.full((6, 2), value), y)
    if isinstance(prior, Normal):
        assert fitted.certificate_.passed
    assert np.abs(fitted.coef_).max() < 1e-15


def test_a_wrong_engine_is_named_and_the_answer_shown_is_said_to_be_right(nist, tmp_path):
    """scikit-learn forms the products that Wampler made to be lost."""
    result = nist["Wampler1"]
    assert "stationarity-sklearn" in failed(result)
    assert "stationarity-closed_form" not in failed(result)
    record = result.record()
    words = whose(record)
    assert words.startswith("scikit-learn is wrong: its answer is not a mode")
    assert "The answer shown is that of Closed form. It is a mode, and PyMC agrees with it." in words
    page = render(record)
    assert words in page
    assert re.search("FAIL|does not hold up", page)


def without(record, *names):
    """The same record with these checks alone failing."""
    data = copy.deepcopy(as_json(record))
    for check in data["agreement"]["checks"]:
        check["passed"] = check["name"] not in names
    return from_json(data)


def test_whose_a_failure_is(nist):
    """Of the engine shown, of none, and of more than engines."""
    record = nist["Norris"].record()
    assert whose(without(record)) == ""
    assert whose(without(record, "rows-equal-statistics")) == ""
    assert "do not use it. That of scikit-learn is a mode" in whose(without(record, "stationarity-closed_form"))
    both = whose(without(record, "stationarity-sklearn", "rows-equal-statistics"))
    assert both.endswith("Other checks failed too.")
    alone = whose(without(record, "stationarity-sklearn", "same-mode-closed_form-sklearn", "same-objective"))
    assert "Other" not in alone
