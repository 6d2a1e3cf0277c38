"""Curves are drawn with few points, and look the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapsto.report.charts.simplify import TOLERANCE, simplified

ROUNDING = 1e-9  # of sums and quotients of numbers up to a thousand


def farthest(curve, kept):
    """How far the curve through the kept points is from the others, upright."""
    x, y = np.array(curve).T
    return float(np.max(np.abs(np.interp(x, *np.array(kept).T) - y)))


@given(
    heights=st.lists(st.floats(-500, 500), min_size=1, max_size=60),
    steps=st.lists(st.floats(1e-3, 20), min_size=60, max_size=60),
)
def test_no_point_is_farther_from_the_drawn_curve_than_the_tolerance(heights, steps):
    curve = [*zip(np.cumsum(steps[: len(heights)]).tolist(), heights, strict=True)]
    kept = simplified(curve)
    assert kept[0] == curve[0]
    assert kept[-1] == curve[-1]
    assert set(kept) <= set(curve)
    assert farthest(curve, kept) <= TOLERANCE + ROUNDING


def test_a_bound_that_is_kept_can_be_missed():
    curve = [(0.0, 0.0), (1.0, 5.0), (2.0, 0.0)]
    assert farthest(curve, [curve[0], curve[-1]]) > TOLERANCE


@pytest.mark.parametrize("peak", [1e-6, 0.5, 0.999999])
def test_a_bell_keeps_its_peak_and_a_straight_line_its_ends(peak):
    x = np.linspace(0, 680, 2001)
    y = 200 * np.exp(-((x - 680 * peak) ** 2) / 800)
    bell = simplified([*zip(x.tolist(), y.tolist(), strict=True)])
    assert len(bell) < 120
    assert max(height for _, height in bell) >= y.max() - TOLERANCE
    assert len(simplified([*zip(x.tolist(), (3 - x / 7).tolist(), strict=True)])) == 2


def test_steps_keep_both_their_ends():
    steps = [(0.0, 1.0), (1.0, 1.0), (1.0, 9.0), (2.0, 9.0), (2.0, 4.0), (3.0, 4.0)]
    assert simplified(steps) == steps
    assert simplified([]) == []
    assert simplified([(1.0, 1.0), (1.0, 1.0)]) == [(1.0, 1.0)]
