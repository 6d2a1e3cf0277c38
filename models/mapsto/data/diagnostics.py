"""What is odd about the columns, and what it means for the posterior. Odd is not wrong: the model still works."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mapsto.data.statistics import Matrix
from mapsto.data.table import Table
from mapsto.marks import number, quoted
from mapsto.rounding import UNIT_ROUNDOFF

NEAR = 0.999  # a cosine that proportional columns exceed by far
BLOCK = 1_000  # columns compared with all others at once
FAR_APART = 1e6  # ratio of column sizes from which one prior scale cannot suit both


def remarks(table: Table) -> tuple[str, ...]:
    """One sentence for each constant column, each pair of proportional ones, and for scales worlds apart."""
    s = table.statistics
    norms = s.column_norms
    rounding = 16 * UNIT_ROUNDOFF * np.sqrt(s.n) * np.maximum(np.abs(s.x_mean) * np.sqrt(s.weight), norms)
    constant = norms <= rounding
    notes = [
        f"Column {quoted(name)} is constant. The data say nothing about its slope, so its posterior is the prior."
        for name, flag in zip(table.features, constant, strict=True)
        if flag
    ]
    varying = np.flatnonzero(~constant)
    unit = s.R[:, varying] / norms[varying]
    for i, j, sign in _nearly_proportional(unit):
        if np.linalg.norm(unit[:, i] - sign * unit[:, j]) <= 16 * UNIT_ROUNDOFF * np.sqrt(s.n):
            a, b = table.features[varying[i]], table.features[varying[j]]
            notes.append(
                f"Columns {quoted(a)} and {quoted(b)} are proportional. The data determine one combination of their "
                "slopes; only the prior decides how it is divided between them."
            )
    if len(varying) and norms[varying].max() > FAR_APART * norms[varying].min():
        big = table.features[varying[norms[varying].argmax()]]
        small = table.features[varying[norms[varying].argmin()]]
        notes.append(
            f"Column {quoted(big)} is {number(norms[varying].max() / norms[varying].min(), 1)} times as large as "
            f"{quoted(small)}. The same prior on both slopes is vague for one and tight for the other; standardising "
            "the columns would make it the same for both."
        )
    return tuple(notes)


def _nearly_proportional(unit: Matrix) -> Iterator[tuple[int, int, float]]:
    """Pairs of columns of length one whose cosine is near 1 or -1, and its sign; by products of blocks of columns."""
    for start in range(0, unit.shape[1], BLOCK):
        cosines = unit[:, start : start + BLOCK].T @ unit[:, start:]
        for i, j in np.argwhere(np.triu(np.abs(cosines) > NEAR, k=1)):
            yield start + int(i), start + int(j), float(np.sign(cosines[i, j]))
