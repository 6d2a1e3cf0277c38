"""A PyMC model's log density and gradient in the coordinates that all engines share."""

from __future__ import annotations

import re

from mapsto.engines.languages.coordinates import Coordinates, OwnPoint
from mapsto.engines.pymc.densities.log_density import LogDensity
from mapsto.posteriors.joint.point import DensityAt, Point

SLOPES = {"w": "", "w_log__": "", "w_per_sigma_raw": "sigma", "w_standard_raw": "w_sd"}
"""The value of the slopes in a model, and the learned scale by which they are divided there."""
SCALE = re.compile(r"log_(?P<flat>\w+)|(?P<squared>\w+)2(_raw)?_log__|(?P<name>\w+)_log__")
"""The value of what is learned in a model, which is a logarithm: of it, or of its square."""


def density_at(density: LogDensity, point: Point, sigma: float) -> DensityAt:
    """The density at a stated point.

    Args:
        density: of the model, in its unbounded coordinates; with ``a`` in it the intercept is that of centred columns.
        point: in the coordinates of the question.
        sigma: where it is not learned: slopes in units of it are divided by it.
    """
    slopes = next(name for name in SLOPES if name in density.slices)
    scales = {
        name: (seen["flat"] or seen["squared"] or seen["name"], 2 if seen["squared"] else 1)
        for name in density.slices
        if name not in SLOPES and (seen := SCALE.fullmatch(name))
    }
    coordinates = Coordinates(SLOPES[slopes], sigma, slopes == "w_log__", dict(scales.values()))
    own = coordinates.own(point)
    x = density.start.copy()
    x[density.slices[slopes]] = own.slopes
    for name, (scale, _) in scales.items():
        x[density.slices[name]] = own.logs[scale]
    if point.b is not None:
        x[density.slices["a" if "a" in density.slices else "b"]] = point.b
    if "a" in density.slices:
        x[density.slices["a"]] += density.x_mean @ point.w
    value, gradient = density(x)
    by_slope = gradient[density.slices[slopes]]
    by = {scale: float(gradient[density.slices[name]][0]) for name, (scale, _) in scales.items()}
    b = None if point.b is None else float(gradient[density.slices["a" if "a" in density.slices else "b"]][0])
    found = coordinates.stated(point, value, OwnPoint(by_slope, b, by))
    if "a" in density.slices and b is not None:
        moved = found.gradient.copy()
        moved[: len(point.w)] += b * density.x_mean
        found = DensityAt(found.value, moved)
    return found
