"""How probable the data are under each ridge penalty, and how well each predicts, from one decomposition.

With R D = U diag(d) V' (D the scale of each prior beside the others'), c = U'z and alpha = sigma^2 / sigma_w^2,

    c_k ~ Normal(0, sigma^2 (1 + d_k^2 / alpha))

independently, which gives the evidence of every (alpha, sigma) at once (Bishop 2006, "Pattern Recognition and Machine
Learning", section 3.5). The error of leaving row i out is its residual over 1 - h_i, exactly, with h_i the leverage
(Allen 1974, Technometrics 16(1); Hastie, Tibshirani & Friedman 2009, equation 7.64).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mapsto.problem import Problem
from mapsto.scales import LOG_2PI
from mapsto.sufficient import Matrix, Vector

NULL = 1e-12  # singular values below this share of the largest are rounding error
BEYOND = 1e4  # how far past the eigenvalues the penalties go
POINTS = 241


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The eigenvalues of a problem's columns, and the response along them.

    Attributes:
        d2: eigenvalues of the (centred, scaled) X'X, shape (k,), k <= p.
        c: response along each, shape (k,), in units of y.
        A: rows along each, shape (n, k): the columns of U diag(d) for all rows.
        y: the response, centred where the model has an intercept, shape (n,).
        left_over: squared length of y that no column reaches.
        n: number of rows.
        centred: whether there is an intercept.
        weights: of the rows, shape (n,), ones where they have none; A and y are multiplied by their roots.
        log_volume: see :class:`mapsto.sufficient.SufficientStatistics`.
    """

    d2: Vector
    c: Vector
    A: Matrix
    y: Vector
    left_over: float
    n: int
    centred: bool
    weights: Vector
    log_volume: float

    @classmethod
    def of(cls, problem: Problem, by: Vector | None = None) -> Spectrum:
        """Of a problem with rows, its slopes being w = by * u with one scale for all of u; ``by`` has shape (p,)."""
        s = problem.statistics
        by = np.ones(s.p) if by is None else by
        assert problem.X is not None
        assert problem.y is not None
        U, d, Vt = np.linalg.svd(s.R * by, full_matrices=False)
        q = np.ones(s.n) if problem.weights is None else problem.weights
        A = np.sqrt(q)[:, np.newaxis] * (problem.X - s.x_mean) @ (by[:, np.newaxis] * Vt.T)
        y = np.sqrt(q) * (problem.y - s.y_mean)
        return cls(d**2, U.T @ s.z, A, y, s.left_over, s.n, s.centred, q, s.log_volume)

    @cached_property
    def _squares(self) -> Matrix:
        return np.asarray(self.A**2)

    @property
    def spare(self) -> int:
        """Rows beyond the intercept and the rank of the columns: what least squares leaves for the noise."""
        return self.n - self.centred - int((self.d2 > self.d2.max() * NULL**2).sum())

    def grid(self) -> Vector:
        """Penalties from far below the eigenvalues to far above them, shape (POINTS,)."""
        seen = self.d2[self.d2 > self.d2.max() * NULL]
        low, high = (float(seen.min()), float(seen.max())) if len(seen) else (1.0, 1.0)
        return np.geomspace(low / BEYOND, high * BEYOND, POINTS)

    def log_evidence(self, alpha: float, sigma: float) -> float:
        """log p(y) in nats, with a flat intercept's density taken as 1 per unit of y."""
        variance = sigma**2 * (1 + self.d2 / alpha)
        along = -0.5 * float(np.sum(LOG_2PI + np.log(variance) + self.c**2 / variance))
        free = self.n - self.centred - len(self.d2)
        rest = -0.5 * free * (LOG_2PI + 2 * math.log(sigma)) - self.left_over / (2 * sigma**2)
        return along + rest + self.log_volume

    def noise_given(self, alpha: float) -> float:
        """The sigma that makes the data most probable under a known alpha: the root of energy / (n - intercept)."""
        energy = self.left_over + float(np.sum(self.c**2 / (1 + self.d2 / alpha)))
        return math.sqrt(energy / (self.n - self.centred))

    def left_out_error(self, alpha: float) -> float:
        """Root (weighted) mean square error of each row predicted from the others, in units of y."""
        shrunk = self.d2 + alpha
        along = np.divide(np.sqrt(self.d2) * self.c, shrunk)
        leverage = self.centred * self.weights / self.weights.sum() + self._squares @ (1 / shrunk)
        left = (self.y - self.A @ along) / (1 - leverage)
        return math.sqrt(float(left @ left / self.weights.sum()))
