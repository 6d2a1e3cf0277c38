"""The exact posterior of many independent Normal slopes given few rows, without any p by p matrix.

With w = m0 + D u, u ~ Normal(0, I) and B = R D / sigma = C'Q' (see :mod:`mapsto.data.row_space`) the data say something
of v = Q'u alone, whose posterior precision is T'T = I + CC'. What is orthogonal to Q keeps its prior:

    u  =  Q v + (I - QQ') e,      v ~ Normal((T'T)^-1 C (z - R m0) / sigma, (T'T)^-1),      e ~ Normal(0, I).

It is the dual form of ridge (Hastie, Tibshirani & Friedman 2009, "The Elements of Statistical Learning", section
18.3.5); draws come from it as in Bhattacharya, Chakraborty & Mallick (2016), Biometrika 103(4), section 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.linalg.blas import dtrmm
from scipy.sparse.linalg import LinearOperator, eigsh

from mapsto.data.row_space import RowSpace, row_space
from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.gaussian import GaussianPosterior, evidence_of, stacked_root

CANCELS = 1e-3  # where less than this share of a prior variance is left by a subtraction it is taken by another way
CONDITION_TOLERANCE = 1e-3  # of the condition number, a bound's factor
AT_ONCE = 1_000_000  # numbers in a block of rows
BLOCK = 100_000  # numbers in a block of columns, which stays in the cache


@dataclass(frozen=True, eq=False, init=False, repr=False)
class WidePosterior(GaussianPosterior):
    """A Gaussian posterior in the space of the rows; ``root`` (p, p) is worked out where it is asked for.

    Attributes:
        prior_sd: D, the prior standard deviation of each slope, shape (p,).
        space: the row space of R D / sigma.
        T: upper triangular (k, k), the root of the precision of the k directions that the rows see.
    """

    prior_sd: Vector
    space: RowSpace
    T: Matrix

    def __init__(
        self,
        mean: Vector,
        problem: Problem,
        energy: float,
        evidence: Callable[[], float],
        prior_sd: Vector,
        space: RowSpace,
        T: Matrix,
    ) -> None:
        found = {"mean": mean, "problem": problem, "energy": energy, "evidence": evidence}
        for name, value in (found | {"prior_sd": prior_sd, "space": space, "T": T}).items():
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        """The triangular ``root`` (p, p), which costs p^3, where it is first asked for."""
        if name != "root":
            raise AttributeError(name)
        s = self.problem.statistics
        root = stacked_root(s.R / self.problem.noise_sd, np.diag(1 / self.prior_sd))
        self.__dict__["root"] = root
        return root

    @property
    def covariance(self) -> Matrix:
        """Posterior covariance of the slopes, shape (p, p)."""
        Q = self.space.Q
        unseen: Matrix = np.eye(len(Q)) - Q @ Q.T
        steep = np.diag(unseen) < CANCELS
        unseen[steep] = unseen[steep] @ unseen  # a projection is its own square, which subtracts nothing
        unseen[:, steep] = unseen[steep].T
        seen = self._by_root(Q)
        unseen += seen @ seen.T
        unseen *= np.outer(self.prior_sd, self.prior_sd)
        return unseen

    @cached_property
    def sd(self) -> Vector:
        """Posterior standard deviations of the slopes, shape (p,).

        With b_j the columns of B and LL' = I + BB' the rows leave 1 - ||L^-1 b_j||^2 of the prior variance of slope j
        (Woodbury's formula): one triangular product. Where little is left it is added up from parts instead.
        """
        left = np.zeros(len(self.mean)) if self.space.orthogonal else self._left()
        some = np.flatnonzero(left < CANCELS)
        if len(some):
            left[some] = self._left_in_parts(some)
        deviations: Vector = self.prior_sd * np.sqrt(left)
        return deviations

    def _left(self) -> Vector:
        """The share of each prior variance that the data leave, by a subtraction, shape (p,)."""
        C, s = self.space.C, self.problem.statistics
        L = np.linalg.cholesky(np.eye(len(C)) + C.T @ C)
        inverse = solve_triangular(L, np.eye(len(C)), lower=True, check_finite=False)
        told = np.empty(len(self.mean))
        step = max(1, BLOCK // len(C))
        for i in range(0, len(told), step):
            along = dtrmm(1.0, inverse.T, s.R[:, i : i + step].T, side=1)
            told[i : i + step] = np.einsum("ij,ij->i", along, along)
        return np.asarray(1 - told * (self.prior_sd / self.problem.noise_sd) ** 2)

    def _left_in_parts(self, which: NDArray[np.int64]) -> Vector:
        """The same of some slopes: what no row sees, and what those directions that are seen keep."""
        Q = self.space.Q
        unseen = 1 - np.sum(Q[which] ** 2, axis=1)
        steep = np.flatnonzero(unseen < CANCELS)  # at most as many as there are rows, and few more
        step = max(1, AT_ONCE // len(Q))
        for some in np.split(steep, range(step, len(steep), step)):
            beyond = -Q[which[some]] @ Q.T
            beyond[np.arange(len(some)), which[some]] += 1
            unseen[some] = np.sum(beyond**2, axis=1)
        return np.asarray(unseen + np.sum(self._by_root(Q[which]) ** 2, axis=1))

    @property
    def _log_determinant(self) -> float:
        return float(np.log(np.abs(np.diag(self.T))).sum() - np.log(self.prior_sd).sum())

    def _by_root(self, rows: Matrix) -> Matrix:
        """Rows in the k directions, times the inverse of T, shape (m, k)."""
        found: Matrix = solve_triangular(self.T, rows.T, trans="T", check_finite=False).T
        return found

    def unit_and_condition(self) -> tuple[Vector, float]:
        """Roots of the precision's diagonal, shape (p,), and the precision's condition number in these units.

        The extreme eigenvalues are Lanczos': of diag(g) + H'H, and of its inverse by Woodbury's formula.
        """
        s, p = self.problem.statistics, len(self.mean)
        unit = np.hypot(1 / self.prior_sd, s.column_norms / self.problem.noise_sd)
        g = (self.prior_sd * unit) ** -2.0
        H = s.R / (self.problem.noise_sd * unit)
        inner = np.linalg.cholesky(np.eye(len(H)) + (H / g) @ H.T)

        def inverse(v: Vector) -> Vector:
            v = v.ravel()
            along = solve_triangular(inner, H @ (v / g), lower=True)
            return np.asarray((v - H.T @ solve_triangular(inner, along, lower=True, trans="T")) / g)

        start = np.random.default_rng(0).standard_normal(p)
        ends = [
            float(eigsh(LinearOperator((p, p), matvec=of), 1, v0=start, tol=CONDITION_TOLERANCE)[0][0])
            for of in (lambda v: g * v.ravel() + H.T @ (H @ v.ravel()), inverse)
        ]
        return unit, ends[0] * ends[1]

    def effective_slopes(self) -> float:
        """See :class:`GaussianPosterior`."""
        return float(np.sum(self._by_root(self.space.C.T) ** 2))

    def _spread(self, rows: Matrix) -> Vector:
        found = np.empty(len(rows))
        step = max(1, AT_ONCE // len(self.mean))
        for i in range(0, len(rows), step):
            steps = rows[i : i + step] * self.prior_sd
            seen = steps @ self.space.Q
            unseen = steps - seen @ self.space.Q.T
            found[i : i + step] = np.sqrt(np.sum(unseen**2, axis=1) + np.sum(self._by_root(seen) ** 2, axis=1))
        return found

    def _standardised(self, away: Vector) -> float:
        along, seen = away / self.prior_sd, self.problem.statistics.R @ away / self.problem.noise_sd
        return float(along @ along + seen @ seen)

    def _around(self, size: int, rng: np.random.Generator) -> Matrix:
        drawn: Matrix = rng.standard_normal((size, len(self.mean)))
        step = max(1, AT_ONCE // len(self.mean))
        for i in range(0, size, step):
            some = drawn[i : i + step]
            seen = some @ self.space.Q
            some += (solve_triangular(self.T, seen.T, check_finite=False).T - seen) @ self.space.Q.T
        drawn *= self.prior_sd
        return drawn


def wide_posterior(problem: Problem, prior_mean: Vector, prior_sd: Vector) -> WidePosterior:
    """The exact posterior under w_j ~ Normal(prior_mean_j, prior_sd_j^2), from fewer rows than slopes.

    Args:
        problem: data and noise.
        prior_mean: m0, shape (p,).
        prior_sd: standard deviations above zero, shape (p,).
    """
    s, sigma = problem.statistics, problem.noise_sd
    alike = not np.ptp(prior_sd)
    space = s.row_space.times(prior_sd[0] / sigma) if alike else row_space(s.R * (prior_sd / sigma))
    k, seen = len(s.R), (s.z - s.R @ prior_mean) / sigma
    T = stacked_root(np.column_stack([space.C.T, seen]), np.eye(k, k + 1), columns=k)
    v = solve_triangular(T[:k, :k], T[:k, k])
    u = (
        space.Q @ v if space.orthogonal else (solve_triangular(space.C, v) @ s.R) * (prior_sd / sigma)
    )  # Q v, Q never formed
    return WidePosterior(
        mean=prior_mean + prior_sd * u,
        problem=problem,
        energy=s.residual_sum_of_squares / sigma**2 + float(np.sum(T[k:, k] ** 2)),
        evidence=partial(evidence_of, problem, prior_mean, sigma * space.C),
        prior_sd=prior_sd,
        space=space,
        T=T[:k, :k],
    )
