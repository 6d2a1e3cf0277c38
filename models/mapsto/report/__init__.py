"""The report: one HTML page per record, and an index of them. Nothing is estimated here, only shown."""

from mapsto.report.calibration import render_calibration
from mapsto.report.page import render, render_conventions, render_index

__all__ = ["render", "render_calibration", "render_conventions", "render_index"]
