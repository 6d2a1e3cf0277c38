"""The text of an expression evaluates to what the expression does, whatever its operators and brackets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapsto.engines.expression_text import Symbol, TextNamespace, source

W = np.array([0.7, -1.3, 2.9])


def both(expression):
    """The value of an expression, and that of its text."""
    text = source(expression(Symbol("w"), TextNamespace("np")))
    return expression(W, np), eval(text, {"np": np, "w": W}), text


NUMBERS = st.sampled_from([*np.array([-2.5, -1.0, 0.5, 2.0, -0.1]), np.array([1.0, -2.0, 0.5])])
SIGNS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: abs(a) ** b,
}


def trees():
    """Expressions as functions of w and the namespace."""
    leaves = st.just(lambda w, xp: w) | NUMBERS.map(lambda number: lambda w, xp: number)

    def grow(inner):
        pairs = st.tuples(st.sampled_from(sorted(SIGNS)), inner, inner).map(
            lambda t: lambda w, xp: SIGNS[t[0]](t[1](w, xp), t[2](w, xp))
        )
        minus = inner.map(lambda one: lambda w, xp: -one(w, xp))
        calls = st.tuples(st.sampled_from(["abs", "exp", "tanh"]), inner).map(
            lambda t: lambda w, xp: getattr(xp, t[0])(t[1](w, xp))
        )
        return pairs | minus | calls

    return st.recursive(leaves, grow, max_leaves=12)


@given(trees())
def test_the_text_is_the_expression(tree):
    with np.errstate(all="ignore"):
        value, of_text, text = both(lambda w, xp: w + tree(w, xp))
    np.testing.assert_array_equal(value, of_text, err_msg=text)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (lambda w, xp: -((w / 2.0) ** 2) / 2, "-(w / 2.0)**2 / 2"),
        (lambda w, xp: (w[1:] - w[:-1]) ** 2, "(w[1:] - w[:-1])**2"),
        (lambda w, xp: w[0] - (1 - w[-1]), "w[0] - (1 - w[-1])"),
        (lambda w, xp: w / (2 * w), "w / (2 * w)"),
        (lambda w, xp: 2.0 ** (w**2.0), "2.0**w**2.0"),
        (lambda w, xp: (2.0**w) ** 2.0, "(2.0**w)**2.0"),
        (lambda w, xp: w ** (-2.0), "w**(-2.0)"),
        (lambda w, xp: xp.where(w >= 0, w, -w), "np.where(w >= 0, w, -w)"),
        (lambda w, xp: xp.sum(w[::2], axis=0), "np.sum(w[::2], axis=0)"),
        (lambda w, xp: w @ w, "w @ w"),
        (lambda w, xp: abs(w) < np.float64(0.1), "abs(w) < 0.1"),
        (lambda w, xp: np.array([1.0, 2.0, 3.0]) / w, "np.array([1.0, 2.0, 3.0]) / w"),
    ],
)
def test_it_reads_as_it_would_be_typed(expression, text):
    value, of_text, printed = both(expression)
    assert printed == text
    np.testing.assert_array_equal(value, of_text)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (lambda w: w if w else 0, "cannot branch"),
        (lambda w: [one for one in w], "cannot loop"),  # noqa: C416
        (lambda w: w == 0, "cannot use =="),
        (lambda w: w + object(), "may hold numbers"),
        (lambda w: w + "x", "may hold numbers"),
    ],
)
def test_what_has_no_text_is_refused(expression, words):
    with pytest.raises(TypeError, match=words):
        expression(Symbol("w"))


def test_numbers_keep_every_digit():
    for number in (0.1 + 0.2, 1e-300, -1 / 3, 54.0):
        assert float(source(number)) == number
    assert eval(source(float("-inf"))) == -np.inf
    assert source(np.float64(0.1)) == "0.1"
    assert source(True) == "True"
