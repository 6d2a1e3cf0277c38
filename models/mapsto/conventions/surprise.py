"""How far out a surprise begins: the half-width beyond which a prior leaves a given probability."""

from __future__ import annotations

import math

from scipy.special import erfcx

MOST_STEPS = 100  # Newton's method on a convex function; from the start below a handful are enough


def half_width(l1: float, l2: float, prob: float) -> float:
    """q with P(|w| > q) = prob for the density proportional to exp(-l1 |w| - l2 w^2 / 2).

    On either side of zero that is a Normal with mean -l1 / l2 and sd 1 / sqrt(l2), cut at zero. With t = l1 / sqrt(l2),
    u = q sqrt(l2) and the scaled tail erfcx(x) = exp(x^2) erfc(x), which neither under- nor overflows,

        -log P(|w| > q)  =  t u + u^2 / 2 - log erfcx((t + u) / sqrt 2) + log erfcx(t / sqrt 2),

    convex and increasing in u, whose slope is the Normal hazard sqrt(2 / pi) / erfcx((t + u) / sqrt 2).

    Args:
        l1: >= 0, per unit of w.
        l2: >= 0, per squared unit of w; not both zero.
        prob: between 0 and 1.
    """
    if l2 == 0:
        return -math.log(prob) / l1
    t = l1 / math.sqrt(l2)
    at_cut = float(erfcx(t / math.sqrt(2)))
    u = -math.log(prob) / max(t, 1.0)  # the Laplace half-width where that part rules
    for _ in range(MOST_STEPS):
        tail = float(erfcx((t + u) / math.sqrt(2)))
        excess = t * u + u * u / 2 - math.log(tail / at_cut) + math.log(prob)
        step = excess * tail / math.sqrt(2 / math.pi)
        if abs(step) <= 1e-15 * u:
            break
        u -= step
    return u / math.sqrt(l2)
