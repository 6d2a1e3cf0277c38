"""What likelihoods of counts with exposures and the log link share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.likelihoods.base_glm import GeneralisedLinear, exp, refuse, whole

EXPECTED = "whole counts at or above 0 (with weights, the counts divided by the weights, which are the exposures)"


@dataclass(frozen=True)
class Counts(GeneralisedLinear):
    """q_i y_i is a count whose mean is q_i exp(eta_i); the exposure q_i is the weight of the row."""

    def check(self, y: Vector, q: Vector | float = 1.0) -> None:
        """See :class:`Likelihood`: whole counts."""
        refuse(self.label, ~((y >= 0) & whole(q * y)), y, EXPECTED)

    def mean(self, eta: Vector) -> Vector:
        """See :class:`Likelihood`: the rate."""
        return exp(eta)

    def link(self, y: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: the log rate, with half a count added."""
        return np.asarray(np.log(y + 0.5 / np.asarray(q)))

    def recedes(self, y: Vector) -> Vector:
        """See :class:`Likelihood`: a count of zero is the more probable the lower its rate."""
        return np.where(y == 0, -1.0, 0.0)
