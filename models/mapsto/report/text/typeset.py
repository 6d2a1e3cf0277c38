"""Marked text (see ``mapsto.marks``) as HTML and as the inside of an SVG ``text``, escaped."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from markupsafe import Markup, escape

from mapsto.errors import BadInput
from mapsto.marks import Piece, pieces
from mapsto.report.svg import tag

DOWN = {-1: 0.3, 1: -0.5}  # of the smaller letters of a script, in their own size
SMALL = 0.74  # their size; the style sheet has it too

read = lru_cache(maxsize=4096)(pieces)  # a page says many things more than once


def prose(text: str) -> Markup:
    """The text for an HTML page, with its mathematics set; what cannot be read is shown as it was written."""
    try:
        found = read(str(text))
    except BadInput:
        return Markup("<code>{}</code>").format(text)
    parts = []
    for italic, run in groupby(found, key=lambda one: one.italic):
        inside = Markup("").join(map(_script, run))
        parts.append(Markup("<var>{}</var>").format(inside) if italic else inside)
    return Markup("").join(parts)


def _script(one: Piece) -> Markup:
    if one.level == 0:
        return escape(one.text)
    return tag("sub" if one.level < 0 else "sup", one.text)


def drawn(text: str) -> Markup:
    """The text for the inside of an SVG ``text``, with its mathematics set.

    A script is moved by ``dy``, which every browser knows, and the text after it is moved back.
    """
    try:
        found = read(str(text))
    except BadInput:
        return escape(text)
    parts: list[Markup] = []
    off = 0.0  # how far below the line the pen is, in the size of the text
    for one in found:
        to = DOWN.get(one.level, 0.0) * SMALL
        step = (to - off) / (SMALL if one.level else 1.0)
        look = ("var" if one.italic else "", "sub" if one.level else "")
        class_ = " ".join(filter(None, look)) or None
        dy = f"{step:.2f}".rstrip("0") + "em" if abs(step) > 1e-9 else None
        parts.append(tag("tspan", one.text, class_=class_, dy=dy) if class_ or dy else escape(one.text))
        off = to
    return Markup("").join(parts)
