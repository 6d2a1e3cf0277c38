"""Where a prior lives: its centre, its widths, and slopes to look at it from."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture


def widths(prior: Prior, p: int) -> Vector:
    """Lengths on which the density of each slope lives, shape (p,); medians of the scales where these are learned."""
    try:
        return _widths(prior, p)
    except TypeError:  # a plug-in whose parameters have no hash
        return _widths.__wrapped__(prior, p)


@lru_cache(maxsize=256)
def _widths(prior: Prior, p: int) -> Vector:
    found: Vector = (
        np.median(prior.scales(1_001, p, np.random.default_rng(0)), axis=0)
        if isinstance(prior, ScaleMixture)
        else np.array(prior.widths(p), dtype=np.float64)
    )
    found.flags.writeable = False
    return found


def raw_points(prior: Prior, p: int = 3) -> list[Vector]:
    """Slopes at random and far out on all sides, in the prior's widths, wherever the prior ends; none on a kink."""
    rng = np.random.default_rng(11)
    signs = rng.choice([-1.0, 1.0], (8, p))
    sizes = np.concatenate([rng.uniform(0.05, 3.0, (6, p)), rng.uniform(10.0, 1000.0, (2, p))])
    return list(prior.centre(p) + widths(prior, p) * signs * sizes)


def points(prior: Prior, p: int = 3) -> list[Vector]:
    """The centre, then slopes as in :func:`raw_points`, but inside, wherever the density ends."""
    return [prior.centre(p), *(_inside(prior, w, prior.centre(p)) for w in raw_points(prior, p))]


def _inside(prior: Prior, w: Vector, c: Vector) -> Vector:
    for share in 0.5 ** np.arange(40):
        away = share * (w - c)
        for one in (c + away, c + np.abs(away), c - np.abs(away)):
            if np.isfinite(prior.log_density(one)):
                inside: Vector = one
                return inside
    return w


def wider(prior: Prior, factor: float) -> Prior:
    """The prior of the slopes in another unit: every length times ``factor``, as the prior itself says."""

    def times(value: Any, by: float) -> Any:
        return tuple(times(one, by) for one in value) if isinstance(value, tuple) else value * by

    known = {name: power for name, power in prior.lengths.items() if name in prior.params}
    return replace(prior, **{name: times(prior.params[name], float(factor) ** power) for name, power in known.items()})  # type: ignore[type-var]


def shown(w: Vector) -> str:
    """A point as a message has it."""
    return "w = (" + ", ".join(f"{one:.4g}" for one in w) + ")"
