"""Hard numbers: the posterior has the digits that its condition number allows, or is refused in a line."""

import mpmath
import numpy as np
import pytest

from mapsto import BadInput, Normal, Problem, exact_posterior

DIGITS = 700  # of the reference: squares of numbers from 1e-150 to 1e150 are added to each other in it
ENOUGH = 8  # times the rounding unit of the problem: constants of the factorisation


def reference(X, y, q, prior_sd, sigma):
    """Mean and sd of the slopes, without an intercept, from the normal equations in mpmath."""
    with mpmath.workdps(DIGITS):
        rows, weights = mpmath.matrix(X.tolist()), [mpmath.mpf(float(one)) for one in q]
        scaled = rows.copy()
        for i, weight in enumerate(weights):
            for j in range(rows.cols):
                scaled[i, j] *= weight
        precision = scaled.T * rows / mpmath.mpf(sigma) ** 2
        for j in range(rows.cols):
            precision[j, j] += 1 / mpmath.mpf(prior_sd) ** 2
        covariance = precision**-1
        mean = covariance * (scaled.T * mpmath.matrix(y.tolist())) / mpmath.mpf(sigma) ** 2
        sd = [mpmath.sqrt(covariance[j, j]) for j in range(rows.cols)]
        return np.array([float(one) for one in mean]), np.array([float(one) for one in sd])


def drawn(seed):
    """A table, weights and scales; what is hard about them is drawn too."""
    rng = np.random.default_rng(seed)
    n, p = [(2, 1), (2, 3), (6, 1), (6, 3), (5, 8)][seed % 5]
    X, y, q = rng.standard_normal((n, p)), rng.standard_normal(n), np.ones(n)
    prior_sd, sigma = 1.0, 1.0
    kind = seed // 5 % 6
    if kind == 0:  # everything in other units
        power = rng.uniform(-150, 150)
        X, prior_sd = X * 10.0**power, 10.0**-power
    elif kind == 1:  # nearly the same columns
        X[:, -1] = X[:, 0] * (1 + 10.0 ** -rng.uniform(4, 16))
        prior_sd = 10.0 ** rng.uniform(0, 8)
    elif kind == 2:  # alpha = (sigma / prior sd)^2 from 1e-300 to 1e300
        prior_sd = 10.0 ** rng.uniform(-150, 150)
    elif kind == 3:
        q = 10.0 ** rng.uniform(-8, 8, n)
    elif kind == 4:
        X[:, 0], X[:, -1] = 3.0, X[:, p // 2]
    else:  # responses and noise in other units
        power = rng.uniform(-150, 150)
        y, sigma, prior_sd = y * 10.0**power, 10.0**power, 10.0**power
    return X, y, q, prior_sd, sigma


def found(X, y, q, prior_sd, sigma):
    problem = Problem.from_rows(X, y, noise_sd=sigma, intercept=False, weights=q)
    return exact_posterior(problem, Normal(prior_sd))


def answer(case):
    """The posterior, or the line in which it was refused."""
    try:
        return found(*case)
    except BadInput as refused:
        return str(refused)


@pytest.mark.parametrize("seed", range(120))
def test_the_digits_are_those_that_the_condition_number_allows(seed):
    case = drawn(seed)
    exact = answer(case)
    if isinstance(exact, str):
        assert "expected" in exact or "units" in exact
        return
    mean, sd = reference(*case)
    unit, condition = exact.unit_and_condition()
    lost = ENOUGH * exact.problem.rounding * np.sqrt(condition)
    far = np.sqrt(exact.energy * condition)  # the residuals' part: squared condition, in units of the noise
    size = np.abs(mean * unit).max()
    assert np.isfinite(exact.mean).all()
    np.testing.assert_allclose(exact.mean * unit, mean * unit, rtol=0, atol=lost * (size + far))
    np.testing.assert_allclose(exact.sd * unit, sd * unit, rtol=0, atol=lost * (sd * unit).max())


def test_an_answer_off_by_a_millionth_is_seen():
    """A control: the bounds are narrow where the condition number is small."""
    case = drawn(23)
    exact = found(*case)
    mean, _ = reference(*case)
    unit, condition = exact.unit_and_condition()
    allowed = ENOUGH * exact.problem.rounding * np.sqrt(condition)
    allowed *= np.abs(mean * unit).max() + np.sqrt(exact.energy * condition)
    assert np.abs((1.000001 * exact.mean - mean) * unit).max() > allowed


def test_most_cases_are_answered_to_ten_digits():
    """Neither the refusals nor the bounds leave nothing to compare."""
    answers = [one for one in map(answer, map(drawn, range(120))) if not isinstance(one, str)]
    lost = [ENOUGH * one.problem.rounding * np.sqrt(one.unit_and_condition()[1]) for one in answers]
    assert len(answers) >= 88
    assert np.median(lost) < 1e-10


FORMS = {
    "integers": lambda X: X.astype(int),
    "single": lambda X: X.astype(np.float32),
    "Fortran": np.asfortranarray,
    "every second": lambda X: np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)[::2, ::2],
    "backwards": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
}


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_an_array_changes_no_digit(form, read_only):
    rng = np.random.default_rng(9)
    X, y = rng.integers(-9, 9, (7, 3)).astype(float), rng.standard_normal(7)
    other = FORMS[form](X)
    other.flags.writeable = not read_only
    plain, same = (found(one, y, np.ones(7), 1.0, 1.0) for one in (X, other))
    assert np.array_equal(plain.mean, same.mean)
    assert np.array_equal(plain.sd, same.sd)


@pytest.mark.parametrize("of", ["columns", "responses"])
def test_subnormal_numbers_are_refused_or_right(of):
    rng = np.random.default_rng(11)
    X, y = rng.standard_normal((6, 2)), rng.standard_normal(6)
    X, y = (X * 1e-310, y) if of == "columns" else (X, y * 1e-310)
    exact = answer((X, y, np.ones(6), 1.0, 1.0))
    if isinstance(exact, str):
        assert "units" in exact
        return
    mean, sd = reference(X, y, np.ones(6), 1.0, 1.0)
    np.testing.assert_allclose(exact.mean, mean, rtol=1e-6, atol=np.finfo(float).tiny)
    np.testing.assert_allclose(exact.sd, sd, rtol=64 * np.finfo(float).eps)


def test_a_masked_array_is_refused():
    X = np.ma.masked_array(np.ones((6, 2)), mask=np.eye(6, 2, dtype=bool))
    with pytest.raises(BadInput, match="masked"):
        found(X, np.ones(6), np.ones(6), 1.0, 1.0)
