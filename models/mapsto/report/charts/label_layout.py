"""Fitting words beside a drawing. On a phone the letters grow, so room is kept for the larger ones."""

from __future__ import annotations

import textwrap

LETTER = 14.8  # drawing units a letter takes at the larger of the two sizes
LINE = 28.0  # from one line of text to the next


def name_room(names: list[str]) -> float:
    """The room the longest of some names needs: names may be all capitals, which are wider."""
    return 1.15 * LETTER * max(map(len, names)) + 14


def wide(text: str) -> float:
    """The room a text needs, in drawing units."""
    return LETTER * len(text)


def centred(x: float, text: str, width: float) -> float:
    """Where the middle of a text goes that belongs to ``x`` and has to stay between 0 and ``width``."""
    half = wide(text) / 2 + 4  # some signs, such as %, are wider than a letter
    return min(max(x, half), width - half)


def lines(text: str, room: float, most: int = 3) -> list[str]:
    """The text in lines of like lengths that fit into ``room``, the last of ``most`` cut short."""
    if not text.strip():
        return []
    fits = max(int(room / LETTER), 8)
    needed = len(textwrap.wrap(text, fits))
    even = next(n for n in range(min(len(text) // needed, fits), fits + 1) if len(textwrap.wrap(text, n)) <= needed)
    return textwrap.wrap(text, even, max_lines=most, placeholder="…")


def rows_for(spans: list[tuple[float, float]]) -> list[int]:
    """The lowest free row for each of some labels, given their left and right ends, so that none overlap."""
    taken: list[float] = []
    rows = [0] * len(spans)
    for i in sorted(range(len(spans)), key=lambda i: spans[i][0]):
        left, right = spans[i]
        row = next((r for r, end in enumerate(taken) if end + LETTER <= left), len(taken))
        if row == len(taken):
            taken.append(0.0)
        taken[row] = right
        rows[i] = row
    return rows
