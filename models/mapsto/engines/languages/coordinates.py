"""From the coordinates that are stated to the unbounded ones in which a language has its density, and back.

Languages sample over the whole line: the logarithm of a scale, or of its square; slopes divided by a scale that is
learned, which has no funnel; the logarithms of slopes that may not be negative. A density changes by the Jacobian.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.posteriors.joint.point import Constant, DensityAt, Point


@dataclass(frozen=True, eq=False)
class OwnPoint:
    """A point in a language's own coordinates: ``slopes`` (p,), the intercept ``b``, and ``logs`` by scale."""

    slopes: Vector
    b: float | None
    logs: Mapping[str, float]


@dataclass(frozen=True)
class Coordinates:
    """How a language's coordinates follow from the stated ones.

    Attributes:
        over: the scale by which its slopes are divided; empty for slopes as they are.
        held: that scale where it is not learned, in units of y.
        logarithms: whether its slopes are logarithms.
        powers: the power of a scale whose logarithm it has, by scale; 1 where it is not given.
    """

    over: str = ""
    held: float = 1.0
    logarithms: bool = False
    powers: Mapping[str, int] = field(default_factory=dict)

    def own(self, point: Point) -> OwnPoint:
        """The point as the language has it."""
        slopes = np.log(point.w) if self.logarithms else point.w
        if self.over:
            slopes = slopes * math.exp(-self._log_scale(point))
        logs = {name: self.powers.get(name, 1) * value for name, value in point.log_scales.items()}
        return OwnPoint(slopes, point.b, logs)

    def _log_scale(self, point: Point) -> float:
        return point.log_scales.get(self.over, math.log(self.held))

    def stated(self, point: Point, value: float, gradient: OwnPoint, constants: tuple[Constant, ...] = ()) -> DensityAt:
        """The density over the stated coordinates.

        Args:
            point: where it was evaluated.
            value: the language's log density over its own coordinates, in nats.
            gradient: of that, by its own coordinates.
            constants: what the language leaves out or adds.
        """
        by_slope, logs = gradient.slopes, {}
        for name, slope in gradient.logs.items():
            power = self.powers.get(name, 1)
            logs[name] = power * slope
            value += math.log(power)
        if self.over:
            log_scale = self._log_scale(point)
            by_slope = by_slope * math.exp(-log_scale)
            value -= len(point.w) * log_scale
            if self.over in logs:
                logs[self.over] -= float(by_slope @ point.w) + len(point.w)
        if self.logarithms:
            by_slope = (by_slope - 1) / point.w
            value -= float(np.log(point.w).sum())
        others = ([] if gradient.b is None else [gradient.b]) + [logs[name] for name in sorted(logs)]
        return DensityAt(value, np.append(by_slope, others), constants)
