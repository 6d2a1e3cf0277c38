"""A NumPyro model's log density and gradient in the coordinates that all engines share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mapsto.engines.languages.coordinates import Coordinates, OwnPoint
from mapsto.posteriors.joint.point import DensityAt, Point

SLOPES = {"w": "", "w_per_sigma": "sigma", "w_standard": "w_sd"}
"""The site of the slopes, and the scale by which they are divided there."""
SCALES = {"sigma": ("sigma", 1), "sigma2": ("sigma", 2), "log_sigma": ("sigma", 1), "w_sd": ("w_sd", 1)}
"""The site of a scale: which it is, and its power there."""


def density_at(
    potential: Callable[[dict[str, Any]], tuple[Any, dict[str, Any]]],
    sites: Sequence[str],
    point: Point,
    sigma: float,
    *,
    positive: bool = False,
) -> DensityAt:
    """The density at a stated point.

    Args:
        potential: minus the log density over the unbounded values of the sites, with its gradient.
        sites: the names of the unobserved sites.
        point: in the coordinates of the question.
        sigma: where it is not learned.
        positive: whether the slopes are so by their prior, and their logarithms the unbounded values.
    """
    slopes = next(name for name in sites if name in SLOPES)
    scales = {name: SCALES[name] for name in sites if name in SCALES}
    coordinates = Coordinates(SLOPES[slopes], sigma, positive, dict(scales.values()))
    own = coordinates.own(point)
    values: dict[str, Any] = {slopes: own.slopes} | {name: np.float64(own.logs[of]) for name, (of, _) in scales.items()}
    if point.b is not None:
        values["b"] = np.float64(point.b)
    value, gradient = potential(values)
    by = {of: -float(gradient[name]) for name, (of, _) in scales.items()}
    b = None if point.b is None else -float(gradient["b"])
    return coordinates.stated(point, -float(value), OwnPoint(-np.asarray(gradient[slopes]), b, by))
