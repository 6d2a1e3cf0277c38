"""A formula in LaTeX as a function of its symbols, by recursive descent."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import binom, kv

from mapsto.certificate.facts.latex.tokens import Tokens
from mapsto.certificate.facts.latex.values import FUNCTIONS, Symbols, Value, called, factorial, power, then

_CLOSING = {"(": ")", "[": "]", r"\{": r"\}", r"\lvert": r"\rvert", r"\lVert": r"\rVert", "{": "}"}
_RELATIONS = {"=", "<", ">", r"\ge", r"\geq", r"\le", r"\leq", r"\sim", r"\propto", r"\mid", r"\in", r"\ne", r"\approx"}
_FUNCTION = re.compile(r"[A-Z]_.*|[FGHfgh]")  # what a bracket after it is the argument of
_PENALTY = re.compile(r"(var)?phi")  # likewise, if the bracket holds w alone
_WORDS = (r"\mathrm", r"\operatorname", r"\text", r"\mathop")
_INDEX = ("i", "j")


class Parser(Tokens):
    """Recursive descent; each rule gives a function of the symbols."""

    def whole(self) -> Value:
        """All of the formula, with its symbols as an attribute."""
        value = self.sum()
        if self.tokens:
            raise self.error(f"{self.next} is not known here")

        def evaluate(at: Symbols) -> Any:
            return value(at)

        evaluate.symbols = self.symbols  # type: ignore[attr-defined]
        evaluate.functions = self.functions  # type: ignore[attr-defined]
        return evaluate

    def sum(self) -> Value:
        """Rows that are added and subtracted."""
        parts: list[tuple[float, Value]] = []
        sign = 1.0
        while self.next in ("+", "-"):
            sign *= -1.0 if self.take() == "-" else 1.0
        parts.append((sign, self.quotient()))
        while self.next in ("+", "-"):
            sign = -1.0 if self.take() == "-" else 1.0
            parts.append((sign, self.quotient()))
        return lambda at: sum(s * part(at) for s, part in parts[1:]) + parts[0][0] * parts[0][1](at)

    def quotient(self) -> Value:
        """A row, perhaps divided by the row after a slash."""
        above = self.row()
        if self.next != "/":
            return above
        self.take()
        below = self.row()
        return lambda at: above(at) / below(at)

    def starts(self) -> bool:
        """Whether the next token begins a factor."""
        token = self.next
        closes = token in _CLOSING.values() or (token in ("|", r"\|") and token in self.bars[-1:])
        return bool(token) and not closes and token not in {"+", "-", "/", ",", ";", ".", "&", *_RELATIONS}

    def row(self) -> Value:
        """Factors one after the other, multiplied."""
        if self.next == "-":
            self.take()
            rest = self.row()
            return lambda at: -rest(at)
        parts = [self.factor()]
        while True:
            if self.next in (r"\cdot", r"\times"):
                self.take()
            elif not self.starts():
                break
            parts.append(self.factor())

        def product(at: Symbols) -> Any:
            total = parts[0](at)
            for part in parts[1:]:
                other = part(at)
                total = total @ other if np.ndim(total) and np.ndim(other) else total * other
            return total

        return product

    def factor(self) -> Value:
        """An atom with its superscripts and exclamation marks."""
        value = self.atom()
        while self.next in ("^", "!"):
            value = self.after(value)
        return value

    def after(self, value: Value) -> Value:
        """What an exclamation mark or a superscript makes of the factor before it."""
        if self.take() == "!":
            return then(factorial, value)
        return then(np.transpose, value) if self.is_transpose() else then(power, value, self.argument())

    def is_transpose(self) -> bool:
        """Whether the superscript is that of a transpose, which is consumed."""
        if self.next in (r"\top", "T"):
            self.take()
            return True
        if self.follows("{", r"\top", "}") or self.follows("{", "T", "}"):
            del self.tokens[-3:]
            return True
        return False

    def argument(self) -> Value:
        """A group in braces, or the next sign."""
        token = self.take()
        if token == "{":
            value = self.sum()
            self.expect("}")
            return value
        if len(token) > 1 and token[0].isdigit():  # LaTeX takes the first digit
            self.tokens.append(token[1:])
            token = token[0]
        self.tokens.append(token)
        return self.atom()

    def atom(self) -> Value:
        """A number, a symbol, a function, a fraction, or what is in brackets."""
        token = self.take()
        if token in _CLOSING or token in ("|", r"\|"):
            return self.enclosed(token)
        if token in (r"\frac", r"\tfrac", r"\dfrac", r"\binom"):
            return then(binom if token == r"\binom" else np.divide, self.argument(), self.argument())
        if token == r"\sqrt":
            return self.root()
        if token in (r"\sum", r"\prod"):
            return self.over_index(np.sum if token == r"\sum" else np.prod)
        if token in _WORDS:
            word = "\\" + self.word()
            if word not in FUNCTIONS:
                raise self.error(f"{token}{{{word[1:]}}} is not known here")
            return self.function(FUNCTIONS[word])
        if token in FUNCTIONS and (token != "B" or self.next == "("):
            return self.function(FUNCTIONS[token])
        if token == "K" and self.next == "_":
            self.take()
            return then(kv, self.argument(), *self.bracketed())
        if token[0].isdigit() or token[0] == ".":
            number = float(token)
            return lambda at: number
        return self.symbol_at(token)

    def enclosed(self, token: str) -> Value:
        """What stands in brackets, braces, bars or double bars."""
        self.bars.append(token)
        value = self.sum()
        self.bars.pop()
        self.expect(_CLOSING.get(token, token))
        if token in (r"\lvert", "|"):
            return then(np.abs, value)
        return then(np.linalg.norm, value) if token in (r"\lVert", r"\|") else value

    def symbol_at(self, token: str) -> Value:
        """A letter: a number, or a function where its arguments follow."""
        if token == r"\pi":
            return self.symbol("pi", math.pi)
        if token == "e" and self.next == "^":
            return lambda at: math.e
        if token in (r"\hat", r"\tilde", r"\bar"):
            raise self.error(f"{token} is not known here")
        name = self.name(token)
        of_w = _PENALTY.fullmatch(name) and self.follows("(", "w", ")")
        if of_w or (self.next == "(" and _FUNCTION.fullmatch(name)):
            self.functions.add(name)
            given = self.bracketed()
            return lambda at: called(at, name)(*(one(at) for one in given))
        return self.symbol(name)

    def root(self) -> Value:
        """A square root, or that of the degree in brackets."""
        degree = 2.0
        if self.next == "[":
            self.take()
            degree = float(self.take())
            self.expect("]")
        inside = self.argument()
        return lambda at: power(inside(at), 1 / degree)

    def function(self, of: Callable[..., Any]) -> Value:
        """A function of what is in brackets, or of the row after it; a power between them is of its value."""
        above = None
        if self.next == "^":
            self.take()
            above = self.argument()
        if self.next in ("(", "[", r"\{"):
            given = self.bracketed()
            while len(given) == 1 and self.next == "!":  # \log (k)! is the logarithm of a factorial
                given = [self.after(given[0])]
        else:
            given = [self.row()]
        value = then(of, *given)
        return value if above is None else then(power, value, above)

    def bracketed(self) -> list[Value]:
        """The arguments in brackets, between commas."""
        closing = _CLOSING[self.take()]
        given = [self.sum()]
        while self.next in (",", ";"):
            self.take()
            given.append(self.sum())
        self.expect(closing)
        return given

    def over_index(self, total: Callable[..., Any]) -> Value:
        """A sum or a product over rows or slopes, of the row that follows."""
        letter, first, last = "", None, None
        self.expect("_")
        if self.next == "{":
            self.take()
            letter = self.take()
            self.expect("=")
            first = self.sum()
            self.expect("}")
        else:
            letter = self.take()
        if self.next == "^":
            self.take()
            last = self.argument()
        if letter not in _INDEX:
            raise self.error(f"the index {letter} is none of {', '.join(_INDEX)}")
        term = self.quotient()

        def added(at: Symbols) -> Any:
            start = 1 if first is None else round(float(first(at)))
            end = at["n" if letter == "i" else "p"] if last is None else round(float(last(at)))
            return total([term(at | {letter: k}) for k in range(start - 1, end)])

        return added
