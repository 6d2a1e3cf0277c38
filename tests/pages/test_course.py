"""The lessons as a course: each says what it is about and what to do, and what two have in common stands once."""

import ast
import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Ridge, TweedieRegressor

from helpers.runs import ROOT, three_routes
from mapsto import Laplace
from mapsto.certificate import Check
from mapsto.conventions.base import NoPrior
from mapsto.conventions.matching import matching
from mapsto.conventions.rates import Rates
from mapsto.conventions.registry import conventions
from mapsto.report import render, render_conventions, render_index
from mapsto.report.charts.thumb import thumbnail
from mapsto.report.text.glossary import WORDS, used
from mapsto.runs.lessons.discovery import find
from mapsto.runs.lessons.figure import Figure, Series

LESSONS = {experiment.name: experiment for experiment in find(ROOT / "experiments")}
JARGON = (
    "nats",
    "NUTS",
    "subdifferential",
    "backward error",
    "E-BFMI",
    "PSIS",
    "R2D2",
    "horseshoe",
    "leave-one-out",
    "GCV",
    "Jacobian",
    "Bonferroni",
    "condition number",
    "singular direction",
    "null space",
    "Pareto k",
    "divergent transitions",
    "LOO-PIT",
    "psense",
    "R-hat",
    "MCSE",
    "effective sample size",
    "empirical Bayes",
)


UNFILLED = re.compile(r"\{[^{}]*:[+,]?(\.?\d*[fge%])\}")


def unfilled(source):
    """Texts of a script that hold a number's format but are no f-string: a page would show the code."""
    return [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and UNFILLED.search(node.value)
    ]


@pytest.mark.parametrize("script", sorted((ROOT / "experiments").glob("*.py")), ids=lambda path: path.stem)
def test_no_lesson_shows_the_code_of_a_number(script):
    assert unfilled(script.read_text(encoding="utf-8")) == []


def test_a_forgotten_f_is_found():
    assert unfilled("x = 'the misfit is ' r'${value[1]:.1f}$'") == ["the misfit is ${value[1]:.1f}$"]
    assert unfilled("x = 'the misfit is ' rf'${value[1]:.1f}$'") == []


def as_lesson(**more):
    """The result of three-routes as a lesson would have it."""
    claim = Check("a-claim", 0.0, 1.0, "It is claimed.")
    result = three_routes()
    series = Series("mode", ("a", "b"), [1.0, 2.0], "points", top=[2.0, 3.0], bottom=[0.0, 1.0])
    figure = Figure("A title", "A caption.", "What it shows.", "", "y", (series,))
    certificate = replace(result.certificate, checks=(*result.certificate.checks, claim))
    given = {"order": 2, "figures": (figure,), "claims": ("a-claim",), "about": "The data.", "do": "Do it."} | more
    return replace(result, certificate=certificate, **given)


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_says_what_its_data_are_what_to_do_and_what_else_it_answers(name):
    one = LESSONS[name]
    assert "unit" in one.about or " for one " in one.about
    assert len(one.do) > 60
    assert one.also


@pytest.mark.parametrize("name", [name for name, one in LESSONS.items() if one.shares])
def test_what_is_said_to_be_shared_is_the_same(name):
    one, other = LESSONS[name], LESSONS[LESSONS[name].shares]
    mine, theirs = one.problem(), other.problem()
    assert mine.sha256 == theirs.sha256
    assert (mine.noise_sd, mine.sigma.kind, one.prior) == (theirs.noise_sd, theirs.sigma.kind, other.prior)
    assert not other.shares


def test_half_of_the_lessons_share_the_page_of_one():
    assert sum(bool(one.shares) for one in LESSONS.values()) >= 6


def test_a_lesson_that_shares_shows_its_own_and_one_link_and_its_record_holds_all():
    page = render(as_lesson(shares="three-routes").record())
    for gone in ('id="ledger"', 'id="routes"', 'id="posterior"', 'id="prior"', 'id="model"'):
        assert gone not in page
    assert page.count('href="three-routes.html"') == 1
    assert 'class="do"' in page
    assert page.index('id="figures"') < page.index('id="do"') < page.index('id="checks"')
    before, other = page.split("other checks of this run")
    assert "a-claim" in before
    assert "a-claim" not in other[: other.index('id="glossary"')]
    assert '"ledger":[{' in page
    for target in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{target}"' in page, target


def test_a_lesson_of_its_own_folds_its_audit_and_a_plain_run_does_not():
    folded, plain = render(as_lesson().record()), render(three_routes().record())
    assert '<details id="audit">' in folded
    assert folded.index("a-claim") < folded.index('<details id="audit">') < folded.index('id="ledger"')
    assert '<details id="audit">' not in plain
    assert 'id="ledger"' in plain
    for page in (folded, plain):
        for target in re.findall(r'href="#([^"]+)"', page):
            assert f'id="{target}"' in page, target


def test_a_lesson_without_claims_teaches_by_its_picture_and_its_ledger():
    page = render(as_lesson(figures=(), claims=()).record())
    places = [page.index(f'id="{part}"') for part in ("question", "picture", "ledger", "audit", "prior", "checks")]
    assert places == sorted(places)
    assert page.count('id="ledger"') == page.count('id="picture"') == 1
    for target in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{target}"' in page, target


def test_a_lesson_names_its_symbols_and_links_the_conventions_where_it_has_a_penalty():
    page = render(as_lesson().record())
    symbols = page[page.index('class="symbols"') : page.index('id="figures"')]
    assert 'href="conventions.html"' in symbols
    for symbol in ("y", "X", "w", "b", "σ", "α"):
        assert f"<var>{symbol}</var>" in symbols
    other = render(replace(as_lesson(), prior=Laplace(5.0)).record())
    assert "Laplace with scale 5" in re.sub(r"<[^>]+>", "", other[other.index('class="symbols"') :][:4000])
    assert 'class="symbols"' not in render(three_routes().record())  # no lesson, no other page to link


def test_the_index_lists_every_question_with_where_it_is_answered():
    asked = ("Why is it so?", "What of $\\alpha$?")
    page = render_index([as_lesson(also=asked, name="one").record(), three_routes().record()])
    assert page.count('<a href="one.html">') == 1 + len(asked)
    assert "Why is it so?" in page
    assert 'href="conventions.html"' in page
    assert "It is for" in page


@pytest.mark.parametrize("term", JARGON)
def test_a_term_that_a_page_uses_is_in_its_words(term):
    assert used(f"<p>Then {term} is said.</p>"), term
    assert not used("<p>Nothing of the kind.</p>")


def test_a_page_lists_the_words_it_uses_and_no_others():
    page = render(three_routes().record())
    listed = set(re.findall(r'id="means-([^"]+)"', page))
    assert set(re.findall(r'aria-describedby="means-([^"]+)"', page)) <= listed
    assert {"nuts", "rhat", "nats", "backward"} <= listed
    assert len(listed) < len(WORDS)


def test_a_thumbnail_shows_dots_and_intervals_where_the_figure_does():
    stamp = thumbnail(as_lesson().record())
    assert stamp.count("dots") == 2
    assert stamp.count("whisker") == 2
    assert "<rect" not in stamp


def settings(text, **units):
    """The numbers of a matching text at some units."""
    told = {}
    for name, formula, plain in re.findall(r"(\w+) = (?:\$([^$]+)\$|([\d.]+))", text):
        expression = formula.replace(r"\text{sd}_y", "sd_y").replace(r"\text{sd}_j", "sd_x").replace("^", "**")
        told[name] = float(plain) if plain else eval(expression.replace(r"\,", "*"), {}, units)
    return told


@pytest.mark.parametrize("convention", conventions(), ids=lambda one: one.key)
def test_what_to_set_is_the_penalty_of_ridge_with_alpha_one_for_any_n(convention):
    text = matching(convention)
    if text.startswith(("nothing", "no one")):
        assert isinstance(convention, NoPrior) or convention.likelihood != "gaussian" or not convention.l2 or text
        return
    units = {name: value for name, value in {"n": 442.0, "sd_y": 77.0}.items() if name in convention.units(n=1, sd_y=1)}
    if convention.key == "mass-lm-ridge" or "sd}_j" in text:
        units["sd_x"] = (3.0,)
    free = "free" if "free" in convention.intercepts else convention.intercepts[0]
    exact = convention.from_rates(Rates(l2=1.0, intercept=free, nonnegative=convention.nonnegative), **units)
    flat = {name: value[0] if isinstance(value, tuple) else value for name, value in units.items()}
    for name, value in settings(text, **flat).items():
        own = exact[name]
        assert value == pytest.approx(own[-1] if isinstance(own, list | tuple) else own, rel=1e-14), name


@pytest.mark.parametrize(
    ("key", "estimator"), {"sklearn.ElasticNet": ElasticNet, "sklearn.TweedieRegressor": TweedieRegressor}.items()
)
def test_what_to_set_makes_the_fit_of_ridge(key, estimator, ordinary_table):
    X, y = ordinary_table
    found = settings(matching(next(one for one in conventions() if one.name == key)), n=float(len(y)))
    more = {"power": 0} if estimator is TweedieRegressor else {}
    tight = {"tol": 1e-12, "max_iter": 100_000}
    theirs = estimator(**found | more, **tight).fit(X, y).coef_
    assert theirs == pytest.approx(Ridge(alpha=1).fit(X, y).coef_, rel=1e-6, abs=1e-6 * np.abs(theirs).max())
    doubled = estimator(**found | more | {"alpha": 2 * found["alpha"]}, **tight).fit(X, y).coef_
    assert np.abs(doubled - theirs).max() > 1e-4 * np.abs(theirs).max()  # the control


def test_the_conventions_have_the_column():
    from mapsto.conventions import conventions_rows

    page = render_conventions(conventions_rows())
    assert page.count("To match Ridge(alpha=1), set") > len(conventions())
