"""The page-makers that the command line hands to whatever writes a result."""

from __future__ import annotations

from mapsto.runs.output import Pages


def pages() -> Pages:
    """The report's own."""
    from mapsto.report import render, render_conventions, render_index  # Jinja2 and its kin are wanted only now

    return Pages(render, render_index, render_conventions)
