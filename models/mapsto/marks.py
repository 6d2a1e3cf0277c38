"""How text marks its mathematics: between dollar signs."""

from __future__ import annotations


def literal(text: object) -> str:
    """``text`` to be read as it stands within text that marks its mathematics with $...$: a column's name, say."""
    return str(text).replace("\\", "\\\\").replace("$", "\\$")
