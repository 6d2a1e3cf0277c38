"""A figure over categories: a line at a level does not run through the names of its rows."""

import re

import pytest

from mapsto.report.charts.chart import chart
from mapsto.runs.record import FigureRecord, MarkRecord, SeriesRecord

NAMES = ["a long name of a column", "x", "another such name"]
BOLD, DEEP = 14.0, 4.0  # how far letters reach above and below their base line


@pytest.mark.parametrize(("at", "crossed"), [(1.0, [0, 2]), (40.0, [])])
def test_a_line_stops_where_a_name_stands(at, crossed):
    ratios = SeriesRecord(label="median", x=NAMES, y=[2.0, 5.0, 30.0], kind="points")
    data = FigureRecord(
        title="Ratios",
        caption="",
        alt="",
        x_label="column",
        y_label="ratio",
        series=[ratios],
        marks=[MarkRecord(at=at, label="no difference", axis="y")],
        y_log=True,
    )
    drawing = str(chart(data, "ratios").drawing)
    lines = [
        tuple(float(re.search(rf'{name}="([\d.]+)"', one)[1]) for name in ("x1", "y1", "y2"))
        for one in re.findall(r'<line[^>]*class="mark"[^>]*>', drawing)
    ]
    bases = [
        float(re.search(r'y="([\d.]+)"', one)[1]) for one in re.findall(r'<text[^>]*class="tx name[^>]*>', drawing)
    ]
    assert len(bases) == 3
    assert len({x for x, _, _ in lines}) == 1
    for k, base in enumerate(bases):
        through = any(y1 < base + DEEP and y2 > base - BOLD for _, y1, y2 in lines)
        assert through == (k not in crossed)
    assert len(lines) == 1 + len(crossed)
