r"""Text that marks its mathematics: ``$...$`` holds a small part of LaTeX (see ``mapsto.latex``).

Nothing is guessed. Outside the dollar signs a text is as it stands. A dollar sign that is meant is ``\$``, a backslash
``\\`` (alone it is one too). Names of columns and other strings of a user's are data: they enter a text through
:func:`literal`.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from itertools import groupby
from typing import SupportsFloat

from mapsto.errors import BadInput
from mapsto.inline import LOWERED, RAISED, Piece, formula
from mapsto.latex import HELD, MINUS

__all__ = ["HELD", "MINUS", "Piece", "equals", "literal", "number", "pieces", "plain", "quoted", "raised", "words"]

_MATHS = r"\$(?:[^$\\]|\\.)*\$"
_APOSTROPHE = r"(?<=[\w$])'(?=[^\W\d_])"
_PART = re.compile(
    rf"\\(?P<meant>[\\$'])|(?P<maths>{_MATHS})|(?P<open>\$)|(?P<apostrophe>{_APOSTROPHE})",
    re.DOTALL,
)
_WORD = re.compile(rf"(?:\\[\\$']|{_MATHS}|\S)+", re.DOTALL)
_RESERVED = re.compile(rf"[\\$]|{_APOSTROPHE}")


@lru_cache(maxsize=4096)
def pieces(text: str) -> tuple[Piece, ...]:
    """The text in pieces of one look each; outside the dollar signs an apostrophe between letters becomes a true one.

    Raises:
        BadInput: a dollar sign that is not closed, or mathematics outside the subset; the message names the text.
    """
    found: list[Piece] = []
    end = 0
    for part in _PART.finditer(text):
        found.append(Piece(text[end : part.start()]))
        end = part.end()
        if part["open"]:
            raise BadInput(f"{text!r} has a dollar sign that is not closed; a dollar that is meant is written \\$")
        if part["maths"]:
            try:
                found += formula(part["maths"][1:-1])
            except BadInput as error:
                raise BadInput(f"in the text {text!r}: {error}") from error
        else:
            found.append(Piece(part["meant"] or "\N{RIGHT SINGLE QUOTATION MARK}"))
    found.append(Piece(text[end:]))
    return tuple(one for one in found if one.text)


def plain(text: str) -> str:
    r"""The text without markup, for a terminal, an attribute or a CSV: ``$2\sigma_w^2$`` is 2σ_w².

    Mathematics that cannot be read stays as it was written.
    """
    try:
        found = pieces(text)
    except BadInput:
        return text
    parts = []
    for level, run in groupby(found, key=lambda one: one.level):
        inside = "".join(one.text for one in run)
        parts.append(inside if level == 0 else _lowered(inside) if level < 0 else "^" + _held_together(inside))
    return "".join(parts).replace(HELD, " ").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def words(text: str) -> list[str]:
    """The text cut at its spaces, none of which is within mathematics; each word is marked text."""
    return _WORD.findall(text)


def literal(name: object) -> str:
    """A user's string as marked text that shows just that string."""
    return _RESERVED.sub(r"\\\g<0>", str(name))


def quoted(name: object) -> str:
    """A user's string in quotation marks, as marked text."""
    return literal(repr(str(name)))


def number(value: SupportsFloat, digits: int = 3) -> str:
    """``value`` to so many significant digits as marked text: a true minus, and a power of ten where it is long."""
    shown = _number(float(value), digits)
    return f"${shown}$" if shown[0] in "-\\" or "^" in shown else shown


def equals(symbol: str, value: SupportsFloat, digits: int = 3) -> str:
    r"""``$symbol = value$``, which no line breaks: ``equals(r"\sigma", 54)``."""
    return f"${symbol} = {_number(float(value), digits)}$"


def raised(exponent: int) -> str:
    """A whole number as an exponent, in superscript digits."""
    return str(exponent).translate(RAISED)


def _number(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return r"\text{not a number}" if math.isnan(value) else "\\infty" if value > 0 else "-\\infty"
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    if not exponent:
        return mantissa
    front = {"1": "", "-1": "-"}.get(mantissa, rf"{mantissa}\times ")
    return f"{front}10^{{{int(exponent)}}}"


def _lowered(text: str) -> str:
    return text.translate(LOWERED) if text.isdecimal() else "_" + _held_together(text)


def _held_together(text: str) -> str:
    return text if text.isalnum() or len(text) == 1 else f"({text})"
