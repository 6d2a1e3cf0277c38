"""Gaussian noise: the loss is the residual sum of squares, and a table's statistics hold all that it needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table
from mapsto.family import Family
from mapsto.likelihoods.base import Likelihood, Term
from mapsto.likelihoods.sigma import ONE, Known, Sigma, sigma_of
from mapsto.scales import LOG_2PI


@dataclass(frozen=True)
class Gaussian(Likelihood):
    """y_i ~ Normal(eta_i, sigma^2 / q_i), with sigma in units of y and q_i the weight of the row."""

    sigma: Sigma = ONE

    name: ClassVar[str] = "gaussian"
    label: ClassVar[str] = "Gaussian"
    formula: ClassVar[str] = r"\frac{1}{\sigma\sqrt{2\pi}}\exp\left(-\frac{(y-\eta)^2}{2\sigma^2}\right)"
    loss_formula: ClassVar[str] = r"\lVert y-b-Xw\rVert^2"
    exponent_formula: ClassVar[str] = r"-\frac{1}{2\sigma^2}\lVert y-b-Xw\rVert^2"
    factor_formula: ClassVar[str] = r"2\sigma^2"
    constant_formula: ClassVar[str] = r"\tfrac{n}{2}\log 2\pi\sigma^2"
    reference: ClassVar[str] = "Bishop (2006), Pattern Recognition and Machine Learning, equations 3.10 and 3.12"
    paragraph: ClassVar[str] = (
        "Responses scatter about the linear predictor with one standard deviation, and values far out are soon ruled "
        "out. The loss is the residual sum of squares, so a single outlier can move every slope."
    )
    has_statistics: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigma", sigma_of(self.sigma))

    @classmethod
    def examples(cls) -> tuple[Gaussian, ...]:
        """See :class:`Likelihood`."""
        return cls(Known(0.7)), cls(Known(54.0))

    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        scale = (self.sigma.value if sigma is None else sigma) / np.sqrt(q)
        standard = (y - eta) / scale
        density: Vector = -0.5 * (standard**2 + LOG_2PI) - np.log(scale)
        return density

    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`: the (weighted) squared residual."""
        return np.asarray(q * (y - eta) ** 2)

    @property
    def factor(self) -> float:
        """See :class:`Likelihood`."""
        return 2 * self.sigma.value**2

    @property
    def dispersion(self) -> float:
        """See :class:`Likelihood`: the variance."""
        return self.sigma.value**2

    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return np.asarray(q * (eta - y) / self.sigma.value**2)

    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """See :class:`Likelihood`."""
        return np.broadcast_to(q / self.sigma.value**2, np.broadcast_shapes(np.shape(y), np.shape(eta)))

    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """See :class:`Likelihood`."""
        scale = (self.sigma.value if sigma is None else sigma) / np.sqrt(q)
        return np.asarray(eta + scale * rng.standard_normal(eta.shape))

    def family(self) -> Family:
        """See :class:`Likelihood`."""
        return Family("normal", {})

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`."""
        weighted = table.statistics.log_weights != 0
        return (
            self.misfit(
                table,
                w,
                b,
                r"Times $-2\sigma^2$ it is the residual sum of "
                r"squares. That is where the $1/(2\sigma^2)$ goes: into $\alpha$.",
                formula=r"-\frac{1}{2\sigma^2}\sum_i q_i (y_i-b-x_i w)^2" if weighted else self.exponent_formula,
            ),
            Term(
                "noise constant",
                r"-\frac{n}{2}\log 2\pi\sigma^2" + (r"+\frac{1}{2}\sum_i\log q_i" if weighted else ""),
                self._constant(table),
                kept=False,
                reason=r"It is the same for every $w$: it raises the whole curve and leaves the peak where it is. Once "
                r"$\sigma$ is learned it has to stay, because it keeps $\sigma$ from growing without bound.",
            ),
        )

    def _constant(self, table: Table) -> float:
        s = table.statistics
        return 0.5 * (s.log_weights - s.n * math.log(2 * math.pi * self.sigma.value**2))

    # --- from the statistics: p + 1 rows, however many there were

    def log_likelihood(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`."""
        return self._constant(table) - self.total_loss(table, w, b) / self.factor

    def total_loss(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`."""
        return table.statistics.misfit(w, b)

    def losses(self, table: Table, slopes: Matrix, intercepts: Vector) -> Vector:
        """See :class:`Likelihood`; at the best intercept of each, whatever ``intercepts`` are."""
        del intercepts
        s = table.statistics
        rotated: Vector = np.sum((s.z - slopes @ s.R.T) ** 2, axis=1)
        return rotated + s.residual_sum_of_squares

    def best_intercept(self, table: Table, w: Vector, near: float | None = None) -> float:
        """See :class:`Likelihood`."""
        del near
        return table.statistics.best_intercept(w)

    def slopes_gradient(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """See :class:`Likelihood`."""
        del near
        s = table.statistics
        gradient: Vector = s.R.T @ (s.R @ w - s.z) / self.sigma.value**2
        return gradient

    def gradient_size(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """See :class:`Likelihood`."""
        del near
        s = table.statistics
        R = np.abs(s.R)
        size: Vector = R.T @ (R @ np.abs(w) + np.abs(s.z)) / self.sigma.value**2
        return size

    def hessian(self, table: Table, w: Vector, near: float | None = None) -> Matrix:
        """See :class:`Likelihood`."""
        del w, near
        H: Matrix = table.statistics.R.T @ table.statistics.R / self.sigma.value**2
        return H

    def raw_sizes(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """See :class:`Likelihood`."""
        del w, near
        s = table.statistics
        sizes: Vector = np.hypot(s.column_norms, math.sqrt(s.weight) * np.abs(s.x_mean)) / self.sigma.value
        return sizes
