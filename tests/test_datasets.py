"""The tables of the package against what was published of them, and what their functions promise."""

import numpy as np
import pytest

import mapsto as mt
from mapsto.runs.lessons.datasets import DOCTORS, LONGLEY, LONGLEY_COLUMNS, LONGLEY_JOBS, STACK_LOSS

# NIST's Statistical Reference Datasets, Longley: certified slopes, intercept and residual sd of the raw table.
SLOPES = (15.0618722713733, -0.0358191792925910, -2.02022980381683)
SLOPES += (-1.03322686717359, -0.0511041056535807, 1829.15146461355)
INTERCEPT, RESIDUAL_SD = -3482258.63459582, 304.854073561965

# The first patient of Efron, Hastie, Johnstone & Tibshirani's table.
FIRST, FIRST_RESPONSE = (59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87), 151
# Dobson (2002), An Introduction to Generalized Linear Models, table 9.3: estimates and standard errors of the doctors'
# model with age counted 1 to 5, in the order smokes, age, age squared, smokes times age.
DOBSON, DOBSON_ERRORS = (1.441, 2.376, -0.198, -0.308), (0.372, 0.208, 0.027, 0.097)

COLUMNS = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")

TABLES = {"diabetes": mt.diabetes, "longley": mt.longley, "stack_loss": mt.stack_loss}


def explained(problem):
    """What rounding explains of least squares in standardised columns, relative to the largest slope."""
    centring = np.sqrt(problem.n) * problem.y.mean() / np.linalg.norm(problem.y - problem.y.mean())
    return problem.rounding * centring * np.linalg.cond(problem.X) ** 2


def raw_fit(problem, unit, mean):
    """Least squares in the columns' own units: slopes and intercept."""
    exact = mt.exact_posterior(problem, mt.Flat())
    slopes = exact.mean / unit
    return slopes, exact.intercept_mean - slopes @ mean


def test_longley_is_the_public_table():
    import statsmodels.api as sm

    public = sm.datasets.longley.load_pandas()
    assert np.array_equal(np.array(LONGLEY), public.exog.to_numpy())
    assert np.array_equal(np.array(LONGLEY_JOBS, dtype=float), public.endog.to_numpy())


def test_longley_has_the_certified_least_squares():
    problem, X = mt.longley(), np.array(LONGLEY)
    slopes, intercept = raw_fit(problem, X.std(axis=0), X.mean(axis=0))
    largest = np.abs(np.array(SLOPES) * X.std(axis=0)).max()
    off = np.abs((slopes - SLOPES) * X.std(axis=0)).max() / largest
    assert off < explained(problem)
    # the intercept sums slopes times means, the largest of which is that of the years: a thousand sds from zero
    far = np.abs(X.mean(axis=0) / X.std(axis=0)).sum()
    assert abs(intercept - INTERCEPT) < explained(problem) * largest * far
    residual = problem.y - intercept - X @ slopes
    assert np.sqrt(residual @ residual / 9) == pytest.approx(RESIDUAL_SD, rel=explained(problem) * far)


def test_stack_loss_is_the_public_table():
    import statsmodels.api as sm

    public = sm.datasets.stackloss.load_pandas()
    assert np.array_equal(np.array(STACK_LOSS), np.column_stack([public.exog, public.endog]))


def newton(problem):
    """The highest point of the likelihood: slopes and their covariance."""
    w = np.zeros(problem.p)
    for _ in range(30):
        w = w - np.linalg.solve(problem.hessian(w), problem.data_gradient(w))
    return w, np.linalg.inv(problem.hessian(w))


def dobsons(problem):
    """Estimates and standard errors in the published coding of age, 1 to 5 in place of -2 to 2."""
    to_his = np.array([[1, 0, 0, -3], [0, 1, -6, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float)
    w, covariance = newton(problem)
    return to_his @ w, np.sqrt(np.diag(to_his @ covariance @ to_his.T))


def test_doctors_have_the_published_estimates():
    estimates, errors = dobsons(mt.doctors())
    assert np.abs(estimates - DOBSON).max() <= 0.0005 * (1 + 1e-9)  # three decimals were printed
    assert np.abs(errors - DOBSON_ERRORS).max() <= 0.0005 * (1 + 1e-9)


def test_a_death_astray_would_be_seen():
    for row in range(len(DOCTORS)):
        problem, y = mt.doctors(), mt.doctors().y.copy()
        y[row] += 1 / problem.weights[row]
        wrong = mt.Problem.from_rows(problem.X, y, weights=problem.weights, likelihood=mt.Poisson())
        estimates, errors = dobsons(wrong)
        assert max(np.abs(estimates - DOBSON).max(), np.abs(errors - DOBSON_ERRORS).max()) > 0.0005


def test_a_digit_astray_would_be_seen():
    """The certified slopes do not survive one digit changed in any column of the first year."""
    X = np.array(LONGLEY)
    for column in range(6):
        wrong = X.copy()
        wrong[0, column] *= 1 + 1e-4
        unit, mean = wrong.std(axis=0), wrong.mean(axis=0)
        problem = mt.Problem.from_rows((wrong - mean) / unit, LONGLEY_JOBS, noise_sd=300.0)
        slopes, _ = raw_fit(problem, unit, mean)
        off = np.abs((slopes - SLOPES) * unit).max() / np.abs(np.array(SLOPES) * unit).max()
        assert off > explained(problem)


def test_diabetes_is_the_published_table():
    raw = mt.diabetes(standardised=False)
    assert (raw.n, raw.p, raw.features) == (442, 10, COLUMNS)
    assert tuple(raw.X[0]) == FIRST
    assert raw.y[0] == FIRST_RESPONSE
    assert raw.y.sum() == 67243  # whole numbers, of mean 152.13
    assert set(raw.X[:, 1]) == {1.0, 2.0}
    assert (raw.X[:, 0].min(), raw.X[:, 0].max()) == (19.0, 79.0)


def test_standardising_is_a_change_of_units():
    """scikit-learn's own scaling, undone, is the raw table: the columns agree to rounding."""
    raw, standard = mt.diabetes(standardised=False), mt.diabetes()
    unit = raw.X.std(axis=0)
    again = (raw.X - raw.X.mean(axis=0)) / unit
    # scikit-learn keeps the scaled columns to the digits of a text file's doubles; centring costs mean over sd
    assert np.abs(again - standard.X).max() < mt.gamma(442) * np.abs(raw.X / unit).max()
    assert np.array_equal(raw.y, standard.y)


@pytest.mark.parametrize("name", TABLES)
def test_columns_have_mean_0_and_sd_1(name):
    X = TABLES[name]().X
    assert np.abs(X.mean(axis=0)).max() < mt.gamma(len(X)) * 1e3  # the years are a thousand sds from zero
    assert np.abs(X.std(axis=0) - 1).max() < mt.gamma(len(X)) * 1e3


def test_raw_columns_are_not_standardised():
    X = mt.diabetes(standardised=False).X
    assert np.abs(X.mean(axis=0)).min() > 1
    assert np.abs(X.std(axis=0) - 1).min() > 0.1


def test_longley_names_its_columns():
    problem = mt.longley()
    assert (problem.n, problem.p, problem.features) == (16, 6, LONGLEY_COLUMNS)
    assert problem.target == "jobs (thousands)"
    assert problem.y.tolist() == list(LONGLEY_JOBS)


@pytest.mark.parametrize(("name", "usual"), [("diabetes", 54.0), ("longley", 300.0)])
def test_sigma_is_about_that_of_least_squares_and_the_callers_to_choose(name, usual):
    problem = TABLES[name]()
    plugged_in = mt.Problem.from_rows(problem.X, problem.y, noise_sd="auto").noise_sd
    error = plugged_in / np.sqrt(2 * (problem.n - problem.p - 1))  # the standard error of such an estimate
    assert problem.noise_sd == usual
    assert abs(plugged_in - usual) < error
    assert TABLES[name](7.0).noise_sd == 7.0


@pytest.mark.parametrize("name", TABLES)
def test_a_sigma_that_is_none_is_refused(name):
    with pytest.raises(mt.BadInput, match="noise_sd"):
        TABLES[name](0.0)


@pytest.mark.parametrize("name", TABLES)
def test_every_call_gives_a_table_of_its_own(name):
    first = TABLES[name]()
    first.X[0] = 0.0
    assert TABLES[name]().X[0].any()
