"""A Normal prior with any mean and covariance: generalised Tikhonov, or Theil and Goldberger's mixed estimation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from scipy.linalg import solve_triangular

from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.priors.base import Gaussian, Prior
from mapsto.priors.normal import Normal
from mapsto.scales import LOG_2PI, finite

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class MultivariateNormal(Prior):
    """w ~ Normal(mean, covariance), jointly.

    Attributes:
        mean: where it is centred, p numbers, in units of y per unit of each column.
        covariance: p rows of p numbers, in squared units of w.
        per_sigma: whether mean and covariance are in units of sigma and of its square.
    """

    mean: tuple[float, ...]
    covariance: Rows
    per_sigma: bool = False

    name: ClassVar[str] = "multivariate_normal"
    formula: ClassVar[str] = r"\frac{\exp\left(-\frac12 (w-m)^\top C^{-1} (w-m)\right)}{\sqrt{\det 2\pi C}}"
    penalty_formula: ClassVar[str] = r"\tfrac12 (w-m)^\top C^{-1} (w-m)"
    constant_formula: ClassVar[str] = r"-\tfrac12\log\det 2\pi C"
    reference: ClassVar[str] = "Theil & Goldberger (1961), International Economic Review 2(1), equation 2.7"
    paragraph: ClassVar[str] = (
        "The slopes are believed to lie near a stated point and to vary together as the covariance says. The penalty "
        "is Tikhonov's, a quadratic form about that point. Adding the prior as $p$ rows of data gives the same answer. "
        "With Gaussian noise the mode is the posterior mean; it leaves out the widths and the correlations."
    )

    separable: ClassVar[bool] = False
    unbounded: ClassVar[Mapping[str, str]] = {"mean": "a prior may be centred anywhere"}
    lengths: ClassVar[Mapping[str, int]] = MappingProxyType({"mean": 1, "covariance": 2})

    def __post_init__(self) -> None:
        if not isinstance(self.per_sigma, bool):
            raise BadInput(f"per_sigma of the multivariate Normal prior is {self.per_sigma!r}; expected true or false")
        mean = tuple(finite(one, "an entry of the prior mean") for one in np.asarray(self.mean).tolist())
        try:
            C = np.array(self.covariance, dtype=np.float64)
        except (TypeError, ValueError):
            C = np.empty(0)
        if C.shape != (len(mean), len(mean)) or not np.isfinite(C).all() or not np.array_equal(C, C.T):
            raise BadInput(
                f"the covariance of the prior has shape {C.shape} and there are {len(mean)} means; expected a "
                "symmetric table of finite numbers, a row and a column for each coefficient"
            )
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", tuple(tuple(row) for row in C.tolist()))
        try:
            np.linalg.cholesky(C)
        except np.linalg.LinAlgError:
            raise BadInput(
                f"the covariance of the prior has the eigenvalue {np.linalg.eigvalsh(C)[0]:g} and is not positive "
                "definite; every direction needs a positive variance"
            ) from None

    @classmethod
    def examples(cls, p: int) -> tuple[MultivariateNormal, ...]:
        apart = np.abs(np.subtract.outer(np.arange(p), np.arange(p)))
        return (
            cls((0.0,) * p, (0.25 * 0.6**apart).tolist()),
            cls(tuple(0.3 - 0.1 * j for j in range(p)), (2.0 * (-0.3) ** apart).tolist()),
        )

    @property
    def _root(self) -> Matrix:
        root: Matrix = np.linalg.cholesky(np.array(self.covariance))
        return root

    def log_density(self, w: Vector) -> float:
        root = self._root
        u = solve_triangular(root, w - np.array(self.mean), lower=True)
        return float(-0.5 * (u @ u) - 0.5 * len(w) * LOG_2PI - np.log(np.diag(root)).sum())

    def _slope(self, w: Vector) -> Vector:
        slope: Vector = np.linalg.solve(np.array(self.covariance), w - np.array(self.mean))
        return slope

    def penalty(self, w: Vector) -> float:
        return float((w - np.array(self.mean)) @ self._slope(w)) / 2

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        return np.abs(gradient + self._slope(w))

    def family(self, p: int) -> Family:
        del p
        return Family("multivariate_normal", {"mean": self.mean, "covariance": self.covariance})

    def gaussian(self, p: int) -> Gaussian:
        del p
        return Gaussian(np.array(self.mean), self._root)

    def marginal(self, j: int, p: int) -> Normal:
        del p
        return Normal(scale=self.covariance[j][j] ** 0.5, mean=self.mean[j], per_sigma=self.per_sigma)

    @property
    def in_units_of_sigma(self) -> bool:
        return self.per_sigma

    def at(self, noise_sd: float) -> MultivariateNormal:
        if not self.per_sigma:
            return self
        rows = (np.array(self.covariance) * noise_sd**2).tolist()
        mean = tuple(one * noise_sd for one in self.mean)
        return replace(self, mean=mean, covariance=tuple(map(tuple, rows)), per_sigma=False)
