"""Multinomial logistic regression: its mode against a problem of two classes, exact sums and scikit-learn."""

import mpmath
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mapsto import BadInput, Bernoulli, Normal, Problem, audit, multinomial_mode, prior_of
from mapsto.engines.direct.classes import ClassesMode, ClassesProblem, solve_classes
from mapsto.engines.direct.solve import solve
from mapsto.rounding import gamma
from mapsto.runs.audit import fitted_classes

X, Y = load_iris(return_X_y=True)
STRICT = {"solver": "newton-cholesky", "tol": 1e-14, "max_iter": 1_000}


@pytest.mark.parametrize("intercept", [True, False])
def test_two_classes_are_logistic_regression_with_twice_the_variance(intercept):
    """w_1 = -w_0 at the mode, so w = w_1 - w_0 has the penalty R |w|^2 / 4: the precision R / 2."""
    rng = np.random.default_rng(1)
    rows, y, q = rng.standard_normal((60, 3)), (rng.random(60) < 0.4).astype(float), rng.integers(1, 4, 60) * 1.0
    R = 0.7
    found = solve_classes(ClassesProblem(rows, y, q, np.full((2, 3), R), intercept=intercept))
    twice = np.repeat(np.arange(60), q.astype(int))
    problem = Problem.from_rows(rows[twice], y[twice], likelihood=Bernoulli(), intercept=intercept)
    binary = solve(problem, Normal((2 / R) ** 0.5))
    condition = np.linalg.cond(problem.hessian(binary.coef) + R / 2 * np.eye(3))
    error = 100 * condition * gamma(len(twice)) * np.abs(binary.coef).max()
    np.testing.assert_allclose(found.coef[1] - found.coef[0], binary.coef, rtol=0, atol=error)
    np.testing.assert_allclose(found.coef.sum(axis=0), 0, atol=error)
    assert abs(found.intercept[1] - found.intercept[0] - binary.intercept) <= error


def test_its_gradient_is_zero_in_forty_digits():
    fitted = LogisticRegression(C=0.5, **STRICT).fit(X, Y)
    mode = multinomial_mode(fitted, X, Y)
    with mpmath.workdps(40):
        w = mpmath.matrix(np.column_stack([mode.coef, mode.intercept]).tolist())
        slope = [[w[k, j] / mpmath.mpf(0.5) if j < 4 else mpmath.mpf(0) for j in range(5)] for k in range(3)]
        for x, label in zip(X, Y, strict=True):
            A = [*map(mpmath.mpf, x), mpmath.mpf(1)]
            e = [mpmath.exp(sum(w[k, j] * A[j] for j in range(5))) for k in range(3)]
            for k in range(3):
                for j in range(5):
                    slope[k][j] += (e[k] / sum(e) - (k == label)) * A[j]
        worst = max(abs(one) for row in slope for one in row)
    assert float(worst) <= gamma(len(X)) * np.abs(X).sum()
    assert mode.certified
    assert mode.digits > 10
    assert np.array_equal(mode.classes, [0, 1, 2])


def test_lbfgs_loses_digits_at_its_default_tolerance_and_the_check_allows_for_it():
    fitted = LogisticRegression(C=1.0, max_iter=1_000).fit(X, Y)
    mode = multinomial_mode(fitted, X, Y)
    assert mode.certified
    assert 1 < mode.digits < 6
    strict = multinomial_mode(LogisticRegression(C=1.0, **STRICT).fit(X, Y), X, Y)
    np.testing.assert_array_equal(strict.coef, mode.coef)
    assert strict.digits > mode.digits + 4


def test_weights_of_rows_and_classes_count():
    q = np.random.default_rng(2).integers(1, 4, len(Y)) * 1.0
    fitted = LogisticRegression(C=0.5, class_weight="balanced", **STRICT).fit(X, Y, sample_weight=q)
    assert multinomial_mode(fitted, X, Y, sample_weight=q).certified
    assert not multinomial_mode(fitted, X, Y).certified


@pytest.mark.parametrize("fault", ["a slope", "C", "two rows"])
def test_a_planted_fault_fails_the_fit(fault):
    fitted = LogisticRegression(C=0.5, **STRICT).fit(X, Y)
    if fault == "a slope":
        fitted.coef_[1, 2] *= 1.001
    elif fault == "C":
        fitted.C = 0.51
    else:
        fitted.coef_ = fitted.coef_[[1, 0, 2]]
    mode = multinomial_mode(fitted, X, Y)
    assert [check.name for check in mode.checks if not check.passed] == ["fit-is-the-mode"]


def test_a_mode_that_is_none_is_told_by_its_gradient():
    problem = ClassesProblem(X, Y.astype(float), np.ones(len(Y)), np.full((3, 4), 2.0))
    found = solve_classes(problem)
    assert found.backward <= gamma(len(X))
    slope, size = problem.gradient(np.column_stack([found.coef * (1 + 1e-9), found.intercept]))
    assert (np.abs(slope) / size).max() > gamma(len(X) + 20)


@pytest.mark.parametrize("check", ["the-mode-is-stationary", "it-is-the-only-one"])
def test_a_planted_fault_in_the_mode_is_told(check, monkeypatch):
    """A slope off by 1e-9, and a direction in which nothing bends."""
    fitted = LogisticRegression(C=0.5, **STRICT).fit(X, Y)
    right = solve_classes(ClassesProblem(X, Y.astype(float), np.ones(len(Y)), np.full((3, 4), 2.0)))
    off = 1e-9 * (check == "the-mode-is-stationary")
    wrong = ClassesMode(right.coef * (1 + off), right.intercept, right.backward)
    if check == "the-mode-is-stationary":
        at = np.column_stack([wrong.coef, wrong.intercept])
        slope, size = ClassesProblem(X, Y.astype(float), np.ones(len(Y)), np.full((3, 4), 2.0)).gradient(at)
        wrong = ClassesMode(wrong.coef, wrong.intercept, float((np.abs(slope) / size).max()))
    else:
        monkeypatch.setattr(ClassesProblem, "hessian", lambda self, w: np.diag([0.0, 1e-18, *np.ones(w.size - 2)]))
    monkeypatch.setattr(fitted_classes, "solve_classes", lambda problem: wrong)
    assert [one.name for one in multinomial_mode(fitted, X, Y).checks if not one.passed] == [check]


REFUSED = {
    "two classes": (lambda: LogisticRegression().fit(X[:100], Y[:100]), X[:100], Y[:100], "audit.fitted, X, y. has"),
    "no classifier": (lambda: Ridge().fit(X, Y), X, Y, "a Ridge came"),
    "a pipeline": (
        lambda: make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y),
        X,
        Y,
        "instead of in",
    ),
    "no penalty": (lambda: LogisticRegression(C=np.inf, max_iter=9_999).fit(X, Y), X, Y, "l2 penalty on the slopes"),
    "other labels": (lambda: LogisticRegression(max_iter=999).fit(X, Y), X, Y + 1, "other labels"),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("case", REFUSED)
def test_what_it_does_not_take_is_one_line(case):
    made, rows, y, said = REFUSED[case]
    with pytest.raises(BadInput, match=said):
        multinomial_mode(made(), rows, y)


def test_an_audit_says_where_the_mode_is_and_the_mode_what_is_not_there():
    fitted = LogisticRegression(max_iter=1_000).fit(X, Y)
    with pytest.raises(BadInput, match=r"multinomial_mode.fitted, X, y. certifies its mode"):
        audit(fitted, X, Y)
    assert "no posterior" in multinomial_mode(fitted, X, Y).not_there
    assert len(prior_of(fitted).features) == 12
