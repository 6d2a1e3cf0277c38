"""Mathematics as MathML, which browsers draw themselves: no script is fetched, and pages work offline."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from math_core import LatexToMathML
from sphinx.application import Sphinx

CONVERTER = LatexToMathML()


def inline(self: Any, node: nodes.math) -> None:
    """A formula in a line."""
    self.body.append(CONVERTER.convert_with_local_state(node.astext(), displaystyle=False))
    raise nodes.SkipNode


def block(self: Any, node: nodes.math_block) -> None:
    """A formula on a line of its own."""
    formula = CONVERTER.convert_with_local_state(node.astext(), displaystyle=True)
    self.body.append(f'<div class="math-block" style="overflow-x: auto; margin-block: 1em">{formula}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
