"""What a point estimate hides, said of a run that has no words of its own."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from helpers.runs import three_routes
from mapsto import Laplace, Problem, Settings, run
from mapsto.rounding import gamma
from mapsto.runs.lessons.default_lesson import what_is_hidden


@cache
def sparse():
    rng = np.random.default_rng(8)
    X = rng.standard_normal((40, 3)) * [1.0, 10.0, 0.1]
    y = X @ [2.0, 0.0, 0.0] + rng.standard_normal(40)
    return run(Problem.from_rows(X, y, noise_sd=1.0), Laplace((0.05, 0.005, 0.5)), Settings(draws=500))


def test_under_a_normal_posterior_mode_mean_and_median_are_one():
    lesson = what_is_hidden(three_routes())
    assert "the mode is also its mean" in lesson.answer
    (figure,) = lesson.figures
    mean, median, mode = (np.array(series.y) for series in figure.series)
    assert mean.tolist() == median.tolist()
    conditioning = np.linalg.cond(three_routes().exact.root) ** 2
    np.testing.assert_allclose(mode, mean, atol=three_routes().problem.rounding * conditioning * np.abs(mean).max())
    # columns of that table have sd 1, so a step of one sd is a step of one unit
    np.testing.assert_allclose(mean, three_routes().exact.mean, rtol=gamma(3 * 442))


def test_exact_zeros_of_the_mode_are_in_no_draw():
    lesson = what_is_hidden(sparse())
    zeros = int((sparse().mode.coef == 0).sum())
    assert zeros
    assert f"Of its 3 coefficients, {zeros} are exactly zero" in lesson.answer
    (check,) = lesson.claims
    assert (check.name, check.passed) == ("no-draw-is-exactly-zero", True)
    planted = sparse().posterior.copy(deep=True)
    planted["posterior"]["w"][0, 0, 0] = 0.0
    (check,) = what_is_hidden(replace(sparse(), posterior=planted)).claims
    assert not check.passed


def test_names_of_columns_stand_literally():
    problem = sparse().problem
    problem = replace(problem, table=replace(problem.table, features=("price_$", r"a\b", "c")))
    lesson = what_is_hidden(replace(sparse(), problem=problem))
    assert list(lesson.figures[0].series[0].x) == [r"price_\$", r"a\\b", "c"]
    assert lesson.answer.replace(r"\$", "").count("$") % 2 == 0


def test_slopes_are_shown_for_a_step_of_one_sd():
    (figure,) = what_is_hidden(sparse()).figures
    sd = sparse().problem.X.std(axis=0)
    assert figure.series[0].y == pytest.approx(sd * sparse().summary.mean[:3], rel=gamma(3 * 40))
    assert figure.series[2].y == pytest.approx(sd * sparse().mode.coef, rel=gamma(3 * 40))


def test_without_a_posterior_that_is_what_is_said():
    assert "the posterior is improper" in what_is_hidden(replace(three_routes(), draws={})).answer
