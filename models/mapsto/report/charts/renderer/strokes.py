"""One mark of a chart each: a line that breaks at gaps, a cloud of points, a row of bars, a band."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from markupsafe import Markup

from mapsto.report.charts.axis import Axis
from mapsto.report.charts.simplify import Point, simplified
from mapsto.report.svg import tag

Number = float | None
MOST_STEPS = 700  # a screen shows no more along an axis


def line(x: Sequence[Number], y: Sequence[Number], across: Axis, up: Axis, class_: str) -> Markup:
    """A curve, broken where a value is missing and cut off at the frame."""
    runs = [run for piece in _runs(x, y, across, up) for run in _within(simplified(_thinned(piece)), up.end, up.start)]
    return tag("path", d="".join(_move(run) for run in runs if run), class_=class_)


def points(x: Sequence[Number], y: Sequence[Number], across: Axis, up: Axis, class_: str) -> Markup:
    """Dots as the round ends of strokes of no length: one element, however many there are."""
    placed = (p for piece in _runs(x, y, across, up) for p in piece if _inside(p[1], up))
    return tag("path", d="".join(f"M{_xy(p)}h0" for p in dict.fromkeys(placed)), class_=class_)


def whiskers(
    x: Sequence[Number], low: Sequence[Number], high: Sequence[Number], across: Axis, up: Axis, class_: str
) -> Markup:
    """A bar of error from ``low`` to ``high`` at each x."""
    parts = []
    for at, a, b in zip(x, low, high, strict=True):
        if at is not None and a is not None and b is not None and all(map(up.can_draw, (a, b))) and across.can_draw(at):
            parts.append(f"M{_xy((across(at), _held(up(a), up)))}V{_text(_held(up(b), up))}")
    return tag("path", d="".join(parts), class_=class_)


def bars(
    x: Sequence[Number], y: Sequence[Number], across: Axis, up: Axis, width: float, shift: float, class_: str
) -> Markup:
    """Bars that stand on zero, or on the floor of a logarithmic axis; ``width`` and ``shift`` in drawing units."""
    base = up.start if up.log else _held(up(0.0), up)
    parts = []
    for at, height in zip(x, y, strict=True):
        if at is not None and height is not None and across.can_draw(at) and up.can_draw(height):
            left = across(at) + shift - width / 2
            top = _held(up(height), up)
            parts.append(f"M{_xy((left, base))}V{_text(top)}h{_text(width)}V{_text(base)}z")
    return tag("path", d="".join(parts), class_=class_)


def band(
    x: Sequence[Number], low: Sequence[Number], high: Sequence[Number], across: Axis, up: Axis, class_: str
) -> Markup:
    """The area between two curves, held within the frame."""
    places = [
        (across(at), _held(up(a), up), _held(up(b), up))
        for at, a, b in zip(x, low, high, strict=True)
        if at is not None and a is not None and b is not None
        if across.can_draw(at) and up.can_draw(a) and up.can_draw(b)
    ]
    there = simplified([(at, bottom) for at, bottom, _ in places])
    back = simplified([(at, top) for at, _, top in places])[::-1]
    return tag("path", d=_move([*there, *back]) + "z" if places else "", class_=class_)


def _runs(x: Sequence[Number], y: Sequence[Number], across: Axis, up: Axis) -> Iterator[list[Point]]:
    """The drawing coordinates, cut where a value is missing."""
    run: list[Point] = []
    for at, value in zip(x, y, strict=True):
        if at is not None and value is not None and across.can_draw(at) and up.can_draw(value):
            run.append((across(at), up(value)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _thinned(run: list[Point]) -> list[Point]:
    """A long curve's first, lowest, highest and last point in each step along the axis: its shape is kept."""
    if len(run) <= 2 * MOST_STEPS:
        return run
    kept: list[Point] = []
    size = -(-4 * len(run) // (2 * MOST_STEPS))
    for start in range(0, len(run), size):
        part = run[start : start + size]
        ends = {0, len(part) - 1, min(range(len(part)), key=lambda i: part[i][1])}
        ends.add(max(range(len(part)), key=lambda i: part[i][1]))
        kept.extend(part[i] for i in sorted(ends))
    return kept


def _within(run: list[Point], top: float, floor: float) -> Iterator[list[Point]]:
    """The pieces of a curve between two heights; where it leaves, it is cut exactly at the edge."""
    piece: list[Point] = [run[0]] if top <= run[0][1] <= floor else []
    for a, b in pairwise(run):
        low, high = 0.0, 1.0
        rise = b[1] - a[1]
        if rise:
            first, last = sorted(((top - a[1]) / rise, (floor - a[1]) / rise))
            low, high = max(low, first), min(high, last)
        elif not top <= a[1] <= floor:
            low = 2.0
        if low > high:
            continue
        if low > 0:
            if piece:
                yield piece
            piece = [(a[0] + low * (b[0] - a[0]), a[1] + low * rise)]
        piece.append((a[0] + high * (b[0] - a[0]), a[1] + high * rise))
        if high < 1:
            yield piece
            piece = []
    if piece:
        yield piece


def _inside(y: float, up: Axis) -> bool:
    return min(up.start, up.end) - 0.5 <= y <= max(up.start, up.end) + 0.5


def _held(y: float, up: Axis) -> float:
    return min(max(y, min(up.start, up.end)), max(up.start, up.end))


def _move(run: Sequence[Point]) -> str:
    steps = [step for step, _ in groupby(map(_xy, run))]
    return "M" + "L".join(steps) + ("h0" if len(steps) == 1 else "")


def _xy(point: Point) -> str:
    return f"{_text(point[0])} {_text(point[1])}"


def _text(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 0.05 else "0"
