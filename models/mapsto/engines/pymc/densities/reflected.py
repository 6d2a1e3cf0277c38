"""Slopes that may not be negative, sampled on the whole line and folded back.

With w = |v| and the density of v even in each coordinate, w has the density of PyMC's model; the sampler in v passes
the wall at zero instead of having to stop at it, as it must where log w takes its place and zero lies far off
(Pakman & Paninski 2014, "Exact Hamiltonian Monte Carlo for truncated multivariate Gaussians", JCGS 23(2), section 2:
the reflected path, unfolded).
"""

from __future__ import annotations

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.pymc.densities.log_density import Evaluation, LogDensity
from mapsto.outcome import Estimate


class FoldedDensity:
    """log p over v, where |v| are the slopes of a model whose prior ends at zero, without a transform of its own."""

    is_plain = False

    def __init__(self, inner: LogDensity) -> None:
        self.inner = inner
        self.slices = inner.slices
        self.start = inner.start
        self._at = inner.slices["w"]

    def _fold(self, x: Vector) -> tuple[Vector, Vector]:
        sign = np.ones_like(x)
        sign[..., self._at] = np.where(x[..., self._at] < 0, -1.0, 1.0)
        return x * sign, sign

    def __call__(self, x: Vector) -> Evaluation:
        """The log density of w = |v| (and the rest) and its gradient by v."""
        folded, sign = self._fold(x)
        value, gradient = self.inner(folded)
        return value, gradient * sign

    def join(self, estimate: Estimate) -> Vector:
        """An estimate as one vector."""
        return self.inner.join(estimate)

    def record(self, x: Matrix, seed: int = 0) -> dict[str, Matrix]:
        """The model's variables at draws x (chains, draws, size), by name."""
        return self.inner.record(self._fold(x)[0], seed)
