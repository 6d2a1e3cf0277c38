"""LaTeX to MathML, which browsers draw by themselves, in the font that the page brings (see ``font``)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from markupsafe import Markup, escape
from math_core import LatexError, LatexToMathML

from mapsto.report.svg import tag


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


def terms(*parts: str, kept: Sequence[str] = (), dropped: Sequence[str] = ()) -> Markup:
    """A long formula in parts of their own, since a browser breaks lines between formulas and not within them.

    Args:
        parts: what stands first.
        kept: terms of the sum that follows, marked as those that a loss keeps.
        dropped: more of its terms, marked as those that it drops.
    """
    told = [tag("span", formula(part, display=True)) for part in parts]
    for kind, some in (("kept", kept), ("dropped", dropped)):
        for term in some:
            first = kind == "kept" and term is some[0]
            plus = Markup("") if first else formula("{}+{}", display=True)
            told.append(tag("span", plus, tag("span", formula(term, display=True), class_=f"term {kind}")))
    return tag("div", *told, class_="terms")
