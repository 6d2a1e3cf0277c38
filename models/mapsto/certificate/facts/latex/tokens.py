"""The signs of a formula in LaTeX, one after another, and the names of symbols that they spell."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from mapsto.certificate.facts.latex.values import Symbols, Value, found
from mapsto.errors import BadInput

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\.\d+|\s+|.", re.DOTALL)
_SKIPPED = {r"\left", r"\right", r"\,", r"\;", r"\ ", r"\!", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\displaystyle"}
_SKIPPED |= {r"\big", r"\Big", r"\limits", r"\quad"}
_GREEK = re.compile(
    "alpha|beta|gamma|delta|(var)?epsilon|zeta|eta|(var)?theta|iota|kappa|lambda|mu|nu|xi|pi|(var)?rho|sigma|tau|"
    "upsilon|(var)?phi|chi|psi|omega|ell"
)


class Tokens:
    """The tokens that are left, and the symbols and functions met so far."""

    def __init__(self, source: str) -> None:
        self.source = source
        tokens = [token for token in _TOKEN.findall(source) if not token.isspace() and token not in _SKIPPED]
        self.tokens: list[str] = tokens[::-1]
        self.symbols: set[str] = set()
        self.functions: set[str] = set()
        self.bars: list[str] = []  # those that are open

    def error(self, why: str) -> BadInput:
        """What is wrong with the formula."""
        return BadInput(f"{self.source.strip()!r} cannot be evaluated: {why}")

    @property
    def next(self) -> str:
        """The next token, empty at the end."""
        return self.tokens[-1] if self.tokens else ""

    def take(self) -> str:
        """The next token, consumed."""
        if not self.tokens:
            raise self.error("it ends too early")
        return self.tokens.pop()

    def expect(self, token: str) -> None:
        """Consume a token, or say what came in its place."""
        if self.next != token:
            raise self.error(f"{self.next or 'its end'} came where {token} was due")
        self.tokens.pop()

    def follows(self, *tokens: str) -> bool:
        """Whether these tokens come next, in this order."""
        return self.tokens[-len(tokens) :][::-1] == list(tokens)

    def word(self) -> str:
        r"""The letters in the braces after a command such as ``\operatorname``, consumed."""
        self.expect("{")
        letters = ""
        while self.next.isalnum():
            letters += self.take()
        self.expect("}")
        return letters

    def name(self, token: str) -> str:
        """A symbol with its subscript, as sigma_w; an index is kept apart."""
        base = token.removeprefix("\\")
        if (
            not base.isalpha()
            or (token[0] == "\\" and not _GREEK.fullmatch(base.lower()))
            or (len(token) > 1 and token[0] != "\\")
        ):
            raise self.error(f"{token} is not known here")
        if self.next != "_":
            return base
        self.take()
        below = self.take()
        if below == "{":
            inside = []
            while self.next != "}":
                inside.append(self.take())
            self.take()
            below = "".join(inside)
        return f"{base}_{below.removeprefix(chr(92))}"

    def symbol(self, name: str, known: float | None = None) -> Value:
        """The number of a symbol; of one with an index, of that row or slope."""
        base, _, below = name.partition("_")
        index = re.fullmatch(r"(i|j|g)(?:([+-])(\d+))?", below)
        if index is None:
            self.symbols.add(name)
            return lambda at: found(at, name, known)
        self.symbols.add(base)
        letter, shift = index[1], int((index[2] or "+") + (index[3] or "0"))

        def element(at: Symbols) -> Any:
            value = found(at, base, None)
            return value[at[letter] + shift] if letter in at and np.ndim(value) else value

        return element
