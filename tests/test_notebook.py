"""What problems, priors and results show in a notebook: their numbers, and nothing that a name could break out of."""

import re
from html import unescape

import numpy as np
import pytest

from helpers.runs import three_routes
from mapsto import Laplace, Normal, Poisson, Problem
from mapsto.notebook import SHOWN, Formula, shown
from mapsto.priors.registry import shipped


def rows(html):
    """The rows of a table as (name, value), without markup."""
    cells = re.findall(r"<tr><th[^>]*>(.*?)</th><td[^>]*>(.*?)</td></tr>", html)
    return {unescape(name): unescape(re.sub(r"<[^>]*>", "", value)) for name, value in cells}


def test_a_problem_shows_its_size_its_names_and_its_sigma():
    X = np.arange(12.0).reshape(6, 2) ** 2
    said = rows(Problem.from_rows(X, X[:, 0], noise_sd=2.5, features=["a", "b"], target="t")._repr_html_())
    assert said == {"rows": "6", "columns": "2: a, b", "target": "t", "sigma": "2.5, known"}
    counts = Problem.from_rows(X, [0.0, 1, 2, 0, 1, 5], likelihood=Poisson())
    assert "sigma" not in rows(counts._repr_html_())


def test_long_tables_are_cut():
    X = np.random.default_rng(1).normal(size=(4, SHOWN + 1))
    said = rows(Problem.from_rows(X, X[:, 0], noise_sd=1.0)._repr_html_())["columns"]
    assert said.endswith(f"x{SHOWN - 1}, …")


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_prior_shows_its_parameters_and_formulas(name):
    prior = shipped()[name].examples(3)[0]
    html = prior._repr_html_()
    assert html.count("<math") == 2
    assert "<code>" not in html  # its mathematics can be read
    assert html.startswith(f"<table><caption>{prior.label} prior</caption>")


def test_a_prior_shows_the_values_it_holds():
    assert rows(Laplace(scale=0.25)._repr_html_())["scale"] == "0.25"


def test_a_result_shows_its_verdict_and_its_numbers():
    result = three_routes()
    html = result._repr_html_()
    assert "<caption>three-routes: certified</caption>" in html
    said = rows(html)
    assert list(said) == list(result.problem.features)
    for name, mode, mean, sd in zip(said, result.mode.coef, result.exact.mean, result.exact.sd, strict=True):
        assert said[name] == f"mode {mode:.4g} posterior {mean:.4g} ± {sd:.4g}"


def test_names_are_escaped():
    X = np.arange(12.0).reshape(6, 2) ** 2
    name = "<script>alert('x')</script>"
    html = Problem.from_rows(X, X[:, 0], noise_sd=1.0, features=[name, "b"], target="<b>")._repr_html_()
    assert "<script" not in html
    assert "<b>" not in html
    assert rows(html)["columns"] == f"2: {name}, b"


def test_mathematics_that_cannot_be_read_is_shown_as_it_was_written():
    assert rows(shown("x", [("density", Formula(r"\frac{1"))]))["density"] == r"\frac{1"


@pytest.mark.parametrize("rng", [7, [1, 2], np.random.SeedSequence(7), np.random.PCG64(7)])
def test_draws_take_whatever_makes_a_generator(rng):
    exact = three_routes().exact
    again = np.random.SeedSequence(7) if isinstance(rng, np.random.SeedSequence) else rng
    first = exact.draws(3, np.random.default_rng(np.random.PCG64(7) if isinstance(rng, np.random.PCG64) else again))
    for one, other in zip(first, exact.draws(3, rng), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_generator_is_used_and_moved_on():
    rng, exact = np.random.default_rng(1), three_routes().exact
    first, second = exact.draws(3, rng)[0], exact.draws(3, rng)[0]
    assert not np.array_equal(first, second)


def test_a_prior_with_another_scale_looks_another_way():
    assert Normal(scale=1.0)._repr_html_() != Normal(scale=2.0)._repr_html_()
