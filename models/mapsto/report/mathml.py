"""LaTeX to MathML, which browsers draw without a script or a font of ours."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup, escape
from math_core import LatexError, LatexToMathML


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False)


def formula(latex: str | None, *, display: bool = False) -> Markup:
    """``latex`` as MathML, or the LaTeX itself as code where it cannot be read: a report must not fail on it."""
    if not latex:
        return Markup("")
    try:
        return Markup(_converter().convert_with_local_state(latex, displaystyle=display))
    except LatexError:
        return Markup("<code>") + escape(latex) + Markup("</code>")
