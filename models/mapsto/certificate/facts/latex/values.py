"""What the parts of a formula stand for: functions by their commands, and symbols by their names."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from scipy.special import digamma, erf, erfc, expit, gamma, gammaln, logit, ndtr

from mapsto.errors import BadInput

Symbols = dict[str, Any]
Value = Callable[[Symbols], Any]

ROWS = ("y", "eta", "q")  # one number for each row, also where a definition leaves out the index

FUNCTIONS: dict[str, Callable[..., Any]] = {
    r"\log": np.log,
    r"\ln": np.log,
    r"\exp": np.exp,
    r"\cosh": np.cosh,
    r"\sinh": np.sinh,
    r"\tanh": np.tanh,
    r"\sech": lambda a: 1 / np.cosh(a),
    r"\coth": lambda a: 1 / np.tanh(a),
    r"\erf": erf,
    r"\erfc": erfc,
    r"\logit": logit,
    r"\expit": expit,
    r"\digamma": digamma,
    r"\sign": np.sign,
    r"\sgn": np.sign,
    r"\tan": np.tan,
    r"\cos": np.cos,
    r"\sin": np.sin,
    r"\arctan": np.arctan,
    r"\Gamma": gamma,
    r"\Phi": ndtr,
    r"\max": lambda *given: reduce(np.maximum, given),
    r"\min": lambda *given: reduce(np.minimum, given),
    r"\det": lambda a: np.linalg.det(a) if np.ndim(a) == 2 else a,
    "B": lambda a, b: math.exp(gammaln(a) + gammaln(b) - gammaln(a + b)),
}


def found(at: Symbols, name: str, known: float | None) -> Any:
    """The number of a symbol: a definition is worked out, w_1 is an element of w, a row's own number is taken."""
    if name in at:
        value = at[name]
        if callable(value):  # a definition
            return value(at)
        return value[at["i"]] if "i" in at and name in ROWS and np.ndim(value) else value
    if known is not None:
        return known
    base, _, below = name.partition("_")
    if below.isdigit() and np.ndim(at.get(base, 0.0)):
        return at[base][int(below) - 1]
    if below == "p" and np.ndim(at.get(base, 0.0)):
        return at[base][-1]
    raise BadInput(f"{name} is defined nowhere")


def called(at: Symbols, name: str) -> Any:
    """The function of that name among the symbols."""
    if not callable(at.get(name)):
        raise BadInput(f"the function {name} is defined nowhere")
    return at[name]


def power(base: Any, above: Any) -> Any:
    """A power; that of a matrix to -1 is its inverse."""
    if np.ndim(base) == 2 and above == -1:
        return np.linalg.inv(base)
    return np.power(base, above)


def factorial(value: Any) -> Any:
    """value! = Gamma(value + 1)."""
    return gamma(value + 1)


def then(of: Callable[..., Any], *parts: Value) -> Value:
    """The value of a function whose arguments are parts of a formula."""
    return lambda at: of(*(part(at) for part in parts))
