import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mapsto.data.statistics import SufficientStatistics
from mapsto.errors import BadInput
from mapsto.likelihoods.problem import Problem
from mapsto.rounding import UNIT_ROUNDOFF, gamma
from mapsto.scales import alpha_of, positive, resolve_scales

X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0], [0.0, 1.0]])
Y = np.array([1.0, 2.0, 4.0, 3.0])
FRAME = pd.DataFrame(X, columns=["age", "bmi"])


def make(X=X, y=Y, noise_sd=1.0, **options):
    return Problem.from_rows(X, y, noise_sd=noise_sd, **options)


def with_value(array, where, value):
    changed = np.array(array)
    changed[where] = value
    return changed


def with_column(name, values):
    return FRAME.assign(**{name: values})


REFUSED = {
    "nan in X": (dict(X=with_value(X, (1, 0), np.nan)), ["X", "NaN", "'x0' (1)"]),
    "infinities in X": (dict(X=with_value(X, (slice(0, 2), 1), np.inf)), ["X", "infinity", "'x1' (2)"]),
    "minus infinity in a frame": (dict(X=with_column("bmi", [-np.inf, 1, 2, 3])), ["'bmi' (1)"]),
    "nan under a given name": (dict(X=with_value(X, (0, 1), np.nan), features=["a", "b"]), ["'b' (1)"]),
    "None in a frame": (dict(X=with_column("bmi", [None, None, 2.0, 3.0])), ["'bmi' (2)"]),
    "nan in y": (dict(y=with_value(Y, 2, np.nan)), ["y", "NaN", "(1)"]),
    "infinity in y": (dict(y=with_value(Y, slice(0, 3), np.inf)), ["y", "infinity", "(3)"]),
    "text column": (dict(X=with_column("sex", list("mfmf"))), ["X", "'sex'", "numeric"]),
    "two text columns": (dict(X=with_column("sex", list("mfmf")).assign(city="Oslo")), ["'sex', 'city'"]),
    "category column": (dict(X=with_column("sex", pd.Categorical(list("mfmf")))), ["'sex'"]),
    "text array": (dict(X=np.full((4, 2), "much")), ["X", "not numbers"]),
    "text y": (dict(y=list("abcd")), ["y", "not numbers"]),
    "no rows": (dict(X=np.empty((0, 2)), y=np.empty(0)), ["empty", "(0, 2)"]),
    "no columns": (dict(X=np.empty((4, 0))), ["empty", "(4, 0)"]),
    "one row": (dict(X=X[:1], y=Y[:1]), ["one row"]),
    "constant target": (dict(y=np.full(4, 2.5)), ["constant", "2.5"]),
    "X is a vector": (dict(X=X[:, 0]), ["X", "(4,)"]),
    "X is a cube": (dict(X=X.reshape(2, 2, 2), y=Y[:2]), ["X", "(2, 2, 2)"]),
    "X is ragged": (dict(X=[[1.0, 2.0], [3.0]], y=Y[:2]), ["X"]),
    "X is one NaN": (dict(X=math.nan), ["X"]),
    "y is one NaN": (dict(y=math.nan), ["y"]),
    "X is complex": (dict(X=X + 1j), ["X"]),
    "y too short": (dict(y=Y[:3]), ["y", "(3,)", "4 rows"]),
    "y is a column": (dict(y=Y[:, None]), ["y", "(4, 1)"]),
    "repeated names": (dict(features=["a", "a"]), ["'a'", "repeated"]),
    "repeated frame columns": (dict(X=pd.DataFrame(X, columns=["a", "a"])), ["'a'", "repeated"]),
    "too few names": (dict(features=["a"]), ["1 feature names", "2 columns"]),
    "too many names": (dict(features=["a", "b", "c"]), ["3 feature names", "2 columns"]),
    "negative noise": (dict(noise_sd=-1.0), ["noise_sd", "-1"]),
    "zero noise": (dict(noise_sd=0.0), ["noise_sd", "0"]),
    "nan noise": (dict(noise_sd=math.nan), ["noise_sd", "nan"]),
    "infinite noise": (dict(noise_sd=math.inf), ["noise_sd", "inf"]),
    "text noise": (dict(noise_sd="loud"), ["noise_sd", "'loud'"]),
    "no noise": (dict(noise_sd=None), ["noise_sd", "None"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_line_that_names_what_came(case):
    changed, words = REFUSED[case]
    with pytest.raises(BadInput) as refusal:
        make(**changed)
    message = str(refusal.value)
    assert len(message.splitlines()) == 1
    assert [word for word in words if word not in message] == []


def test_the_same_table_without_a_fault_is_accepted():
    problem = make()  # control for the table above: each case differs from this one in one thing
    assert (problem.n, problem.p, problem.intercept) == (4, 2, True)


def test_columns_without_a_fault_are_not_named():
    with pytest.raises(BadInput) as refusal:
        make(X=with_value(X, (1, 0), np.nan))
    assert "x1" not in str(refusal.value)


def test_a_message_is_one_line_whatever_it_is_made_of():
    assert str(BadInput("two\nlines  and\tgaps")) == "two lines and gaps"
    with pytest.raises(BadInput) as refusal:
        make(features=["a\nb", "a\nb"])
    assert len(str(refusal.value).splitlines()) == 1


def test_names_come_from_the_frame_and_the_series():
    problem = make(X=FRAME, y=pd.Series(Y, name="progression"))
    assert (problem.features, problem.target) == (("age", "bmi"), "progression")


def test_given_names_come_first_and_plain_arrays_get_default_ones():
    named = make(X=FRAME, y=pd.Series(Y, name="progression"), features=["u", "v"], target="t")
    assert (named.features, named.target) == (("u", "v"), "t")
    plain = make()
    assert (plain.features, plain.target) == (("x0", "x1"), "y")
    assert make(y=pd.Series(Y)).target == "y"


def test_whole_numbers_and_lists_are_numbers():
    assert make(X=X.astype(int).tolist(), y=Y.astype(int)).sha256 == make().sha256


def test_inputs_are_neither_kept_nor_changed():
    mine, response = X.copy(), Y.copy()
    problem = make(X=mine, y=response)
    before = problem.statistics.misfit(np.ones(2), 0.5)
    np.testing.assert_array_equal(mine, X)
    np.testing.assert_array_equal(response, Y)
    assert not np.shares_memory(mine, problem.X)
    assert not np.shares_memory(response, problem.y)
    mine[:], response[:] = 99.0, -99.0
    np.testing.assert_array_equal(problem.X, X)
    np.testing.assert_array_equal(problem.y, Y)
    assert problem.statistics.misfit(np.ones(2), 0.5) == before


def test_a_large_array_is_not_copied_and_its_fit_does_not_follow_a_change(monkeypatch):
    monkeypatch.setattr("mapsto.data.table.MOST_COPIED", 7)
    mine = X.copy()
    problem, same = make(X=mine), make()
    assert np.shares_memory(mine, problem.X)
    mine[:] = 99.0
    assert problem.sha256 == same.sha256
    assert np.array_equal(problem.statistics.R, same.statistics.R)


def test_a_problem_is_frozen():
    problem = make()
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.noise_sd = 2.0


def test_the_fingerprint_is_of_the_data_and_the_names():
    same = make().sha256
    assert same == make(X=X.copy(order="F")).sha256 == make(X=pd.DataFrame(X, columns=["x0", "x1"])).sha256
    smallest = np.nextafter(X[2, 1], np.inf)
    others = [
        make(X=with_value(X, (2, 1), smallest)),
        make(y=with_value(Y, 0, np.nextafter(Y[0], 0))),
        make(features=["x0", "other"]),
        make(features=["x1", "x0"]),
        make(target="z"),
        make(X=X[::-1]),
        make(X=X[:, ::-1]),
    ]
    fingerprints = {same, *(problem.sha256 for problem in others)}
    assert len(fingerprints) == 1 + len(others)


def test_the_fingerprint_of_statistics_sees_every_one_of_them():
    s = SufficientStatistics.from_rows(X, Y, centred=True)
    changed = [
        dataclasses.replace(s, n=5),
        dataclasses.replace(s, x_mean=s.x_mean + 1),
        dataclasses.replace(s, y_mean=s.y_mean + 1),
        dataclasses.replace(s, R=2 * s.R),
        dataclasses.replace(s, z=-s.z),
        dataclasses.replace(s, residual_sum_of_squares=s.residual_sum_of_squares + 1),
    ]
    fingerprints = {Problem.from_statistics(t, noise_sd=1.0).sha256 for t in (s, *changed)}
    assert len(fingerprints) == 1 + len(changed)


def test_from_statistics_checks_names_and_noise():
    s = SufficientStatistics.from_rows(X, Y, centred=True)
    assert Problem.from_statistics(s, noise_sd=2, features=["a", "b"], target="t").features == ("a", "b")
    with pytest.raises(BadInput, match="noise_sd is -1"):
        Problem.from_statistics(s, noise_sd=-1.0)
    with pytest.raises(BadInput, match="1 feature names"):
        Problem.from_statistics(s, noise_sd=1.0, features=["a"])


@pytest.mark.parametrize("intercept", [True, False])
def test_the_likelihood_is_scipys(intercept, rng):
    problem = make(noise_sd=0.7, intercept=intercept)
    for _ in range(20):
        w = rng.standard_normal(2)
        b = rng.standard_normal() * intercept
        terms = stats.norm.logpdf(Y, loc=b + X @ w, scale=0.7)
        # rounding of the misfit, relative to what is squared in it, and of the constants that are added
        size = (np.abs(Y) + abs(b) + np.abs(X) @ np.abs(w)) / 0.7
        tolerance = gamma(8 * len(Y)) * (size @ size + np.abs(terms).sum() + len(Y))
        assert abs(problem.log_likelihood(w, b) - terms.sum()) <= tolerance
        wrong = stats.norm.logpdf(Y, loc=b + X @ w, scale=0.7 * (1 + 1e-9)).sum()
        assert abs(problem.log_likelihood(w, b) - wrong) > tolerance  # control: sigma off in the ninth digit


def test_the_objective_is_twice_the_variance_times_the_log_posterior(rng):
    problem = make(noise_sd=0.7)
    (w, v), (b, c), (phi, psi) = rng.standard_normal((2, 2)), rng.standard_normal(2), rng.uniform(1, 2, 2)
    change = problem.objective(w, b, phi) - problem.objective(v, c, psi)
    log_posterior = problem.log_likelihood(w, b) - phi - problem.log_likelihood(v, c) + psi
    size = problem.objective(w, b, phi) + problem.objective(v, c, psi) + 4 * 0.49 * len(Y)
    assert abs(change + 2 * 0.49 * log_posterior) <= gamma(8 * len(Y)) * size
    assert abs(change - 2 * 0.49 * log_posterior) > gamma(8 * len(Y)) * size  # control: a sign


@pytest.mark.parametrize("intercept", [True, False])
def test_the_data_gradient_is_that_of_the_rows(intercept, rng):
    problem = make(noise_sd=0.7, intercept=intercept)
    w = rng.standard_normal(2)
    A = X - X.mean(axis=0) if intercept else X
    c = Y - Y.mean() if intercept else Y
    expected = A.T @ (A @ w - c) / 0.49
    lengths = np.linalg.norm(X, axis=0)
    size = lengths * (lengths @ np.abs(w) + np.linalg.norm(Y)) / 0.49
    assert (np.abs(problem.data_gradient(w) - expected) <= gamma(16 * len(Y)) * size).all()
    assert (np.abs(problem.data_gradient(-w) - expected) > gamma(16 * len(Y)) * size).any()  # control


scales = st.floats(1e-6, 1e6)
# each of the three is a few operations (quotient, square or root) away from the other two
FEW_OPERATIONS = 8 * UNIT_ROUNDOFF


@given(noise_sd=scales, prior_sd=scales)
def test_any_two_scales_give_the_third(noise_sd, prior_sd):
    alpha, *kept = resolve_scales(noise_sd=noise_sd, prior_sd=prior_sd)
    assert kept == [noise_sd, prior_sd]
    assert math.isclose(alpha * prior_sd**2, noise_sd**2, rel_tol=FEW_OPERATIONS)
    assert alpha == alpha_of(noise_sd, prior_sd)
    assert resolve_scales(alpha=alpha, noise_sd=noise_sd)[:2] == (alpha, noise_sd)
    assert math.isclose(resolve_scales(alpha=alpha, noise_sd=noise_sd)[2], prior_sd, rel_tol=FEW_OPERATIONS)
    assert resolve_scales(alpha=alpha, prior_sd=prior_sd)[::2] == (alpha, prior_sd)
    assert math.isclose(resolve_scales(alpha=alpha, prior_sd=prior_sd)[1], noise_sd, rel_tol=FEW_OPERATIONS)
    assert resolve_scales(alpha=alpha, noise_sd=noise_sd, prior_sd=prior_sd) == (alpha, noise_sd, prior_sd)


@given(noise_sd=scales, prior_sd=scales, factor=st.floats(1.001, 1e3))
def test_three_scales_that_contradict_each_other_are_refused(noise_sd, prior_sd, factor):
    with pytest.raises(BadInput, match="contradicts") as refusal:
        resolve_scales(alpha=factor * alpha_of(noise_sd, prior_sd), noise_sd=noise_sd, prior_sd=prior_sd)
    assert len(str(refusal.value).splitlines()) == 1


def test_scales_known_by_hand():
    assert resolve_scales(noise_sd=2.0, prior_sd=0.5) == (16.0, 2.0, 0.5)
    assert resolve_scales(alpha=16.0, noise_sd=2.0) == (16.0, 2.0, 0.5)
    assert resolve_scales(alpha=16.0, prior_sd=0.5) == (16.0, 2.0, 0.5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "none of alpha"),
        ({"alpha": 1.0}, "only alpha"),
        ({"noise_sd": 1.0}, "only noise_sd"),
        ({"prior_sd": 1.0}, "only prior_sd"),
        ({"alpha": -1.0, "noise_sd": 1.0}, "alpha is -1"),
        ({"alpha": 0.0, "noise_sd": 1.0}, "alpha is 0"),
        ({"noise_sd": 1.0, "prior_sd": math.nan}, "prior_sd is nan"),
        ({"noise_sd": "loud", "prior_sd": 1.0}, "noise_sd is 'loud'"),
    ],
)
def test_scales_that_settle_nothing_are_refused(given, words):
    with pytest.raises(BadInput) as refusal:
        resolve_scales(**given)
    assert words in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(("noise_sd", "prior_sd"), [(1e200, 1e-200), (1e160, 1e-10), (1e-200, 1e200)])
def test_scales_whose_third_no_double_can_hold_are_refused(noise_sd, prior_sd):
    with pytest.raises(BadInput):
        resolve_scales(noise_sd=noise_sd, prior_sd=prior_sd)


@given(st.floats(min_value=1e-75, max_value=1e75))
def test_a_positive_number_passes_unchanged(value):
    assert positive(value, "it") == value
    with pytest.raises(BadInput, match="it is"):
        positive(-value, "it")
