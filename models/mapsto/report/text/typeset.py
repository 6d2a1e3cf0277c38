"""Plain text of a record as people print it: a true minus, italic variables, subscripts, powers of ten.

A record's words are plain text ("σ_w", "-3.0", "1e-9"), and stay so in its JSON. Only what is certainly mathematics is
set: a fixed list of subscripted symbols, Greek letters, what stands between norm bars or after "p(", and minus signs
that cannot be hyphens. A column called ``a_b``, ``x-1`` or ``<script>`` is none of these and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Literal

from markupsafe import Markup, escape

from mapsto.report.svg import tag
from mapsto.report.text.numerals import MINUS, raised

Kind = Literal["plain", "variable", "below"]

HELD = "\N{NO-BREAK SPACE}"
_GREEK = "αβγδεζηθικλμνξρστυφϕχψω"  # without π, a number
_SUBSCRIPTED = ("σ_w", "σ_b", "λ_j", "τ_j", "φ_j", "ψ_j")
_WORD = r"[^\W\d_]"

# A hyphen is a minus before a number at the start of a word, in exp(-…), and before a Greek letter or a term such as
# J/2 or n/2. Options (--noise-sd), ranges (1-2), dates and names (x-1, -1x) have something else before or after it.
_MINUS = re.compile(
    r"(?:(?<=exp\()|(?<![^\s(\[{|×·,;]))-(?=\.?\d[\d.,]*(?![A-Za-z_\d]))"
    rf"|(?<=exp\()-|(?<![^\s(\[|×·,])-(?=[{_GREEK}]|[Jn]/)"
)
# Alone between two short terms it is one where a term cannot be a word: "‖y - b", "(1 - h)", but not "a - b".
_TERM = re.compile(rf"[(‖]*(?:\d[\d.]*|[A-Za-z]{{1,2}}|[{_GREEK}]+|\w²?/\(\d)[²‖)]*[,.;:]?")
_SURE = re.compile(r"[\d²‖()]")
_POWER = re.compile(r"(?<![\w.=:-])(\d(?:\.\d+)?)e([+-]?\d{1,3})(?!\w|\.\d)")
_EQUALS = re.compile(rf"(?<=\S) = (?={MINUS}?\d)")  # a line never ends between a name and its number
_POSSESSIVE = re.compile(rf"(?<={_WORD})'(?=s\b)")
_APOSTROPHE = re.compile(rf"(?<={_WORD})'(?=s\b)|(?<=s)'(?= {_WORD})")
_QUOTE = re.compile(r"(?<!\w)'")
_FORMULA = re.compile(
    rf"(?P<below>(?<!{_WORD}_)(?:{'|'.join(_SUBSCRIPTED)})(?![^\W²]))"
    r"|(?P<norm>‖(?:[^‖\s]|\s[−+]\s){1,30}‖(?:²?/\d?n\b)?)"
    r"|(?P<density>(?<!\w)p\((?:log )?[^()\s]{1,3}(?:, \w)?(?: \| \w(?:, \w)?)?\))"
    rf"|(?P<greek>(?<![A-Za-z_{_GREEK}])[{_GREEK}]+(?![_{_GREEK}]))"
    rf"|(?P<latin>(?<![^\W\d{_GREEK}])[A-Za-z](?=²)|(?<=[{_GREEK}])[a-z](?!\w)"
    rf"|(?<=exp\({MINUS})J(?=[)/])|(?<![^\s(\[{MINUS}])[Jn](?=/\(?2)"
    r"|(?<!\w)[nw](?=/(?:\(|σ|√))|(?<=\()n(?= \+ α))"
)
_ALONE = re.compile(r"(?<![\w’'.\-‖])(?<!\d )[wyXJnpbr](?![\w’'\-])(?!\.\w)")
_LETTER = re.compile(rf"(?P<below>{'|'.join(_SUBSCRIPTED)})|(?P<word>\blog\b)|(?P<letter>[A-Za-z{_GREEK}])")


def signed(text: str) -> str:
    """The text with true minus signs, and powers of ten instead of computer notation."""
    text = _POWER.sub(lambda found: _power(found[1], int(found[2])), str(text))
    text = _EQUALS.sub(f"{HELD}={HELD}", _MINUS.sub(MINUS, _between(text)))
    return (_POSSESSIVE if _QUOTE.search(text) else _APOSTROPHE).sub("’", text)


def _between(text: str) -> str:
    """The text with a minus for each hyphen that stands alone between two terms."""
    first, *rest = text.split(" - ")
    for part in rest:
        terms = (first.rsplit(None, 1) or [""])[-1], (part.split(None, 1) or [""])[0]
        sure = all(map(_TERM.fullmatch, terms)) and any(map(_SURE.search, terms))
        first += f"{HELD}{MINUS}{HELD}{part}" if sure else f" - {part}"
    return first


def prose(text: str, columns: Collection[str] = ()) -> Markup:
    """The text for an HTML page, escaped, with its mathematics set; see :func:`pieces`."""
    parts = []
    for kind, piece in pieces(text, columns):
        if kind == "below":
            symbol, below = piece.split("_")
            parts.append(Markup("<var>{}<sub>{}</sub></var>").format(symbol, below))
        else:
            parts.append(Markup("<var>{}</var>").format(piece) if kind == "variable" else escape(piece))
    return Markup("").join(parts)


def drawn(text: str, columns: Collection[str] = ()) -> Markup:
    """The text for the inside of an SVG ``text``, escaped, with its mathematics set; see :func:`pieces`.

    A subscript is lowered by ``dy``, which every browser knows, and the text after it is raised again.
    """
    parts: list[Markup] = []
    lowered = False
    for kind, piece in pieces(text, columns):
        up = "-0.22em" if lowered else None
        lowered = kind == "below"
        if kind == "below":
            symbol, below = piece.split("_")
            parts += [tag("tspan", symbol, class_="var", dy=up), tag("tspan", below, class_="var sub", dy="0.3em")]
        elif kind == "variable":
            parts.append(tag("tspan", piece, class_="var", dy=up))
        else:
            parts.append(tag("tspan", piece, dy=up) if up else escape(piece))
    return Markup("").join(parts)


def pieces(text: str, columns: Collection[str] = ()) -> list[tuple[Kind, str]]:
    """The text in its parts: plain, a variable (one letter or more, italic), or a symbol with a subscript.

    Args:
        text: plain text.
        columns: the user's names. A symbol or a letter alone, such as w, is not set if a column is called so.
    """
    joined: list[tuple[Kind, str]] = []
    for kind, piece in _pieces(signed(text), columns):
        if joined and kind == joined[-1][0] != "below":
            joined[-1] = (kind, joined[-1][1] + piece)
        elif piece:
            joined.append((kind, piece))
    return joined


def _pieces(text: str, columns: Collection[str]) -> Iterator[tuple[Kind, str]]:
    end = 0
    for found in _FORMULA.finditer(text):
        yield from _alone(text, end, found.start(), columns)
        end = found.end()
        if found[0] in columns:
            yield "plain", found[0]
        elif found["norm"] or found["density"]:
            yield from _letters(found[0])
        else:
            yield ("below" if found["below"] else "variable"), found[0]
    yield from _alone(text, end, len(text), columns)


def _alone(text: str, start: int, stop: int, columns: Collection[str]) -> Iterator[tuple[Kind, str]]:
    """A part of the text with the letters that stand alone as variables."""
    for found in _ALONE.finditer(text, start, stop):
        if found[0] not in columns:
            yield "plain", text[start : found.start()]
            yield "variable", found[0]
            start = found.end()
    yield "plain", text[start:stop]


def _letters(formula: str) -> Iterator[tuple[Kind, str]]:
    """A formula with each of its letters a variable."""
    end = 0
    for found in _LETTER.finditer(formula):
        yield "plain", formula[end : found.start()]
        end = found.end()
        yield ("below" if found["below"] else "plain" if found["word"] else "variable"), found[0]
    yield "plain", formula[end:]


def _power(front: str, exponent: int) -> str:
    return f"{'' if front == '1' else f'{front} × '}10{raised(exponent)}"
