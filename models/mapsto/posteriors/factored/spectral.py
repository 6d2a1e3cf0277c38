"""The Gaussian posteriors of one table for every sigma and every scale of the prior, from one decomposition.

With w = f m0 + tau L u, u ~ Normal(0, I) and R L = U diag(d) V', the axes L V keep their places whatever sigma and tau
are; along axis k the posterior has variance sigma^2 tau^2 / (sigma^2 + tau^2 d_k^2), and U'z is Normal with variance
sigma^2 + tau^2 d_k^2 before any of it is seen (Bishop 2006, "Pattern Recognition and Machine Learning", section 3.5).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.priors.base import Gaussian
from mapsto.scales import LOG_2PI

UNLIKE = 1e3  # columns whose lengths differ by more lose digits to the longest in a decomposition of them all
CANCELS = 1e-3  # where less than this share of a variance is left by a subtraction it is taken by another way


@dataclass(frozen=True, eq=False)
class Axes:
    """The axes that all of the posteriors share; the intercept is the last of the p + 1 coefficients.

    Attributes:
        problem: the problem, at any sigma.
        normal: m0 and L.
        d2: squares of d, shape (k,).
        along: U'z, shape (k,), in units of y.
        along_mean: U'R m0, shape (k,), in units of y.
        steps: coefficients of one step along each axis, shape (p + 1, k).
        V: shape (p, k).
        unseen: what the prior leaves of each coefficient's variance beyond the axes at tau = 1, shape (p + 1,).
    """

    problem: Problem
    normal: Gaussian
    d2: Vector
    along: Vector
    along_mean: Vector
    steps: Matrix
    V: Matrix
    unseen: Vector

    @classmethod
    def of(cls, problem: Problem, normal: Gaussian) -> Axes | None:
        """None where the columns' lengths differ by so much that the decomposition would lose digits."""
        s = problem.statistics
        RL = s.R * normal.root if normal.root.ndim == 1 else s.R @ normal.root
        lengths = np.linalg.norm(RL, axis=0)
        if not lengths.max() <= UNLIKE * lengths.min():
            return None
        U, d, Vt = np.linalg.svd(RL, full_matrices=False)
        rows = np.vstack([_times_root(np.eye(s.p), normal.root), _times_root(-s.x_mean[np.newaxis], normal.root)])
        steps = rows @ Vt.T
        return cls(problem, normal, d**2, U.T @ s.z, U.T @ (s.R @ normal.mean), steps, Vt.T, _unseen(rows, steps, Vt))

    def log_evidence(self, sigma: float, tau: float, factor: float = 1.0) -> float:
        """log p(y) in nats at one sigma, scale and factor of m0; a flat intercept has the density 1 per unit of y."""
        s = self.problem.statistics
        variance = sigma**2 + tau**2 * self.d2
        gap = self.along - factor * self.along_mean
        seen = -0.5 * float(np.log(variance).sum() + np.sum(gap**2 / variance) + len(gap) * LOG_2PI)
        free = s.n - s.centred - len(gap)
        return (
            seen
            - 0.5 * free * (LOG_2PI + 2 * math.log(sigma))
            - s.residual_sum_of_squares / (2 * sigma**2)
            + s.log_volume
        )

    def log_evidences(self, sigma: float, taus: Vector) -> Vector:
        """:meth:`log_evidence` at each of some scales, shape (m,), with m0 taken once."""
        s = self.problem.statistics
        variance = sigma**2 + taus[:, np.newaxis] ** 2 * self.d2
        gap = self.along - self.along_mean
        seen: Vector = -0.5 * (np.log(variance).sum(axis=1) + np.sum(gap**2 / variance, axis=1) + len(gap) * LOG_2PI)
        free = s.n - s.centred - len(gap)
        return (
            seen
            - 0.5 * free * (LOG_2PI + 2 * math.log(sigma))
            - s.residual_sum_of_squares / (2 * sigma**2)
            + s.log_volume
        )


def _times_root(rows: Matrix, root: Vector | Matrix) -> Matrix:
    product: Matrix = rows * root if root.ndim == 1 else rows @ root
    return product


def _unseen(rows: Matrix, steps: Matrix, Vt: Matrix) -> Vector:
    if len(Vt) == Vt.shape[1]:
        return np.zeros(len(rows))
    whole = np.sum(rows**2, axis=1)
    unseen: Vector = whole - np.sum(steps**2, axis=1)
    steep = unseen < CANCELS * whole
    unseen[steep] = np.sum((rows[steep] - steps[steep] @ Vt) ** 2, axis=1)
    return unseen


@dataclass(frozen=True, eq=False)
class SharedComponents(Sequence[GaussianPosterior]):
    """Gaussian posteriors at nodes of an integral over scales, each worked out only where it is asked for.

    Attributes:
        axes: what they share.
        sigma: of each node, shape (m,), in units of y.
        tau: factor of the prior's root at each node, shape (m,).
        factor: of the prior's mean at each node, shape (m,).
        given: the posterior itself at sigma and tau.
    """

    axes: Axes
    sigma: Vector
    tau: Vector
    factor: Vector
    given: Callable[[float, float], GaussianPosterior]

    def __len__(self) -> int:
        return len(self.sigma)

    @overload
    def __getitem__(self, node: int) -> GaussianPosterior: ...
    @overload
    def __getitem__(self, node: slice) -> list[GaussianPosterior]: ...
    def __getitem__(self, node: int | slice) -> GaussianPosterior | list[GaussianPosterior]:
        if isinstance(node, slice):
            return [self[i] for i in range(*node.indices(len(self)))]
        return self.given(float(self.sigma[node]), float(self.tau[node]))

    def __iter__(self) -> Iterator[GaussianPosterior]:
        return (self[i] for i in range(len(self)))

    def where(self, kept: Vector) -> SharedComponents:
        """Those at some of the nodes."""
        return SharedComponents(self.axes, self.sigma[kept], self.tau[kept], self.factor[kept], self.given)

    def _variances(self) -> Matrix:
        """Along each axis at each node, shape (m, k)."""
        noise, prior = self.sigma[:, np.newaxis] ** 2, self.tau[:, np.newaxis] ** 2
        found: Matrix = noise * prior / (noise + prior * self.axes.d2)
        return found

    def _centres(self) -> Matrix:
        """Along each axis at each node, shape (m, k)."""
        gaps = self.axes.along - self.factor[:, np.newaxis] * self.axes.along_mean
        return np.asarray(self._variances() / self.sigma[:, np.newaxis] ** 2 * (np.sqrt(self.axes.d2) * gaps))

    def means(self) -> Matrix:
        """Slopes and intercept of each, shape (m, p + 1)."""
        s, m0 = self.axes.problem.statistics, self.axes.normal.mean
        base = np.outer(self.factor, np.append(m0, -s.x_mean @ m0))
        base[:, -1] += s.y_mean
        return base + self._centres() @ self.axes.steps.T

    def sds(self) -> Matrix:
        """Standard deviations of slopes and intercept of each, shape (m, p + 1)."""
        s = self.axes.problem.statistics
        variances = self._variances() @ (self.axes.steps**2).T + np.outer(self.tau**2, self.axes.unseen)
        variances[:, -1] += s.centred * self.sigma**2 / s.weight
        return np.sqrt(variances)

    def covariance(self, weights: Vector) -> Matrix:
        """The average of the slopes' covariances, shape (p, p)."""
        steps, root = self.axes.steps[:-1], self.axes.normal.root
        total: Matrix = (steps * (weights @ self._variances())) @ steps.T
        if self.axes.V.shape[0] > self.axes.V.shape[1]:
            rest = _times_root(np.eye(len(steps)), root) - steps @ self.axes.V.T
            total += float(weights @ self.tau**2) * (rest @ rest.T)
        return total

    def draws(self, nodes: Vector, rng: np.random.Generator) -> tuple[Matrix, Vector]:
        """A draw at each of these nodes: slopes (size, p) and intercepts (size,)."""
        s, axes, tau = self.axes.problem.statistics, self.axes, self.tau[nodes, np.newaxis]
        u = rng.standard_normal((len(nodes), axes.V.shape[1]))
        slopes = self.factor[nodes, np.newaxis] * axes.normal.mean
        slopes += (self._centres()[nodes] + np.sqrt(self._variances())[nodes] * u) @ axes.steps[:-1].T
        if axes.V.shape[0] > axes.V.shape[1]:
            e = rng.standard_normal(slopes.shape)
            e -= (e @ axes.V) @ axes.V.T
            slopes += tau * (e * axes.normal.root if axes.normal.root.ndim == 1 else e @ axes.normal.root.T)
        noise = rng.standard_normal(len(nodes)) * (s.centred / math.sqrt(s.weight)) * self.sigma[nodes]
        return slopes, s.y_mean - slopes @ s.x_mean + noise
