"""Ridge for every penalty from one decomposition: its fit, how probable the data are, how well it predicts.

With R D = U diag(d) V' (D the scale of each prior relative to the others'), c = U'z and alpha = sigma^2 / sigma_w^2,
ridge keeps the share d_k^2 / (d_k^2 + alpha) of the response along axis k (Hastie, Tibshirani & Friedman 2009, "The
Elements of Statistical Learning", equation 3.47), and

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
from scipy.optimize import brentq

from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.ridge.formulas import coordinates, shares
from mapsto.scales import LOG_2PI

NULL = 1e-12  # singular values below this share of the largest are rounding error
BEYOND = 1e4  # how far past the eigenvalues the penalties go
POINTS = 241
AT_ONCE = 100_000  # numbers in a block of rows times penalties: it stays in the processor's cache


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The eigenvalues of a problem's columns, and the response along them.

    Attributes:
        d2: eigenvalues of the (centred, scaled) X'X, shape (k,), k <= p.
        c: response along each, shape (k,), in units of y.
        axes: slopes of one step along each, shape (p, k): the columns of D V.
        A: rows along each, shape (m, k): rows of U diag(d), for all rows or for a sample of them.
        y: their response, centred where the model has an intercept, shape (m,).
        residual_sum_of_squares: squared length of y that no column reaches.
        n: number of rows.
        centred: whether there is an intercept.
        weights: of the same rows, shape (m,), ones where they have none; A and y are multiplied by their roots.
        weight: sum of the weights of all rows.
        log_volume: see :class:`mapsto.data.statistics.SufficientStatistics`.
    """

    d2: Vector
    c: Vector
    axes: Matrix
    A: Matrix
    y: Vector
    residual_sum_of_squares: float
    n: int
    centred: bool
    weights: Vector
    weight: float
    log_volume: float

    @classmethod
    def of(cls, problem: Problem, by: Vector | None = None) -> Spectrum:
        """Of a problem with rows or a sample of them, its slopes being w = by * u with one scale for all of u.

        ``by`` has shape (p,).
        """
        s = problem.statistics
        by = np.ones(s.p) if by is None else by
        some = problem.table.at_hand
        assert some is not None
        U, d, Vt = np.linalg.svd(s.R * by, full_matrices=False)
        axes = by[:, np.newaxis] * Vt.T
        q = np.ones(len(some.y)) if some.weights is None else some.weights
        A = np.sqrt(q)[:, np.newaxis] * (some.X - s.x_mean) @ axes
        y = np.sqrt(q) * (some.y - s.y_mean)
        left = s.residual_sum_of_squares
        return cls(d**2, U.T @ s.z, axes, A, y, left, s.n, s.centred, q, s.weight, s.log_volume)

    @cached_property
    def _squares(self) -> Matrix:
        return np.asarray(self.A**2)

    @property
    def free(self) -> int:
        """Rows beyond the intercept."""
        return self.n - self.centred

    def grid(self) -> Vector:
        """Penalties from far below the eigenvalues to far above them, shape (POINTS,)."""
        seen = self.d2[self.d2 > self.d2.max() * NULL]
        low, high = (float(seen.min()), float(seen.max())) if len(seen) else (1.0, 1.0)
        return np.geomspace(low / BEYOND, high * BEYOND, POINTS)

    def kept(self, alpha: float) -> Vector:
        """The share of the response along each axis that the fit keeps, shape (k,), from 0 to 1."""
        return shares(self.d2, alpha)

    def degrees_of_freedom(self, alpha: float) -> float:
        """Trace of the hat matrix: effective slopes, and one for an intercept (Hastie et al., equation 3.50)."""
        return self.centred + float(self.kept(alpha).sum())

    def slopes(self, alpha: float) -> Vector:
        """The ridge estimate, shape (p,), in units of y per unit of each column."""
        return self.axes @ coordinates(self.d2, np.sqrt(self.d2) * self.c, alpha)

    def lowest_loss(self, alpha: float) -> float:
        """The least value of ||y - b - X w||^2 + alpha ||u||^2, in squared units of y."""
        return self.residual_sum_of_squares + float(np.sum(self.c**2 / (1 + self.d2 / alpha)))

    def log_evidence(self, alpha: float, sigma: float) -> float:
        """log p(y) in nats, with a flat intercept's density taken as 1 per unit of y."""
        variance = sigma**2 * (1 + self.d2 / alpha)
        along = -0.5 * float(np.sum(LOG_2PI + np.log(variance) + self.c**2 / variance))
        rest = -0.5 * (self.free - len(self.d2)) * (LOG_2PI + 2 * math.log(sigma)) - self.residual_sum_of_squares / (
            2 * sigma**2
        )
        return along + rest + self.log_volume

    def log_evidence_noise_learned(self, alpha: float, shape: float = 0.0, scale: float = 0.0) -> float:
        """log p(y) in nats with sigma integrated out under sigma^2 ~ InverseGamma(shape, scale).

        Without a shape and a scale the prior is 1 / sigma^2, whose density has no constant: only differences count.
        Source: Bishop 2006, exercise 3.12, and Gelman et al. 2013, "Bayesian Data Analysis", section 14.8.
        """
        a, b = shape + self.free / 2, scale + self.lowest_loss(alpha) / 2
        prior = shape * math.log(scale) - math.lgamma(shape) if shape else 0.0
        determinant = float(np.log1p(self.d2 / alpha).sum())
        volume = self.log_volume - 0.5 * self.free * LOG_2PI
        return prior + math.lgamma(a) - a * math.log(b) - 0.5 * determinant + volume

    def noise_given(self, alpha: float) -> float:
        """The sigma that makes the data most probable under a known alpha: sigma^2 = lowest loss / free rows."""
        return math.sqrt(self.lowest_loss(alpha) / self.free)

    def best_alpha(self) -> float:
        """The penalty that makes the data most probable, sigma being at its best for each: MacKay's fixed point.

        The evidence is level in log alpha where sigma^2 times the effective slopes is alpha ||u||^2 (MacKay 1992,
        "Bayesian interpolation", Neural Computation 4(3)).

        Raises:
            BadInput: the evidence still rises at an end of :meth:`grid`.
        """

        def rise(t: float) -> float:
            kept = self.kept(math.exp(t))
            return float(kept.sum() - np.sum(self.c**2 * kept * (1 - kept)) / self.noise_given(math.exp(t)) ** 2)

        low, high = np.log(self.grid()[[0, -1]])
        if not rise(low) > 0 > rise(high):
            raise BadInput(
                f"the evidence has no peak between alpha = {math.exp(low):.3g} and {math.exp(high):.3g}; expected data "
                "that the columns explain in part: give alpha as a number"
            )
        return math.exp(float(brentq(rise, low, high)))

    def hoerl_kennard_baldwin(self, slopes: int | None = None) -> float:
        """alpha = p s^2 / ||u||^2, with u the least-squares slopes and s^2 the mean square of their residuals.

        Source: Hoerl, Kennard & Baldwin 1975, Communications in Statistics 4(2), equation 2.2.

        Args:
            slopes: what to take for p; by default their number. MASS's lm.ridge takes 2 less.

        Raises:
            BadInput: least squares is not unique, or leaves no residuals.
        """
        return self._slopes(slopes) * self._mean_square() / float(np.sum(self.c**2 / self.d2))

    def lawless_wang(self, slopes: int | None = None) -> float:
        """alpha = p s^2 / ||X u||^2 times the mean of the columns' squared lengths, which is 1 in the source.

        Source: Lawless & Wang 1976, Communications in Statistics A5(4), equation 4.3, for columns of length 1. With
        columns of sd 1 the mean is n, as in MASS's lm.ridge.

        Args:
            slopes: as in :meth:`hoerl_kennard_baldwin`.

        Raises:
            BadInput: least squares is not unique, or leaves no residuals.
        """
        fit = float(np.sum(self.c**2))
        return self._slopes(slopes) * self._mean_square() * float(self.d2.mean()) / fit

    def _slopes(self, slopes: int | None) -> int:
        p = len(self.axes)
        if len(self.d2) < p or self.d2.min() <= NULL * self.d2.max():
            raise BadInput(
                "least squares is not unique, and the choices of alpha by Hoerl, Kennard and Baldwin and by Lawless "
                "and Wang start from it; choose alpha by evidence"
            )
        return p if slopes is None else slopes

    def _mean_square(self) -> float:
        free = self.free - len(self.d2)
        if free <= 0:
            raise BadInput("least squares leaves no residuals, and so no estimate of sigma; choose alpha by evidence")
        return self.residual_sum_of_squares / free

    def residuals(self, alpha: float) -> Vector:
        """What the fit leaves of each row, times the root of its weight, shape (n,), in units of y."""
        return self.y - self.A @ coordinates(self.d2, np.sqrt(self.d2) * self.c, alpha)

    def residual_squares(self, alpha: float) -> float:
        """The (weighted) residual sum of squares of the fit to all rows, in squared units of y."""
        return self.residual_sum_of_squares + float(np.sum((self.c * (1 - self.kept(alpha))) ** 2))

    def leverages(self, alpha: float) -> Vector:
        """The diagonal of the hat matrix, shape (n,): how far each row's fit follows its own response, from 0 to 1."""
        return self.centred * self.weights / self.weight + self._squares @ (1 / (self.d2 + alpha))

    def left_out(self, alpha: float) -> Vector:
        """Squared error of each row predicted from the others, times its weight, shape (n,), in squared units of y."""
        errors: Vector = (self.residuals(alpha) / (1 - self.leverages(alpha))) ** 2
        return errors

    def left_out_error(self, alpha: float) -> float:
        """Root (weighted) mean square error of each row predicted from the others, in units of y."""
        return math.sqrt(float(self.left_out(alpha).sum() / self.weights.sum()))

    def left_out_errors(self, alphas: Vector) -> Vector:
        """:meth:`left_out_error` of each penalty, shape (m,), by matrix products over blocks of rows."""
        steps = (1 / (self.d2 + alphas[:, np.newaxis])).T
        fits = (np.sqrt(self.d2) * self.c)[:, np.newaxis] * steps
        total, shares = np.zeros(len(alphas)), self.centred * self.weights / self.weight
        rows = max(1, AT_ONCE // len(alphas))
        for i in range(0, len(self.y), rows):
            A = self.A[i : i + rows]
            residuals, rest = A @ fits, (A**2) @ steps
            np.subtract(self.y[i : i + rows, np.newaxis], residuals, out=residuals)
            np.subtract(1 - shares[i : i + rows, np.newaxis], rest, out=rest)
            residuals /= rest
            total += np.einsum("ij,ij->j", residuals, residuals)
        errors: Vector = np.sqrt(total / self.weights.sum())
        return errors

    def gcv(self, alpha: float) -> float:
        """Generalised cross-validation: the (weighted) mean of :meth:`left_out` with the mean leverage for each row.

        In squared units of y. Source: Golub, Heath & Wahba 1979, Technometrics 21(2).
        """
        mean = self.degrees_of_freedom(alpha) / self.n
        return self.residual_squares(alpha) / self.weight / (1 - mean) ** 2

    def gcv_of_lm_ridge(self, alpha: float) -> float:
        """The number that R's MASS::lm.ridge calls GCV: its degrees of freedom leave the intercept out.

        RSS / (n - sum of the shares kept)^2, so that it is lowest at another alpha than :meth:`gcv`, and n times
        smaller. Source: MASS 7.3, lm.ridge.R (Venables & Ripley 2002, section 6.5).
        """
        return self.residual_squares(alpha) / (self.n - float(self.kept(alpha).sum())) ** 2
