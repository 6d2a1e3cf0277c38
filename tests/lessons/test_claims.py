"""Every claim of every lesson holds on its own run, and falls when something of that run is made wrong."""

import json
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from helpers.runs import ROOT, three_routes
from lessons.faults import FAULTS
from mapsto import Settings
from mapsto.runs.lessons.discovery import find

LESSONS = {experiment.name: experiment for experiment in find(ROOT / "experiments") if experiment.lesson}


@cache
def result(name):
    """The run without its lesson; one run serves all lessons on the data and the prior of three-routes."""
    experiment, problem, shared = LESSONS[name], LESSONS[name].problem(), three_routes()
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


def failed(claims):
    return {claim.name for claim in claims if not claim.passed}


@pytest.mark.parametrize("name", LESSONS)
def test_every_claim_holds(name):
    assert lesson(name).claims
    assert failed(lesson(name).claims) == set()
    assert failed(result(name).certificate.checks) == set()
    assert not {c.name for c in lesson(name).claims} & {c.name for c in result(name).certificate.checks}


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
