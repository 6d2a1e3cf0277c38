"""The few SVG pieces the figures share. Every text and attribute passes through an escape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Attribute = str | float | None


def tag(name: str, *children: str | Markup, **attributes: Attribute) -> Markup:
    """One element; ``class_`` stands for class and ``text_anchor`` for text-anchor."""
    parts = []
    for key, value in attributes.items():
        if value is None:
            continue
        shown = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
        parts.append(f' {key.rstrip("_").replace("_", "-")}="{escape(shown)}"')
    inside = Markup("").join(escape(child) for child in children)
    return Markup(f"<{name}{''.join(parts)}>") + inside + Markup(f"</{name}>")


def figure(
    key: str, title: str, description: str, width: float, height: float, body: Sequence[Markup], **data: str
) -> Markup:
    """A whole drawing that names and describes itself to those who do not see it; ``data`` are for a script."""
    inside = (
        tag("title", title, id=f"{key}-title"),
        tag("desc", description, id=f"{key}-desc"),
        *body,
    )
    extra = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    return Markup(
        f'<svg id="{key}"{extra} viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="{key}-title" aria-describedby="{key}-desc">'
        f"{Markup('').join(inside)}</svg>"
    )


def small_drawing(class_: str, width: float, height: float, body: Sequence[Markup]) -> Markup:
    """A drawing that the words around it describe, so that it needs none of its own."""
    head = Markup(f'<svg class="{class_}" viewBox="0 0 {width:g} {height:g}" aria-hidden="true">')
    return head + Markup("").join(body) + Markup("</svg>")


@dataclass(frozen=True)
class Scale:
    """A straight map from data to drawing units."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The drawing coordinate of ``value``, held within the frame."""
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, about: int = 5) -> list[float]:
        """Round values within the range, ``about`` so many."""
        span = self.high - self.low
        if not math.isfinite(span) or span <= 0:
            return [self.low]
        rough = span / about
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
        first = math.ceil(self.low / step)
        return [k * step for k in range(first, math.floor(self.high / step) + 1)]


def short(name: str, most: int) -> str:
    """A name cut to fit next to a drawing; the tables hold it whole."""
    return name if len(name) <= most else name[: most - 1] + "…"
