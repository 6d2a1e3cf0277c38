"""Values in lanes and in cells: where each is drawn is worked out here by hand."""

import re

import pytest

from mapsto.report.charts.axis import Axis
from mapsto.report.charts.renderer.cells import Cells, draw_cells
from mapsto.report.charts.renderer.lanes import Lane, draw_lanes

ACROSS = Axis(-10.0, 30.0, 100.0, 500.0)  # ten units of drawing a unit of data; zero is at 200


def only(lane, across=ACROSS):
    (shape,) = draw_lanes([lane], across)
    return shape


def attributes(shape):
    return dict(re.findall(r'([\w-]+)="([^"]*)"', shape))


def ends(shape):
    found = attributes(shape)
    return float(found["x"]), float(found["x"]) + float(found["width"])


def bar(value, **more):
    return Lane("bars", value, 50.0, 8.0, "t1", **more)


@pytest.mark.parametrize(
    ("lane", "drawn"),
    [
        (bar(5.0), (200.0, 250.0)),
        (bar(-5.0), (150.0, 200.0)),
        (bar(1e-9), (200.0, 201.0)),
        (bar(-1e-9), (199.0, 200.0)),  # on the side of its sign
        (bar(-1e-9, least=0.8), (199.2, 200.0)),
        (bar(7.0, bottom=2.0), (220.0, 270.0)),
        (bar(0.0, bottom=-4.0), (160.0, 200.0)),
        (bar(99.0, bottom=-99.0), (100.0, 500.0)),
    ],
)
def test_a_bar_runs_from_zero_or_from_its_bottom_to_its_value(lane, drawn):
    shape = only(lane)
    assert ends(shape) == pytest.approx(drawn, abs=0.05)  # drawn to a tenth
    assert (attributes(shape)["y"], attributes(shape)["height"]) == ("46", "8")


def test_a_bar_of_no_length_is_drawn_only_between_two_ends():
    assert only(bar(0.0)) == ""
    assert attributes(only(bar(3.0, bottom=3.0, key="moved")))["id"] == "moved"  # a script looks for it


def test_on_a_logarithmic_axis_a_bar_stands_at_its_start():
    across = Axis(0.01, 100.0, 100.0, 500.0, log=True)
    assert ends(only(bar(1.0), across)) == pytest.approx((100.0, 300.0), abs=0.05)
    assert only(bar(0.0), across) == ""


def test_a_dot_beyond_the_axis_is_an_arrow_at_its_edge_no_taller_than_its_lane():
    def dot(value, height):
        return only(Lane("points", value, 50.0, height, "t1"))

    assert attributes(dot(5.0, 15.0)) == {"d": "M250.0 50.0h0", "class": "dots t1"}
    assert attributes(dot(31.0, 15.0))["d"] == "M500.0 50.0l-10 -6v12z"
    assert attributes(dot(-11.0, 15.0))["d"] == "M100.0 50.0l10 -6v12z"
    assert attributes(dot(31.0, 5.0))["d"].endswith("v4z")


def test_an_interval_ends_at_the_edge_and_a_value_that_is_missing_is_said():
    shape = only(Lane("points", 5.0, 50.0, 15.0, "t1", bottom=-50.0, top=10.0))
    assert (attributes(shape)["x1"], attributes(shape)["x2"]) == ("100", "300")
    assert "no value" in only(Lane("points", None, 50.0, 15.0, "t1"))
    assert only(Lane("upright", None, 50.0, 15.0, "mode-tick")) == ""


def test_a_cell_tells_the_sign_by_its_colour_and_the_size_by_how_full_it_is():
    shapes = draw_cells(Cells(["a", "b"], [[1.0, -0.5], [0.5, 1.0]], 40.0, 30.0, 20.0, numbers=True))
    cells = [attributes(str(shape).split("</rect>")[0]) for shape in shapes if "<rect" in shape]
    assert [cell["class"] for cell in cells] == ["cell self", "cell neg", "cell pos", "cell self"]
    assert [cell.get("fill-opacity") for cell in cells] == [None, "0.24", "0.24", None]  # 0.04 + 0.41 / 2 is 0.245
    assert [(cell["x"], cell["y"]) for cell in cells] == [("41", "31"), ("61", "31"), ("41", "51"), ("61", "51")]
    assert [str(shape).count("<text") for shape in shapes if "<rect" in shape] == [0, 1, 1, 0]
