"""What makes one file enough: the record inside the page, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from typing import Any

from markupsafe import Markup

MOST_CHARACTERS = 180_000
HEAVY = (
    ("the correlations", ("uncertainty", "correlation")),
    ("the curves of the figures", ("plots",)),
    ("the lesson’s figures", ("figures",)),
    ("the summaries of the draws", ("posterior", "nuts")),
    ("the exact posterior", ("posterior", "exact")),
)
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def embedded(record: dict[str, Any]) -> tuple[Markup, list[str]]:
    """The record as JSON that no HTML parser can mistake for a tag.

    Returns:
        The text, and in words what was left out of it: some parts grow as the square of the columns and would make
        the page too heavy to send, so a large record goes in without them.
    """
    left_out: list[str] = []
    text = _dump(record)
    for words, path in HEAVY:
        if len(text) <= MOST_CHARACTERS:
            break
        if _holds(record, path):
            record = _without(record, path)
            left_out.append(words)
            text = _dump(record)
    return Markup(text), left_out


def _holds(record: dict[str, Any], path: tuple[str, ...]) -> bool:
    part: Any = record
    for key in path:
        part = (part or {}).get(key)
    return part is not None


def _without(record: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    key, *rest = path
    return {**record, key: _without(record[key], tuple(rest)) if rest else None}


def _dump(record: dict[str, Any]) -> str:
    text = json.dumps(_finite(record), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return text


def _finite(value: Any) -> Any:
    """JSON has no infinity; what is not a number goes in as null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value


def policy(style: str, script: str = "") -> str:
    """A Content-Security-Policy that allows this style sheet and this script by hash, a font as data, and no more."""
    allowed = f"script-src '{_hash(script)}'; " if script else ""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; {allowed}font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
