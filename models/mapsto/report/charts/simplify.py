"""Fewer points for a curve that looks the same: a page has to stay light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

type Point = tuple[float, float]

TOLERANCE = 0.1  # drawing units, of some 680 across: the last digit that is written


def simplified(curve: Sequence[Point], tolerance: float = TOLERANCE) -> list[Point]:
    """The curve without the points that a straight line passes within ``tolerance`` of, measured upright.

    From each point kept, the slopes that pass every later point closely enough narrow to a cone; the point before the
    first that leaves it is the next one kept (the swing filter of Elmeleegy et al., 2009, PVLDB 2(1), section 3).

    Args:
        curve: points in drawing units; where it does not move to the right, both ends of that step are kept.
        tolerance: in drawing units.
    """
    kept: list[Point] = list(curve[:1])
    low, high = -math.inf, math.inf
    for before, point in pairwise(curve):
        step = point[0] <= before[0]
        if step or not low <= (point[1] - kept[-1][1]) / (point[0] - kept[-1][0]) <= high:
            kept += [end for end in ((before, point) if step else (before,)) if end != kept[-1]]
            low, high = -math.inf, math.inf
        if not step:
            run, y = point[0] - kept[-1][0], kept[-1][1]
            low, high = max(low, (point[1] - tolerance - y) / run), min(high, (point[1] + tolerance - y) / run)
    return kept + [end for end in curve[-1:] if end != kept[-1]]
