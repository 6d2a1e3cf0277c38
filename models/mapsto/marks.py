r"""Text that marks its mathematics: ``$...$`` holds a small part of LaTeX (see ``mapsto.latex``).

A formula is set in one line: a fraction becomes a quotient with the brackets that it then needs, a root a radical sign;
operators and relations get spaces at which no line ends.

Nothing is guessed. Outside the dollar signs a text is as it stands. A dollar sign that is meant is ``\$``, a backslash
``\\`` (alone it is one too). Names of columns and other strings of a user's are data: they enter a text through
:func:`literal`.
"""

from __future__ import annotations

import math
from itertools import groupby

from mapsto.errors import BadInput
from mapsto.latex import HELD, MINUS, Atom, Fraction, Group, Root, Script, parse

TYPE_CHECKING = False  # as in mapsto.latex
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsFloat

    from mapsto.latex import Kind, Node

__all__ = ["HELD", "MINUS", "Piece", "equals", "literal", "number", "pieces", "plain", "quoted", "raised", "words"]

RAISED = str.maketrans("-\N{MINUS SIGN}0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
OPERANDS = ("letter", "number", "word", "closing")
VULGAR = {"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾"}


class Piece:
    """Characters of one look: italic or upright, on the line (0), below it (-1) or above it (1)."""

    def __init__(self, text: str, italic: bool = False, level: int = 0) -> None:
        self.text, self.italic, self.level = text, italic, level


def pieces(text: str) -> tuple[Piece, ...]:
    """The text in pieces of one look each; outside the dollar signs an apostrophe between letters becomes a true one.

    Raises:
        BadInput: a dollar sign that is not closed, or mathematics outside the subset; the message names the text.
    """
    found: list[Piece] = []
    start = at = 0  # of the plain characters that are not among the pieces yet
    while at < len(text):
        one = text[at]
        if one == "\\" and text[at + 1 : at + 2] in ("\\", "$", "'"):
            found += Piece(text[start:at]), Piece(text[at + 1])
            start = at = at + 2
        elif one == "$":
            end = _closing(text, at)
            try:
                found += Piece(text[start:at]), *formula(text[at + 1 : end])
            except BadInput as error:
                raise BadInput(f"in the text {text!r}: {error}") from error
            start = at = end + 1
        else:
            at += 1
            if one == "'" and _apostrophe(text, at - 1):
                found += Piece(text[start : at - 1]), Piece("\N{RIGHT SINGLE QUOTATION MARK}")
                start = at
    found.append(Piece(text[start:]))
    return tuple(one for one in found if one.text)


def _closing(text: str, opening: int) -> int:
    """Where the dollar sign stands that closes the one at ``opening``."""
    at = opening + 1
    while at < len(text) and text[at] != "$":
        at += 2 if text[at] == "\\" else 1
    if at >= len(text):
        raise BadInput(f"{text!r} has a dollar sign that is not closed; a dollar that is meant is written \\$")
    return at


def _apostrophe(text: str, at: int) -> bool:
    """Whether a letter follows and what ends a word or a formula stands before."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return (before.isalnum() or before in ("_", "$")) and after.isalpha()


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
    import re

    return re.findall(r"(?:\\[\\$']|\$(?:[^$\\]|\\.)*\$|\S)+", text, re.DOTALL)


def literal(name: object) -> str:
    """A user's string as marked text that shows just that string."""
    text = str(name)
    reserved = (one in "\\$" or (one == "'" and _apostrophe(text, at)) for at, one in enumerate(text))
    return "".join(f"\\{one}" if is_reserved else one for one, is_reserved in zip(text, reserved, strict=True))


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


def formula(source: str) -> list[Piece]:
    """The pieces of a formula, given without its dollar signs.

    Raises:
        BadInput: what :func:`mapsto.latex.parse` refuses, or a script at a script that is no number.
    """
    return _joined(_line(parse(source), 0))


def _line(group: Group, level: int) -> list[Piece]:
    """The pieces of a group, with the spaces that its operators and relations want; none in a script."""
    nodes = _flat(group)
    pieces: list[Piece] = []
    before: Kind | None = None
    for i, node in enumerate(nodes):
        kind = _kind(node)
        after = _kind(nodes[i + 1]) if i + 1 < len(nodes) else None
        shown = _pieces(node, level)
        spaced = before is not None and after is not None and level == 0
        if spaced and (kind == "relation" or (kind == "operator" and before in OPERANDS)):
            shown = [Piece(HELD), *shown, Piece(HELD)]
        elif kind == "comma" and spaced:
            shown = [*shown, Piece(" ")]
        elif kind == "function" and level == 0:
            front = [Piece(HELD)] * (before in OPERANDS)
            shown = [*front, *shown, *[Piece(HELD)] * (after in (*OPERANDS[:-1], "function"))]
        elif isinstance(node, Fraction) and after in OPERANDS and any(one.text == "/" for one in shown):
            shown = [*shown, Piece(HELD)]  # a/b c is not a/(bc)
        pieces += shown
        before = before if kind == "space" else kind
    return pieces


def _flat(group: Group) -> list[Node]:
    return [inner for node in group.nodes for inner in (_flat(node) if isinstance(node, Group) else [node])]


def _kind(node: Node) -> Kind:
    if isinstance(node, Atom):
        return node.kind
    if isinstance(node, Script):
        base = node.base
        return "closing" if isinstance(base, Group) else _kind(base)
    return "number"


def _pieces(node: Node, level: int) -> list[Piece]:
    if isinstance(node, Atom):
        return [Piece(node.text, node.kind == "letter", level)]
    if isinstance(node, Group):
        return _line(node, level)
    if isinstance(node, Root):
        return [Piece("√", level=level), *_bracketed(node.inside, level, always=_long(node.inside))]
    if isinstance(node, Fraction):
        over, under = (_line(part, level) for part in (node.over, node.under))
        vulgar = VULGAR.get("/".join("".join(one.text for one in part) for part in (over, under)))
        if vulgar:
            return [Piece(vulgar, level=level)]
        sums = any(_kind(one) in ("operator", "relation") for one in _flat(node.over)[1:])
        over = _bracketed(node.over, level, always=sums)
        return [*over, Piece("/", level=level), *_bracketed(node.under, level, always=_long(node.under))]
    pieces = _pieces(node.base, level)
    for part, step, table in ((node.below, -1, LOWERED), (node.above, 1, RAISED)):
        if part is None:
            continue
        inside = _line(part, level or step)
        text = "".join(one.text for one in inside)
        if (step == 1 or level) and all(ord(character) in table for character in text):
            pieces.append(Piece(text.translate(table), level=level))
        elif level:
            raise BadInput("a script stands at a script, which has no place in a line of text")
        else:
            pieces += inside
    return pieces


def _long(group: Group) -> bool:
    """Whether a group has to be bracketed under a root or a fraction's bar."""
    nodes = _flat(group)
    return len(nodes) > 1 and not (_kind(nodes[0]) == "opening" and _kind(nodes[-1]) == "closing")


def _bracketed(group: Group, level: int, *, always: bool) -> list[Piece]:
    inside = _line(group, level)
    return [Piece("(", level=level), *inside, Piece(")", level=level)] if always else inside


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with neighbours of one look made one."""
    joined: list[Piece] = []
    for one in pieces:
        if joined and (joined[-1].italic, joined[-1].level) == (one.italic, one.level):
            joined[-1] = Piece(joined[-1].text + one.text, one.italic, one.level)
        elif one.text:
            joined.append(one)
    return joined
