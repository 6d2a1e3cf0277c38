"""A formula of the small LaTeX as pieces of one look each, in one line.

A fraction becomes a quotient with the brackets that it then needs, a root a radical sign; operators and relations get
spaces at which no line ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapsto.errors import BadInput
from mapsto.latex import HELD, MINUS, Atom, Fraction, Group, Kind, Node, Root, Script, parse

RAISED = str.maketrans(f"-{MINUS}0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
OPERANDS = ("letter", "number", "word", "closing")
VULGAR = {"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾"}


@dataclass(frozen=True)
class Piece:
    """Characters of one look: italic or upright, on the line (0), below it (-1) or above it (1)."""

    text: str
    italic: bool = False
    level: int = 0


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
