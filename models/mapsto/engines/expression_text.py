"""The Python source of an expression, written down by evaluating it on a symbol instead of on numbers.

``prior.expression(Symbol("w"), TextNamespace("pt"))`` prints what ``prior.expression(w, pytensor.tensor)`` evaluates,
so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

SUM, PRODUCT, MINUS, POWER, ATOM = range(1, 6)  # how tightly an operator binds, as in Python
COMPARISON = 0


class Symbol:
    """A piece of source text and how tightly its last operator binds."""

    __array_ufunc__ = None  # NumPy's numbers and arrays leave the arithmetic to this class
    __hash__ = object.__hash__

    def __init__(self, text: str, binds: int = ATOM) -> None:
        self.text = text
        self.binds = binds

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        raise TypeError("an expression cannot branch on its slopes; use xp.where")

    def __iter__(self) -> Any:
        raise TypeError("an expression cannot loop over its slopes; use the functions of xp")

    def __add__(self, other: Any) -> Symbol:
        return _binary(self, "+", other, SUM)

    def __radd__(self, other: Any) -> Symbol:
        return _binary(other, "+", self, SUM)

    def __sub__(self, other: Any) -> Symbol:
        return _binary(self, "-", other, SUM)

    def __rsub__(self, other: Any) -> Symbol:
        return _binary(other, "-", self, SUM)

    def __mul__(self, other: Any) -> Symbol:
        return _binary(self, "*", other, PRODUCT)

    def __rmul__(self, other: Any) -> Symbol:
        return _binary(other, "*", self, PRODUCT)

    def __truediv__(self, other: Any) -> Symbol:
        return _binary(self, "/", other, PRODUCT)

    def __rtruediv__(self, other: Any) -> Symbol:
        return _binary(other, "/", self, PRODUCT)

    def __matmul__(self, other: Any) -> Symbol:
        return _binary(self, "@", other, PRODUCT)

    def __rmatmul__(self, other: Any) -> Symbol:
        return _binary(other, "@", self, PRODUCT)

    def __pow__(self, other: Any) -> Symbol:
        # the power binds from right to left, and tighter than a minus on its left
        return Symbol(f"{_inside(self, ATOM)}**{_inside(other, POWER)}", POWER)

    def __rpow__(self, other: Any) -> Symbol:
        return Symbol(f"{_inside(other, ATOM)}**{_inside(self, POWER)}", POWER)

    def __neg__(self) -> Symbol:
        return Symbol(f"-{_inside(self, MINUS)}", MINUS)

    def __abs__(self) -> Symbol:
        return Symbol(f"abs({self.text})")

    def __lt__(self, other: Any) -> Symbol:
        return _binary(self, "<", other, COMPARISON)

    def __le__(self, other: Any) -> Symbol:
        return _binary(self, "<=", other, COMPARISON)

    def __gt__(self, other: Any) -> Symbol:
        return _binary(self, ">", other, COMPARISON)

    def __ge__(self, other: Any) -> Symbol:
        return _binary(self, ">=", other, COMPARISON)

    def __eq__(self, other: object) -> Symbol:  # type: ignore[override]
        # PyTensor compares graphs, not values, by ==, so the text would not mean what was evaluated
        raise TypeError("an expression cannot use ==; compare with <= and >=")

    def __getitem__(self, index: Any) -> Symbol:
        return Symbol(f"{_inside(self, ATOM)}[{_index(index)}]")


class TextNamespace:
    """A module by the name it is imported under: each of its functions writes down its own call.

    Those in ``elsewhere`` are of another module, whose name it gives.
    """

    def __init__(self, module: str, elsewhere: Mapping[str, str] = MappingProxyType({})) -> None:
        self._module = module
        self._elsewhere = elsewhere

    def __getattr__(self, name: str) -> Callable[..., Symbol]:
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*arguments: Any, **keywords: Any) -> Symbol:
            given = [source(one) for one in arguments] + [f"{key}={source(one)}" for key, one in keywords.items()]
            return Symbol(f"{self._elsewhere.get(name, self._module)}.{name}({', '.join(given)})")

        return call


def source(value: Any) -> str:
    """The source text of a symbol, a number, a flag, an index, or a tuple or array of numbers.

    Raises:
        TypeError: something else, which has no text that gives it back.
    """
    if isinstance(value, Symbol):
        return value.text
    if isinstance(value, bool | np.bool_):
        return repr(bool(value))
    if isinstance(value, int | np.integer):
        return repr(int(value))
    if isinstance(value, float | np.floating):
        number = float(value)
        return repr(number) if np.isfinite(number) else f"float({str(number)!r})"
    if isinstance(value, tuple | list | np.ndarray):
        return f"np.array({_list(np.asarray(value, dtype=np.float64).tolist())})"
    if value is None:
        return "None"
    raise TypeError(f"an expression may hold numbers, arrays and its slopes, and not {value!r}")


def _list(values: Any) -> str:
    return f"[{', '.join(map(_list, values))}]" if isinstance(values, list) else source(values)


def _inside(value: Any, least: int) -> str:
    """The text of an operand, in brackets where it binds less tightly than ``least``."""
    text = source(value)
    if isinstance(value, Symbol):
        return text if value.binds >= least else f"({text})"
    return f"({text})" if text.startswith("-") and least > SUM else text


def _binary(left: Any, sign: str, right: Any, binds: int) -> Symbol:
    # Python groups from the left: the right operand has to bind more tightly
    return Symbol(f"{_inside(left, max(binds, SUM))} {sign} {_inside(right, binds + 1)}", binds)


def _index(index: Any) -> str:
    if isinstance(index, tuple):
        return ", ".join(map(_index, index))
    if isinstance(index, slice):
        ends = ["" if end is None else source(end) for end in (index.start, index.stop)]
        return ":".join(ends) + ("" if index.step is None else f":{source(index.step)}")
    if isinstance(index, list):
        return f"np.array([{', '.join(map(_index, index))}])"  # JAX takes no list
    return "..." if index is Ellipsis else source(index)
