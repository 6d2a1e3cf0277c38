from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest

from mapsto.rounding import LAMBDA, UNIT_ROUNDOFF, digits, gamma, largest


def test_the_unit_roundoff_is_half_the_gap_above_one():
    assert UNIT_ROUNDOFF == 2.0**-53


@pytest.mark.parametrize("length", [1, 2, 100, 10**6, 10**12])
def test_gamma_is_the_published_formula(length):
    with mpmath.workdps(50):
        u = mpmath.mpf(2) ** -53
        exact = mpmath.exp(LAMBDA * mpmath.sqrt(length) * u + length * u * u / (1 - u)) - 1
        # a square root, two products, a sum, a quotient, expm1: each within an ulp or so
        assert abs(gamma(length) / exact - 1) < 8 * u


def test_gamma_grows_and_starts_at_nothing():
    lengths = [0, 1, 2, 3, 10, 1000, 10**6]
    values = [gamma(length) for length in lengths]
    assert values[0] == 0.0
    assert all(a < b for a, b in pairwise(values))


def _relative_error(a, b, computed):
    exact = sum(Fraction(float(x)) * Fraction(float(y)) for x, y in zip(a, b, strict=True))
    size = sum(abs(Fraction(float(x)) * Fraction(float(y))) for x, y in zip(a, b, strict=True))
    return float(abs(Fraction(float(computed)) - exact) / size)


def _one_by_one(a, b, dtype):
    total = dtype(0)
    for x, y in zip(a.astype(dtype), b.astype(dtype), strict=True):
        total = dtype(total + x * y)
    return total


@pytest.mark.parametrize("length", [1, 5, 50, 500])
def test_inner_products_stay_inside_gamma_and_single_precision_does_not(length, rng):
    for _ in range(10):
        a, b = rng.standard_normal((2, length))
        assert _relative_error(a, b, _one_by_one(a, b, np.float64)) <= gamma(length)
        assert _relative_error(a, b, a @ b) <= gamma(length)
        assert _relative_error(a, b, _one_by_one(a, b, np.float32)) > gamma(length)  # control: it can fail


@pytest.mark.parametrize(("error", "expected"), [(1.0, 0.0), (1e-3, 3.0), (1e-12, 12.0)])
def test_digits_counts_decimal_places(error, expected):
    assert abs(digits(error) - expected) <= 16 * 2 * UNIT_ROUNDOFF  # one ulp of a number below 16


def test_digits_never_promises_more_than_a_double_holds():
    assert digits(0.0) == digits(1e-300) == digits(UNIT_ROUNDOFF)
    assert digits(1e-15) < digits(0.0)


def test_digits_of_a_perfect_match_is_what_its_documentation_says():
    assert round(digits(0.0), 2) == 15.95


def test_the_largest_is_in_size_and_does_not_lose_a_nan():
    assert largest(np.array([[1.0, -3.0], [2.0, 0.0]])) == 3.0
    assert np.isnan(largest(np.array([1.0, np.nan, 2.0])))
