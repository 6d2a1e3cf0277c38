"""A comparison's record becomes a page."""

from mapsto.report.comparison.page import render_comparison

__all__ = ["render_comparison"]
