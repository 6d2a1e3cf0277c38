"""The equality gate: an engine samples our posterior, or nothing of it is timed or compared.

At seeded points near the middle of the posterior, far from it and in its tails, the engine's log density is ours
up to one constant, which the engine names, and its gradient is ours to rounding. Ours is worked out in NumPy from
the facts of likelihood and prior (``posteriors/joint``); no engine has a part in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mapsto.certificate.checks import Check
from mapsto.certificate.gate_points import gate_points
from mapsto.engines.base import Engine
from mapsto.engines.question import Question
from mapsto.errors import BadInput, one_line, told
from mapsto.marks import literal
from mapsto.outcome import Failed, Unsupported
from mapsto.posteriors.joint.density import JointAt, joint_at
from mapsto.posteriors.joint.point import Constant, DensityAt, Point, not_stated
from mapsto.rounding import gamma

OPERATIONS = 64
"""Elementary functions and constants in the density of one row or slope, and in the transforms of the scales."""


@dataclass(frozen=True)
class Gate:
    """What the gate found of one engine; nothing of an engine may be timed or compared unless it ``passed``.

    Attributes:
        engine: its name.
        checks: the named checks.
        coordinates: the names of the coordinates, in order.
        points: how many points were compared.
        constant: the constant found: the engine's log density less ours, in nats.
        constants: what the engine says that constant is made of.
        greatest_difference: of the log densities, once the constant is taken off, in nats.
        greatest_gradient_difference: of the gradients, relative to the size of their parts.
    """

    engine: str
    checks: tuple[Check, ...]
    coordinates: tuple[str, ...]
    points: int
    constant: float
    constants: tuple[Constant, ...]
    greatest_difference: float
    greatest_gradient_difference: float

    @property
    def passed(self) -> bool:
        """Whether the engine's density is ours."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def refusal(self) -> str:
        """Why nothing of this engine is compared, in one sentence; empty where it passed."""
        failed = next((check for check in self.checks if not check.passed), None)
        if failed is None:
            return "" if self.passed else "No point was compared."
        return (
            f"Its density is not this posterior's: {failed.name} is {failed.observed:.3g} where at most "
            f"{failed.tolerance:.3g} is allowed. Nothing of it is timed or compared."
        )


def gate(question: Question, engine: Engine, seed: int = 1, every: int = 1) -> Gate | Unsupported | Failed:
    """Compare an engine's log density and gradient with ours at 16 points, or at one in ``every`` of them.

    Args:
        question: the one that the engine was made for.
        engine: it.
        seed: the points follow from it.
        every: how many of the points go by for one that is looked at.

    Returns:
        The verdict; or why this engine, or any, has no density of this question; or the error it met.
    """
    if (reason := not_stated(question.problem, question.prior)) is not None:
        return reason
    points = gate_points(question.problem, question.prior, seed, every)
    theirs: list[DensityAt] = []
    for point in points:
        try:
            one = engine.density_at(point)
        except (BadInput, KeyboardInterrupt):
            raise
        except BaseException as error:  # an engine's library may raise anything: told under its name, never lost
            return Failed(literal(one_line(told(error))))
        if isinstance(one, Unsupported):
            return one
        theirs.append(one)
    ours = [joint_at(question.problem, question.prior, point) for point in points]
    return compare(engine.name, points, theirs, ours, question.problem.n + question.problem.p)


def compare(
    engine: str, points: Sequence[Point], theirs: Sequence[DensityAt], ours: Sequence[JointAt], length: int
) -> Gate:
    """The verdict on densities that were evaluated at the same points; ``length`` numbers are summed in each."""
    unit = gamma(OPERATIONS * length)
    gaps = np.array([them.value - us.value for them, us in zip(theirs, ours, strict=True)])
    sizes = np.array([us.size for us in ours])
    said = theirs[0].constants
    stated = sum(one.value for one in said)
    size_of_constant = sum(abs(one.value) for one in said) + float(sizes.min())
    at = int(np.argmin(sizes))  # where rounding is least
    constant = float(gaps[at])
    off = np.abs(gaps - constant) / (unit * (sizes + sizes[at] + abs(stated)))
    slopes = np.array([_gradient_gap(them, us) for them, us in zip(theirs, ours, strict=True)]) / unit
    checks = (
        Check(
            f"gate-{engine}-density",
            _worst(off),
            1.0,
            f"The engine's log density less ours is one number at all {len(points)} points. The largest deviation from "
            "that is relative to the rounding of the parts that are summed.",
        ),
        Check(
            f"gate-{engine}-constant",
            abs(constant - stated) / (unit * size_of_constant),
            1.0,
            f"That number is {constant:.6g} nats, and what the engine is known to leave out or add comes to "
            f"{stated:.6g}. Their difference is relative to rounding.",
        ),
        Check(
            f"gate-{engine}-gradient",
            _worst(slopes),
            1.0,
            "The engine's gradient against ours in every coordinate and at every point. The largest difference is "
            "relative to the rounding of the parts that are summed.",
        ),
    )
    return Gate(
        engine,
        checks,
        points[0].names,
        len(points),
        constant,
        tuple(said),
        float(np.abs(gaps - constant).max()),
        _worst(slopes) * unit,
    )


def _gradient_gap(them: DensityAt, us: JointAt) -> float:
    """The largest difference of a gradient relative to the size of its parts; NaN, which fails, for another shape."""
    if them.gradient.shape != us.gradient.shape:
        return math.nan
    gap = np.abs(them.gradient - us.gradient)
    return float(np.max(gap / np.maximum(us.gradient_size, np.finfo(float).tiny)))


def _worst(values: np.ndarray) -> float:
    """The largest; NaN if any is, which no check passes."""
    return float(np.max(values))
