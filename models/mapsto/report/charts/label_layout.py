"""Fitting words beside a drawing. On a phone the letters grow, so room is kept for the larger ones."""

from __future__ import annotations

from mapsto.marks import literal, plain, words

LETTER = 14.8  # drawing units a letter takes at the larger of the two sizes
LINE = 28.0  # from one line of text to the next


def name_room(names: list[str]) -> float:
    """The room the longest of some names needs: names may be all capitals, which are wider."""
    return 1.15 * LETTER * max(map(len, names)) + 14


def wide(text: str) -> float:
    """The room a marked text needs, in drawing units."""
    return LETTER * len(plain(text))


def centred(x: float, text: str, width: float) -> float:
    """Where the middle of a text goes that belongs to ``x`` and has to stay between 0 and ``width``."""
    half = wide(text) / 2 + 4  # some signs, such as %, are wider than a letter
    return min(max(x, half), width - half)


def lines(text: str, room: float, most: int = 3) -> list[str]:
    """A marked text in lines of like lengths that fit into ``room``, the last of ``most`` cut short.

    No line ends within mathematics.
    """
    fits = max(int(room / LETTER), 8)
    pieces = [piece for word in words(text) for piece in _cut(word, fits)]
    if not pieces:
        return []
    needed = len(_wrapped(pieces, fits))
    length = len(plain(text))
    even = next(n for n in range(min(length // needed, fits), fits + 1) if len(_wrapped(pieces, n)) <= needed)
    wrapped = _wrapped(pieces, even)
    if len(wrapped) > most:
        last = wrapped[most - 1]
        while len(last) > 1 and len(plain(" ".join(last))) + 1 > even:
            last = last[:-1]
        wrapped = [*wrapped[: most - 1], [*last[:-1], last[-1] + "…"]]
    return [" ".join(line) for line in wrapped]


def _cut(word: str, fits: int) -> list[str]:
    """A word that is longer than a line, in pieces; one that holds mathematics stays whole."""
    shown = plain(word)
    if len(shown) <= fits or shown != word:
        return [word]
    return [literal(word[i : i + fits]) for i in range(0, len(word), fits)]


def _wrapped(pieces: list[str], fits: int) -> list[list[str]]:
    """The words in lines, each as full as it may be."""
    wrapped: list[list[str]] = []
    for piece in pieces:
        if wrapped and len(plain(" ".join([*wrapped[-1], piece]))) <= fits:
            wrapped[-1].append(piece)
        else:
            wrapped.append([piece])
    return wrapped


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
