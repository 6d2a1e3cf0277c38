"""The palette of a chart: which colour and pattern a series has, and its sign in the key."""

from __future__ import annotations

from markupsafe import Markup

from mapsto.report.svg import tag
from mapsto.runs.record import SeriesRecord

TONES = 6


class Curve(SeriesRecord, frozen=True, kw_only=True):
    """A line of the report's own figures: one of many, so drawn ``faint`` or ``thin``."""

    faint: bool = False
    thin: bool = False


def style_of(one: SeriesRecord, i: int) -> str:
    """The colour a series asks for, or its place in the palette; past the palette's end a broken line tells apart."""
    tone = one.tone or i % TONES + 1
    pattern = " dashed" if one.dashed else " dotted" if one.tone is None and i >= TONES else ""
    kinds = (" faint" * one.faint + " thin" * one.thin) if isinstance(one, Curve) else ""
    return f"t{tone}{pattern}{kinds}"


def swatch(one: SeriesRecord, i: int) -> Markup:
    """The sign of one series, for the key."""
    style = style_of(one, i)
    if one.kind == "points":
        sign = tag("path", d="M17 6h0", class_=f"dots {style}")
    elif one.kind in ("bars", "band"):
        sign = tag("path", d="M2 1h30v10h-30z", class_=f"{'bars' if one.kind == 'bars' else 'band-area'} {style}")
    else:
        sign = tag("path", d="M0 6h34", class_=f"line {style}")
    return framed(sign)


def framed(sign: Markup, height: int = 12, class_: str = "swatch") -> Markup:
    """A sign by itself, for a key."""
    return Markup(f'<svg class="{class_}" viewBox="0 0 34 {height}" aria-hidden="true">') + sign + Markup("</svg>")


def engine_tone(i: int) -> str:
    """The colour of the i-th engine's draws; the first colour is the exact posterior's."""
    return f"t{i % (TONES - 1) + 2}"


def engine_line(i: int) -> str:
    """The colour of the i-th engine's draws and how their line is broken, which differs where colours come again."""
    return f"{engine_tone(i)} {('dashed', 'dotted', 'dashdot')[i // (TONES - 1) % 3]}"
