"""The signs of a key, and the marks of the modes: small shapes, each asked for by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from markupsafe import Markup

from mapsto.report.svg import small_drawing, tag

WIDTH, HEIGHT = 34, 12
type Kind = Literal["line", "dot", "interval", "area", "cell", "upright"]
SHAPES: dict[Kind, str] = {
    "line": "M0 6h34",
    "dot": "M17 6h0",
    "interval": "M2 6h30",
    "area": "M2 1h30v10h-30z",
    "cell": "M0 0h34v12h-34z",
    "upright": "M17 0v12",
}
# What a pen does around (x, y), in drawing units; the first is a tick that stands on the axis.
SIGNS: tuple[Callable[[float, float], str], ...] = (
    lambda x, y: f"M{x:.1f} {y - 11:.1f}v16",
    lambda x, y: f"M{x - 5:.1f} {y:.1f}a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    lambda x, y: f"M{x - 4:.1f} {y - 4:.1f}l8 8m0-8l-8 8",
    lambda x, y: f"M{x:.1f} {y - 8:.1f}l8 8l-8 8l-8-8z",
    lambda x, y: f"M{x - 6:.1f} {y - 6:.1f}h12v12h-12z",
    lambda x, y: f"M{x:.1f} {y - 8:.1f}l7 13h-14z",
    lambda x, y: f"M{x:.1f} {y + 8:.1f}l7-13h-14z",
    lambda x, y: f"M{x - 7:.1f} {y:.1f}h14m-7-7v14",
)


def key_sign(*shapes: tuple[Kind, str]) -> Markup:
    """The sign of a series by itself: its shapes, the lowest first, each with the classes that give it its colour."""
    return framed(Markup("").join(tag("path", d=SHAPES[kind], class_=class_) for kind, class_ in shapes))


def mode_sign(k: int, x: float, y: float, class_: str) -> Markup:
    """The mark of the k-th mode at a place; past the last shape they come again."""
    return tag("path", d=SIGNS[k % len(SIGNS)](x, y), class_=class_)


def framed(sign: Markup, height: int = HEIGHT, class_: str = "swatch") -> Markup:
    """A sign in a frame of its own, for a key."""
    return small_drawing(class_, WIDTH, height, [sign])
