"""How far out the worst of many Monte Carlo comparisons is, counted as the worst of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from mapsto.data.statistics import Vector
from mapsto.marks import number


def monte_carlo_note(gaps: Sequence[Vector]) -> str:
    """One sentence about gaps in Monte Carlo standard errors: how many were compared, the worst, and how usual it is.

    The probability is at most the number of comparisons times that of one (Bonferroni's bound, two-sided).
    """
    every = np.abs(np.concatenate([np.ravel(one) for one in gaps])) if gaps else np.array([])
    every = every[np.isfinite(every)]
    if not len(every):
        return ""
    worst = float(every.max())
    chance = min(1.0, 2 * len(every) * float(ndtr(-worst)))
    usual = (
        "in correct draws the worst of so many is often as far out"
        if chance > 0.05
        else f"in correct draws the worst of so many is as far out with probability {number(chance, 2)} at most"
    )
    return f"Of {len(every)} Monte Carlo comparisons with exact values the worst is {worst:.1f} MCSE out; {usual}."
