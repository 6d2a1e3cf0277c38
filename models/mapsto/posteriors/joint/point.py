"""Points in the coordinates that all engines share, and a log density there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mapsto.data.statistics import Vector
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture


@dataclass(frozen=True, eq=False)
class Point:
    """A point in the stated coordinates.

    Attributes:
        w: slopes, shape (p,), in units of y per unit of each column.
        b: the intercept of the columns as they are, not centred, in units of y; None where the model has none.
        log_scales: the natural logarithm of each learned scale, by its name: ``sigma`` of the noise, ``w_sd`` of the
            slopes where they share one, and parameters of the likelihood.
    """

    w: Vector
    b: float | None = None
    log_scales: Mapping[str, float] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The coordinates in the order of a gradient: slopes, intercept, logarithms of the scales by name."""
        slopes = tuple(f"w[{j}]" for j in range(len(self.w)))
        return (*slopes, *(("b",) if self.b is not None else ()), *(f"log_{name}" for name in sorted(self.log_scales)))


@dataclass(frozen=True)
class Constant:
    """What an engine's log density has more than the normalised one, in nats, whatever the parameters are.

    It is negative where a constant is left out.
    """

    name: str
    value: float
    reason: str


@dataclass(frozen=True, eq=False)
class DensityAt:
    """A log density at one point.

    Attributes:
        value: in nats. It is a density over the stated coordinates: over the logarithm of a scale, not the scale.
        gradient: by the coordinates in the order of :attr:`Point.names`.
        constants: how it differs from the normalised joint density; empty where it has all constants.
    """

    value: float
    gradient: Vector
    constants: tuple[Constant, ...] = ()


def learned_scales(problem: Problem, prior: Prior) -> tuple[str, ...]:
    """The names of the scales and parameters that the posterior learns, sorted."""
    slopes = ("w_sd",) if prior.learned_scale() is not None else ()
    noise = ("sigma",) if problem.noise_prior is not None else ()
    return tuple(sorted((*noise, *slopes, *problem.learns)))


def not_stated(problem: Problem, prior: Prior) -> Unsupported | None:
    """Why there are no stated coordinates for this question, or None where there are."""
    if problem.X is None:
        return Unsupported("Only the statistics of the rows are left, and a program in another language reads rows.")
    if isinstance(prior, ScaleMixture) and prior.learned_scale() is None:
        return Unsupported(
            f"The {prior.label} prior learns several scales of the slopes, for which no common coordinates are stated."
        )
    return None
