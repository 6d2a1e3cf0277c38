"""Every claim of every lesson holds on its own run, and falls when something of that run is made wrong."""

import json
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from helpers.reading import running_words
from helpers.runs import ROOT, three_routes
from lessons.faults import FAULTS
from mapsto import Settings
from mapsto.report import render
from mapsto.runs.lessons.discovery import find

ALL = {experiment.name: experiment for experiment in find(ROOT / "experiments")}
LESSONS = {name: experiment for name, experiment in ALL.items() if experiment.lesson}
MOST_BYTES = 480_000
MOST_WORDS = 5 * 230  # five minutes


@cache
def result(name):
    """The run without its lesson; one run serves all lessons on the data and the prior of three-routes."""
    experiment, problem, shared = ALL[name], ALL[name].problem(), three_routes()
    same = (problem.sha256, problem.noise_sd, experiment.prior) == (
        shared.problem.sha256,
        shared.problem.noise_sd,
        shared.prior,
    )
    if same and problem.noise_prior is None:
        return shared
    return replace(experiment, lesson=None).run(Settings())


@cache
def lesson(name):
    return LESSONS[name].lesson(result(name))


@cache
def page(name):
    """The page as a run of this script writes it."""
    experiment, ran, order = ALL[name], result(name), [*ALL].index(name)
    texts = {key: getattr(experiment, key) for key in ("name", "title", "question", "answer", "about", "do", "shares")}
    if experiment.lesson:
        told = lesson(name)
        texts |= {key: value for key in ("answer", "do") if (value := getattr(told, key))}
        checks = (*ran.certificate.checks, *told.claims)
        ran = replace(
            ran,
            figures=told.figures,
            claims=tuple(claim.name for claim in told.claims),
            certificate=replace(ran.certificate, checks=checks),
        )
    return render(replace(ran, order=order, **texts).record())


def failed(claims):
    return {claim.name for claim in claims if not claim.passed}


@pytest.mark.parametrize("name", LESSONS)
def test_every_claim_holds(name):
    assert lesson(name).claims
    assert failed(lesson(name).claims) == set()
    assert failed(result(name).certificate.checks) == set()
    assert not {c.name for c in lesson(name).claims} & {c.name for c in result(name).certificate.checks}


@pytest.mark.parametrize("name", ALL)
def test_every_page_is_light_and_is_read_in_five_minutes(name):
    assert len(page(name).encode()) < MOST_BYTES
    assert len(running_words(page(name))) < MOST_WORDS


def test_what_is_folded_away_or_drawn_is_not_read_and_what_a_word_means_is_not_read_twice():
    prose = '<p>One <span class="word"><button>prior</button><span class="tip">what is held</span></span> is 2.</p>'
    folded = "<details><summary>More</summary><p>not <b>this</b></p></details><svg><text>nor that</text></svg>"
    assert running_words(prose + folded + "<p>It ends.</p>") == ["One", "prior", "is", "It", "ends."]


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_shows_and_says_its_answer(name):
    assert len(lesson(name).figures) >= 2
    assert len(lesson(name).answer) > 200
    json.dumps([vars(series) for figure in lesson(name).figures for series in figure.series])  # plain numbers


@pytest.mark.parametrize("name", LESSONS)
def test_every_claim_has_a_fault_that_is_told_here_and_no_fault_is_of_a_claim_that_is_gone(name):
    assert {claim for of, claim in FAULTS if of == name} == {claim.name for claim in lesson(name).claims}


def test_no_fault_is_of_a_lesson_that_is_gone():
    assert {name for name, _ in FAULTS} == set(LESSONS)


@pytest.mark.parametrize(("name", "claim"), FAULTS)
def test_a_planted_fault_fails_at_least_its_own_claim(name, claim):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a wrong number may well leave the range of a formula
        wrong = LESSONS[name].lesson(FAULTS[name, claim](result(name)))
    (found,) = (check for check in wrong.claims if check.name == claim)
    assert not found.passed
    assert not np.isnan(found.observed)  # it fails by what it observes, not for want of a number
