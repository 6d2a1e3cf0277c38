"""What makes one file enough: the record inside the page, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from markupsafe import Markup
from msgspec.structs import replace

from mapsto.runs.record import Record, encode

MOST_CHARACTERS = 180_000


def _without_correlations(record: Record) -> Record:
    uncertainty = record.uncertainty
    return replace(record, uncertainty=None if uncertainty is None else replace(uncertainty, correlation=None))


HEAVY: tuple[tuple[str, Callable[[Record], Record]], ...] = (
    ("the correlations", _without_correlations),
    ("the curves of the figures", lambda record: replace(record, plots=None)),
    ("the lesson’s figures", lambda record: replace(record, figures=[])),
    ("the summaries of the draws", lambda record: replace(record, draws={})),
    ("the exact posterior", lambda record: replace(record, exact=None)),
)
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def embedded(record: Record) -> tuple[Markup, list[str]]:
    """The record as JSON that no HTML parser can mistake for a tag.

    Returns:
        The text, and in words what was left out of it: some parts grow as the square of the columns and would make
        the page too heavy to send, so a large record goes in without them.
    """
    left_out: list[str] = []
    text = _dump(record)
    for words, without in HEAVY:
        if len(text) <= MOST_CHARACTERS:
            break
        lighter = without(record)
        if lighter != record:
            record = lighter
            left_out.append(words)
            text = _dump(record)
    return Markup(text), left_out


def _dump(record: Record) -> str:
    text = encode(record).decode()
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return text


def policy(style: str, script: str = "") -> str:
    """A Content-Security-Policy that allows this style sheet and this script by hash, a font as data, and no more."""
    allowed = f"script-src '{_hash(script)}'; " if script else ""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; {allowed}font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
