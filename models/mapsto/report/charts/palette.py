"""The palette of a chart: which colour and pattern a series has, and its sign in the key."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from mapsto.report.svg import tag

TONES = 6


def style_of(one: dict[str, Any], i: int) -> str:
    """The colour a series asks for, or its place in the palette; past the palette's end a broken line tells apart."""
    tone = one.get("tone") or i % TONES + 1
    pattern = " dashed" if one.get("dashed") else " dotted" if one.get("tone") is None and i >= TONES else ""
    return f"t{tone}{pattern}" + "".join(f" {kind}" for kind in ("faint", "thin") if one.get(kind))


def swatch(one: dict[str, Any], i: int) -> Markup:
    """The sign of one series, for the key."""
    kind, style = one["kind"], style_of(one, i)
    if kind == "points":
        sign = tag("path", d="M17 6h0", class_=f"dots {style}")
    elif kind in ("bars", "band"):
        sign = tag("path", d="M2 1h30v10h-30z", class_=f"{'bars' if kind == 'bars' else 'band-area'} {style}")
    else:
        sign = tag("path", d="M0 6h34", class_=f"line {style}")
    return Markup('<svg class="swatch" viewBox="0 0 34 12" aria-hidden="true">') + sign + Markup("</svg>")
