"""The palette of a chart: which colour and pattern a series has, and its sign in the key."""

from __future__ import annotations

from markupsafe import Markup

from mapsto.report.charts.renderer.signs import Kind, key_sign
from mapsto.runs.record import SeriesRecord

TONES = 6


class Curve(SeriesRecord, frozen=True, kw_only=True):
    """A series of the report's own figures.

    Attributes:
        faint: one line of many.
        thin: one line of several.
        pattern: how its lines are broken: "dashed", "dotted" or "dashdot".
        upright: over categories, a line across the whole row in place of a dot.
    """

    faint: bool = False
    thin: bool = False
    pattern: str = ""
    upright: bool = False


def style_of(one: SeriesRecord, i: int) -> str:
    """The colour a series asks for, or its place in the palette; past the palette's end a broken line tells apart."""
    tone = one.tone or i % TONES + 1
    pattern = " dashed" if one.dashed else " dotted" if one.tone is None and i >= TONES else ""
    kinds = ""
    if isinstance(one, Curve):
        kinds = " faint" * one.faint + " thin" * one.thin + f" {one.pattern}" * bool(one.pattern)
    return f"t{tone}{pattern}{kinds}"


def is_upright(one: SeriesRecord) -> bool:
    """Whether a series is a line across each row."""
    return isinstance(one, Curve) and one.upright


def swatch(one: SeriesRecord, i: int) -> Markup:
    """The sign of one series, for the key."""
    style = style_of(one, i)
    if is_upright(one):
        return key_sign(("upright", "mode-tick"))
    if one.kind == "points":
        dot: tuple[Kind, str] = ("dot", f"dots {style}")
        return key_sign(("interval", f"whisker {style}"), dot) if one.top or one.bottom else key_sign(dot)
    if one.kind in ("bars", "band"):
        return key_sign(("area", f"{'bars' if one.kind == 'bars' else 'band-area'} {style}"))
    return key_sign(("line", f"line {style}"))


def engine_tone(i: int) -> str:
    """The colour of the i-th engine's draws; the first colour is the exact posterior's."""
    return f"t{i % (TONES - 1) + 2}"


def engine_line(i: int) -> str:
    """The colour of the i-th engine's draws and how their line is broken, which differs where colours come again."""
    return f"{engine_tone(i)} {('dashed', 'dotted', 'dashdot')[i // (TONES - 1) % 3]}"
