r"""The value of a formula in LaTeX, for the part of it that plug-ins state their densities in.

A product is a row of symbols; a slash divides by all of the row after it, as in ``e^{-w^2/2s^2}``; ``\log`` and its
like take what is in brackets after them, or else the row. Two arrays next to each other are multiplied as matrices.
After ``,\quad`` come definitions, as in ``\exp(-u),\quad u=w/s``. What is not known is refused
with BadInput, never guessed.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mapsto.certificate.facts.latex.parser import Parser
from mapsto.certificate.facts.latex.values import Symbols, Value
from mapsto.errors import BadInput

__all__ = ["Symbols", "Value", "functions_of", "read", "symbols_of"]

HOLDS_WHERE = r"(?:\\quad|\\;|\\,|\s)*\((?:[^()]*?)(?:\\geq?(?![a-z])|\\leq?(?![a-z])|<|>)(?:[^()]*?)\)\s*$"


@lru_cache(maxsize=256)
def read(source: str) -> tuple[Value, dict[str, Value]]:
    """A formula as a function of its symbols, and the definitions that stand after it, by symbol.

    Raises:
        BadInput: something in it is not known here.
    """
    first, *rest = re.split(r",\s*(?:\\quad|\\qquad)", source)
    first = re.sub(HOLDS_WHERE, "", first)
    first = re.sub(r"^p\([^()]*\)\s*(?:\\propto|=)", "", first)
    definitions: dict[str, Value] = {}
    for part in rest:
        left, equals, right = part.partition("=")
        if not equals:
            raise BadInput(f"{part.strip()!r} after the formula is no definition")
        parser = Parser(left)
        name = re.sub(r"_[ij]$", "", parser.name(parser.take()))
        definitions[name] = Parser(right).whole()
    return Parser(first).whole(), definitions


def symbols_of(source: str) -> set[str]:
    """The symbols that a formula needs numbers for."""
    return _undefined(source, "symbols")


def functions_of(source: str) -> set[str]:
    """The names in a formula that are functions, by the brackets after them: they need definitions."""
    return _undefined(source, "functions")


def _undefined(source: str, kind: str) -> set[str]:
    value, definitions = read(source)
    return set().union(*(getattr(one, kind) for one in (value, *definitions.values()))) - set(definitions)
