"""Engines on one posterior: what the gate refuses, what is kept, and what is said of a wrong reference."""

import json
import math
from dataclasses import replace
from functools import cache

import jsonschema
import msgspec
import numpy as np
import pytest

from compared import engines
from helpers.runs import ROOT
from mapsto import (
    BadInput,
    Bernoulli,
    HalfNormalNoise,
    HierarchicalNormal,
    InverseGammaNoise,
    Normal,
    Problem,
    Settings,
)
from mapsto.engines.question import Question
from mapsto.engines.registry import engines as all_engines
from mapsto.posteriors.joint.density import joint_at
from mapsto.posteriors.joint.point import Point
from mapsto.rounding import gamma
from mapsto.runs.comparison.checks import checks_of, verdict
from mapsto.runs.comparison.compare import Plan, compare
from mapsto.runs.comparison.measure import measure, within
from mapsto.runs.comparison.recording import comparison_record
from mapsto.runs.comparison.reference import exact_reference
from mapsto.runs.comparison.subject import Subject
from mapsto.runs.comparison.work import Here, Sampled, parameters
from mapsto.runs.record.comparison import ComparisonRecord, comparison_schema

REPEATS = 3
PLAN = Plan(Settings(draws=600, chains=4), REPEATS)


def subject(noise=None, prior=None):
    rng = np.random.default_rng(11)
    X = rng.standard_normal((40, 3))
    y = 1.0 + X @ [1.0, 0.0, -0.5] + 0.7 * rng.standard_normal(40)
    problem = Problem.from_rows(X, y, noise_sd=0.7, noise_prior=noise, features=["a", "b", "c"])
    return Subject("small", "A small one", problem, prior or Normal(scale=2.0))


def run(*kinds, plan=PLAN):
    by_name = {kind.name: kind for kind in kinds}
    return compare(subject(), by_name, Here(subject().question(), by_name), plan)


@cache
def good():
    return run(engines.Right, engines.Twin)


def failed(found):
    return {check.name for check in checks_of(found) if not check.passed}


# --- an equal density first


@pytest.mark.parametrize("kind", [engines.Shifted, engines.VarianceForScale])
def test_an_engine_with_another_density_is_refused_and_nothing_of_it_is_timed(kind):
    found = run(kind, engines.Right)
    one = found.engines[kind.name]
    assert (one.status, one.repeats) == ("refused", [])
    assert f"gate-{kind.name}-density" in one.reason
    assert f"gate-{kind.name}-density" in failed(found)
    assert found.engines["right"].status == "ok"
    record = comparison_record(found)
    assert not record.passed
    assert "was refused by the gate" in record.verdict
    assert record.engines[kind.name].repeats == []
    assert record.engines[kind.name].spreads == {}


def test_an_engine_that_shows_no_density_is_not_compared():
    one = run(engines.Mute).engines["mute"]
    assert (one.status, one.reason, one.repeats) == ("unsupported", "It has no density to show.", [])


def test_right_engines_pass_with_all_their_repeats_and_seeds():
    found = good()
    assert failed(found) == set()
    for one in found.engines.values():
        assert [repeat.seed for repeat in one.repeats] == [1, 2, 3]
    assert "agree with the exact posterior" in verdict(found, checks_of(found))


# --- what goes wrong is a row


def test_an_engine_that_fails_is_a_row_with_its_reason():
    found = run(engines.Failing, engines.Right)
    assert found.engines["failing"].status == "failed"
    assert found.engines["failing"].reason == "RuntimeError: no chain of 4 could start"
    assert "failing-answers" in failed(found)
    assert len(found.engines["right"].repeats) == REPEATS


def test_a_later_failure_keeps_what_there_was_and_is_told():
    record = comparison_record(run(engines.Later))
    assert [one.reason for one in record.engines["later"].repeats] == [None] + 2 * ["RuntimeError: out of patience"]
    assert "later-answers" in {check.name for check in record.checks if not check.passed}


def test_an_engine_that_is_not_installed_says_what_to_install():
    one = run(engines.Absent, engines.Right).engines["absent"]
    assert (one.status, one.reason) == ("missing", "pip install mapsto[absent]")


def test_ctrl_c_keeps_what_was_finished():
    found = run(engines.Right, engines.Interrupting)
    assert found.interrupted
    assert len(found.engines["right"].repeats) == 2  # its turn came first
    assert len(found.engines["interrupting"].repeats) == 1
    record = comparison_record(found)
    assert record.interrupted
    assert "interrupted" in record.verdict
    assert record.engines["right"].spreads["ess"].median > 0


# --- the reference


def test_draws_of_something_else_are_told_though_the_density_was_right():
    found = run(engines.Biased, engines.Right, engines.Twin)
    assert failed(found) >= {"biased-mean-is-reference", "biased-right-same-means"}
    assert "right-mean-is-reference" not in failed(found)
    assert "Biased is further from the reference" in verdict(found, checks_of(found))


def test_a_wrong_reference_is_told_from_wrong_engines():
    found = good()
    values = dict(found.reference.values)
    wrong = replace(found.reference, values=values | {"mean": values["mean"] + 0.3 * values["sd"]})
    tampered = type(found)(**(vars(found) | {"reference": wrong}))
    said = verdict(tampered, checks_of(tampered))
    assert "the reference is wrong" in said
    assert "the reference is wrong" not in verdict(found, checks_of(found))


def test_without_a_formula_a_long_run_is_the_reference_and_its_errors_count():
    found = good()
    run_of_it = measure(9, Sampled(np.random.default_rng(2).standard_normal((4, 900, 4)), {}, None))
    exact = found.reference
    known = replace(exact, values=run_of_it.values, errors=run_of_it.errors)
    other = measure(8, Sampled(np.random.default_rng(3).standard_normal((4, 900, 4)), {}, None))
    apart = other.apart(known)["mean"]
    gap = np.abs(other.values["mean"] - run_of_it.values["mean"])
    assert apart == pytest.approx(gap / np.sqrt(other.errors["mean"] ** 2 + run_of_it.errors["mean"] ** 2), rel=1e-14)


@pytest.mark.parametrize(
    ("noise", "prior"),
    [
        (None, Normal(scale=2.0)),
        (HalfNormalNoise(scale=1.0), Normal(scale=2.0)),
        (InverseGammaNoise(shape=3.0, scale=1.0), Normal(scale=2.0, per_sigma=True)),
        (None, HierarchicalNormal(scale=1.0)),
    ],
    ids=["known", "half-normal", "inverse-gamma", "hierarchical"],
)
def test_exact_quantiles_are_those_of_exact_draws(noise, prior):
    one = subject(noise, prior)
    question = one.question()
    exact = question.exact
    size, rng = 40_000, np.random.default_rng(4)
    w, b = exact.draws(size, rng)
    theta = np.column_stack([w, b])
    reference = exact_reference(question, exact)
    for name, q in (("q05", 0.05), ("q95", 0.95)):
        values = reference.values[name]
        below = (theta < values[: theta.shape[1]]).mean(axis=0)
        # five standard errors of a share of independent draws
        assert np.abs(below - q).max() < 5 * math.sqrt(0.05 * 0.95 / size)
    assert len(reference.values["mean"]) == len(parameters(question))
    if len(parameters(question)) > 4:  # a learned scale: between its quantiles lie nine tenths, by its mean and sd too
        low, high = reference.values["q05"][-1], reference.values["q95"][-1]
        mean, sd = reference.values["mean"][-1], reference.values["sd"][-1]
        assert mean - 3 * sd < low < mean < high < mean + 3 * sd


def test_the_quantile_of_a_scale_is_that_of_its_distribution():
    from scipy.stats import invgamma

    from mapsto.runs.comparison.reference import scale_quantile

    exact = subject(InverseGammaNoise(shape=3.0, scale=1.0), Normal(scale=2.0, per_sigma=True)).question().exact
    for q in (0.05, 0.5, 0.95):
        by_scipy = math.sqrt(invgamma(exact.shape, scale=exact.scale).ppf(q))
        assert scale_quantile(exact, "sigma", q) == pytest.approx(by_scipy, rel=1e-10)


# --- numbers


def test_costs_are_told_apart_and_warm_up_is_paid_for():
    record = comparison_record(good())
    one = record.engines["right"]
    repeat = one.repeats[0]
    assert (repeat.compile_seconds, repeat.warm_up_seconds, repeat.draw_seconds) == (0.5, 0.25, 0.5)
    assert repeat.ess_per_gradient == pytest.approx(repeat.ess / (1000 + 4 * 4 * 600), rel=1e-15)
    assert repeat.ess_per_second == pytest.approx(repeat.ess / 0.75, rel=1e-15)
    assert record.budget.gradients == 1000 + 4 * 4 * 600
    assert repeat.ess_at_gradients == pytest.approx(repeat.ess, rel=1e-12)  # the least that an engine spent is all here
    assert within(100.0, 50.0, 100.0, 40.0) == 0.0  # the warm-up alone costs more
    assert within(100.0, 50.0, 100.0, 100.0) == 50.0
    assert within(100.0, None, None, 100.0) is None


def test_medians_lie_between_the_repeats_and_say_how_sure_they_are():
    record = comparison_record(good())
    for one in record.engines.values():
        ess = [repeat.ess for repeat in one.repeats]
        spread = one.spreads["ess"]
        assert (spread.median, spread.least, spread.greatest) == (np.median(ess), min(ess), max(ess))
    assert record.budget.coverage == 0.75  # of three repeats all lie on one side of the median once in four
    with pytest.raises(BadInput, match="one run is no comparison"):
        Plan(repeats=1)


def test_accuracy_grows_along_the_draws():
    record = comparison_record(good())
    for one in record.engines.values():
        assert [step.draws for step in one.curve][-1] == 600
        assert one.curve[-1].gradients == 1000 + 4 * 4 * 600
        assert one.curve[0].error.median > 3 * one.curve[-1].error.median  # 10 draws of a chain against 600


def test_the_record_is_whole_and_of_its_schema():
    record = comparison_record(good(), "mapsto compare small")
    text = msgspec.json.encode(record)
    schema = json.loads(comparison_schema())
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))
    assert msgspec.json.decode(text, type=ComparisonRecord) == record
    broken = json.loads(text)
    broken["engines"]["right"]["status"] = "splendid"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(broken)


def test_the_schema_in_the_package_is_that_of_the_structs():
    written = (ROOT / "models" / "mapsto" / "runs" / "comparison.json").read_text(encoding="utf-8")
    assert written == comparison_schema(), "`make schema` writes it anew"


def test_pymcs_logistic_density_is_ours_where_a_probability_rounds_to_one():
    """Its gradient was NaN from a linear predictor of 37 on: a rewrite of PyTensor's looks for the constant 1."""
    rng = np.random.default_rng(5)
    X = 3 * rng.standard_normal((30, 2))
    problem = Problem.from_rows(X, (X[:, 0] > 0).astype(float), likelihood=Bernoulli())
    prior = Normal(scale=10.0)
    point = Point(np.array([20.0, -3.0]), 0.5)
    assert np.abs(problem.table.predictor(point.w, point.b)).max() > 40
    theirs, ours = all_engines()["pymc"](Question(problem, prior)).density_at(point), joint_at(problem, prior, point)
    rounding = gamma(64 * problem.n)  # of each of the terms that are summed, none of which is far above 100 here
    assert theirs.value == pytest.approx(ours.value, abs=100 * problem.n * rounding)
    np.testing.assert_allclose(theirs.gradient, ours.gradient, rtol=0, atol=100 * problem.n * rounding)
