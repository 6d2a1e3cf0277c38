"""What the priors with learned scales share: Normal slopes once the scales are known, and no usable joint mode."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
from scipy.special import logsumexp

from mapsto.data.statistics import Matrix, Vector
from mapsto.priors.base import Prior
from mapsto.scales import LOG_2PI

NODES = 20_000  # draws of the scales that the density is averaged over


class ScaleMixture(Prior):
    """w_j ~ Normal(0, s_j) with the scales s learned: a posterior, and no joint mode worth the name.

    The slopes are coupled by what their scales share, but no slope is special: each has the same marginal.
    """

    convex: ClassVar[bool] = False
    separable: ClassVar[bool] = False
    penalty_formula: ClassVar[str] = r"-\log p(w)"

    @abstractmethod
    def scales(self, size: int, p: int, rng: np.random.Generator) -> Matrix:
        """``size`` independent prior draws of the scales s of p slopes, shape (size, p)."""

    def log_density(self, w: Vector) -> float:
        """log p(w) with the scales integrated out, in nats: Normal densities averaged over prior draws of them.

        It is normalised, being an average of normalised densities; its Monte Carlo error is below a per cent in the
        middle (Gelfand & Smith 1990, JASA 85(410), equation 2.8).
        """
        log_scales, inverse = _nodes(self, len(w))
        logs = -0.5 * (inverse**2 @ w**2) - log_scales - 0.5 * len(w) * LOG_2PI
        return float(logsumexp(logs)) - float(np.log(len(logs)))

    def penalty(self, w: Vector) -> float:
        return -self.log_density(w)

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        """Infinite: nowhere is a mode."""
        del gradient
        return np.full(len(w), np.inf)

    def marginal(self, j: int, p: int) -> ScaleMixture:
        """The density of one slope of p: Normal slopes averaged over what p slopes leave to one of them."""
        del j
        return self if p == 1 else _OneOfMany(self, p)


@dataclass(frozen=True)
class _OneOfMany(ScaleMixture):
    """One slope of the ``p`` that a mixture of scales is about."""

    whole: ScaleMixture
    p: int

    def __post_init__(self) -> None:
        for fact in ("name", "formula", "reference", "paragraph", "no_mode"):
            object.__setattr__(self, fact, getattr(self.whole, fact))

    @classmethod
    def examples(cls, p: int) -> tuple[_OneOfMany, ...]:
        del p
        return ()

    def scales(self, size: int, p: int, rng: np.random.Generator) -> Matrix:
        del p
        return self.whole.scales(size, self.p, rng)[:, :1]


@cache
def _nodes(prior: ScaleMixture, p: int) -> tuple[Vector, Matrix]:
    """The sum of the log scales and their inverses at each node, shapes (NODES,) and (NODES, p)."""
    s = prior.scales(NODES, p, np.random.default_rng(0))
    return np.log(s).sum(axis=1), 1 / s
