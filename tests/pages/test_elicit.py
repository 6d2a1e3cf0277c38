"""From a belief to a penalty and back: each library's number is that of the prior, and so is the page's."""

import json
import math
import re

import numpy as np
import pytest
from scipy.stats import laplace, norm
from sklearn.linear_model import ElasticNet, Lasso, Ridge

from mapsto import BadInput, Laplace, Normal, Problem, elicit, exact_posterior, prior_of, run
from mapsto.report.elicited import render_elicited
from mapsto.runs.recording.elicited import elicited_record


@pytest.fixture
def problem():
    rng = np.random.default_rng(4)
    X = rng.standard_normal((60, 3)) * [1.0, 5.0, 0.2]
    return Problem.from_rows(X, 3.0 + X @ [1.0, -0.4, 2.0] + rng.standard_normal(60), noise_sd=1.0)


@pytest.mark.parametrize("prob", [0.05, 0.3])
def test_the_prior_leaves_the_probability_beyond_the_bound(problem, prob):
    for family, tail in (("normal", norm.sf), ("laplace", laplace.sf)):
        found = elicit(problem, 2.0, prob, family=family)
        assert 2 * tail(2.0, scale=found.scale) == pytest.approx(prob, rel=1e-13)
        assert found.prior == (Normal if family == "normal" else Laplace)(scale=found.scale)


def test_ridges_alpha_is_read_back_as_the_belief(problem):
    found = elicit(problem, 2.0)
    assert found.alpha == found.settings["sklearn.Ridge"]["alpha"]
    back = prior_of("sklearn.Ridge", alpha=found.alpha, p=3).scale(problem.noise_sd)
    assert back == pytest.approx(found.scale, rel=1e-14)


def test_each_setting_makes_the_fit_of_the_prior(problem):
    X, y = problem.X, problem.y
    for family, kinds in (("normal", (Ridge, ElasticNet)), ("laplace", (Lasso, ElasticNet))):
        found = elicit(problem, 2.0, family=family)
        normal = family == "normal"
        mode = (
            exact_posterior(problem, found.prior).mean
            if normal
            else run(problem, found.prior, engines=["direct"]).mode.coef
        )
        for kind in kinds:
            tight = {"tol": 1e-14} | ({} if kind is Ridge else {"max_iter": 100_000})
            own = found.settings[f"sklearn.{kind.__name__}"]
            assert kind(**own, **tight).fit(X, y).coef_ == pytest.approx(mode, rel=1e-7, abs=1e-9)
            doubled = kind(**own | {"alpha": 2 * own["alpha"]}, **tight).fit(X, y).coef_
            assert np.abs(doubled / mode - 1).max() > 1e-4  # the control


def test_a_belief_per_sd_is_a_belief_about_standardised_columns(problem):
    X = problem.X
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    standard = Problem.from_rows(Z, problem.y, noise_sd=1.0)
    one, other = elicit(problem, 2.0, per_sd=True), elicit(standard, 2.0)
    assert one.alpha == other.alpha
    assert one.degrees_of_freedom == pytest.approx(other.degrees_of_freedom, rel=1e-12)
    assert one.reach == pytest.approx(other.reach, rel=1e-12)
    assert elicit(problem, 2.0).degrees_of_freedom != pytest.approx(one.degrees_of_freedom, rel=1e-3)


def test_degrees_of_freedom_are_the_trace_of_the_hat_matrix(problem):
    found, X = elicit(problem, 2.0), problem.X - problem.X.mean(axis=0)
    hat = X @ np.linalg.solve(X.T @ X + found.alpha * np.eye(3), X.T)
    assert found.degrees_of_freedom == pytest.approx(np.trace(hat), rel=1e-12)


@pytest.mark.parametrize("family", ["normal", "laplace"])
def test_the_fitted_values_that_the_prior_expects_are_those_of_its_draws(problem, family):
    found = elicit(problem, 2.0, family=family)
    rng, X = np.random.default_rng(9), problem.X - problem.X.mean(axis=0)
    draw = rng.standard_normal if family == "normal" else lambda size: rng.laplace(size=size)
    fitted = np.abs(found.scale * draw((4000, 3)) @ X.T)
    for reach, share in zip(found.reach, (0.5, 0.95), strict=True):
        inside = (fitted <= reach).mean(axis=1)  # rows of one draw go together: the draws are what is independent
        error = inside.std() / math.sqrt(len(inside)) + (0 if family == "normal" else inside.std() / math.sqrt(2000))
        assert abs(inside.mean() - share) < 5 * error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"beyond": 0}, "beyond"),
        ({"beyond": 2, "prob": 1.0}, "prob"),
        ({"beyond": 2, "prob": True}, "prob"),
        ({"beyond": 2, "family": "cauchy"}, "family"),
    ],
)
def test_numbers_out_of_range_are_refused(problem, arguments, words):
    with pytest.raises(BadInput, match=words):
        elicit(problem, **arguments)


def test_the_page_is_whole_and_its_numbers_are_those_of_the_belief(problem):
    found = elicit(problem, 2.0)
    page = render_elicited(elicited_record(found, problem, "mapsto elicit houses.csv --target=price"))
    data = json.loads(re.search(r'<script id="record"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert data["alpha"] == found.alpha
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "mapsto elicit houses.csv" in page
    moved = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="why"><code>.*?data-start="([^"]+)"', page))
    assert set(moved) == set(found.settings)
    assert float(moved["sklearn.Ridge"]) == found.alpha


@pytest.mark.parametrize("family", ["normal", "laplace"])
def test_what_the_slider_multiplies_by_is_what_another_belief_gives(problem, family):
    one, other = (elicited_record(elicit(problem, q, family=family), problem) for q in (2.0, 6.0))
    assert [row.value * 3.0**row.power for row in one.settings] == pytest.approx(
        [row.value for row in other.settings], rel=1e-12
    )
    assert [3 * reach for reach in one.reach] == pytest.approx(other.reach, rel=1e-9)


def test_the_command_says_and_writes_it(cli, tmp_path):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((30, 2))
    rows = np.column_stack([X, X @ [1.0, 2.0] + rng.standard_normal(30)])
    table = tmp_path / "houses.csv"
    table.write_text("a,b,price\n" + "\n".join(",".join(map(repr, row)) for row in rows.tolist()), encoding="utf-8")
    status, out, error = cli("elicit", table, "--target", "price", "--beyond", "2", "--out", tmp_path / "out")
    assert (status, error) == (0, "")
    assert "sklearn.Ridge" in out
    assert "of 2 slopes" in out
    assert "From a belief to a penalty" in (tmp_path / "out" / "elicit.html").read_text(encoding="utf-8")
    status, _, error = cli("elicit", table, "--target", "price", "--beyond", "-2", "--out", tmp_path / "none")
    assert status == 2
    assert "beyond" in error
    assert not (tmp_path / "none").exists()
