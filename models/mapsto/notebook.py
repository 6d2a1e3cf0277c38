"""How an object shows itself in a notebook: a caption and a table of two columns, escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

SHOWN = 20  # columns of a table at most, before the rest is left out


def shown(caption: str, rows: Iterable[tuple[str, object]]) -> str:
    """An HTML table with a row for each name and value; a value that has a ``_repr_html_`` of its own uses it."""
    body = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
        f'<td style="text-align:left">{_cell(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{body}</tbody></table>"


class Formula(str):
    """LaTeX that a notebook shows as mathematics."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from math_core import LatexError, LatexToMathML

        try:
            return LatexToMathML(fancy_error=False).convert_with_local_state(str(self), displaystyle=False)
        except LatexError:
            return f"<code>{escape(self)}</code>"


def _cell(value: object) -> str:
    own = getattr(value, "_repr_html_", None)
    return str(own()) if callable(own) else escape(str(value))
