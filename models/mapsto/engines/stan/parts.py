"""A Stan program in parts: declarations, statements, data, and the constants that its ``~`` leaves out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import gammaln

from mapsto.posteriors.joint.point import Constant
from mapsto.scales import LOG_2PI

WHY = "Stan's ~ leaves out what no parameter moves."


@dataclass(frozen=True)
class Parts:
    """What one piece of the model adds to a program.

    Attributes:
        data: declarations of numbers that come from outside.
        values: these numbers, by name.
        parameters: declarations, in the order in which Stan has them.
        transformed: lines of the block of transformed parameters.
        model: statements.
        constants: what the statements leave out.
    """

    data: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    transformed: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    constants: tuple[Constant, ...] = ()

    def __add__(self, other: Parts) -> Parts:
        return Parts(
            self.data + other.data,
            {**self.values, **other.values},
            self.parameters + other.parameters,
            self.transformed + other.transformed,
            self.model + other.model,
            self.constants + other.constants,
        )


def left_out(what: str, log_constant: float) -> tuple[Constant, ...]:
    """A constant of the log density that Stan leaves out, if it is not zero: ``log_constant`` nats of ``what``."""
    return (Constant(f"constants of {what}", -float(log_constant), WHY),) if log_constant else ()


def unit_constant(family: str, params: Mapping[str, Any]) -> float:
    """The part of the log density of one number at unit scale that does not move with it.

    Source: Stan Functions Reference, version 2.36, sections on each distribution, and what ``propto`` drops of them.
    """
    if family == "normal":
        return -0.5 * LOG_2PI
    if family == "laplace":
        return -math.log(2)
    if family == "cauchy":
        return -math.log(math.pi)
    if family == "logistic":
        return 0.0
    df = float(params["df"])
    return float(gammaln((df + 1) / 2) - gammaln(df / 2)) - 0.5 * math.log(df * math.pi)


def log_of(scale: Any, count: int) -> float:
    """The sum of the logarithms of one scale, or of one for each, over ``count`` numbers."""
    return float(np.log(np.broadcast_to(np.asarray(scale, dtype=float), (count,))).sum())
