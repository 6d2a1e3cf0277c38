"""Zellner's g prior: Normal, with the covariance of least squares times g."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Matrix, SufficientStatistics, Vector
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Gaussian, Prior
from mapsto.priors.normal import Normal
from mapsto.scales import LOG_2PI, positive

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class GPrior(Prior):
    """w ~ Normal(0, g sigma^2 (X'X)^-1), jointly, with X the rows of the table, centred where there is an intercept.

    Attributes:
        g: how many times the variance of least squares the prior has; dimensionless. n is the unit-information prior.
        gram: X'X, p rows of p numbers, in squared units of the columns; None until it is told of the table, which
            :meth:`of` does, and a run and an audit by themselves.
        noise_sd: the sigma at which it is taken, in units of y; None where it is in units of sigma.
    """

    g: float
    gram: Rows | None = None
    noise_sd: float | None = None

    name: ClassVar[str] = "g_prior"
    formula: ClassVar[str] = (
        r"\sqrt{\det\frac{X^\top X}{2\pi g\sigma^2}}\,\exp\left(-\frac{w^\top X^\top X w}{2 g\sigma^2}\right)"
    )
    penalty_formula: ClassVar[str] = r"\frac{w^\top X^\top X w}{2 g\sigma^2}"
    constant_formula: ClassVar[str] = r"\tfrac12\log\det\frac{X^\top X}{2\pi g\sigma^2}"
    reference: ClassVar[str] = (
        "Zellner (1986), in Goel & Zellner (eds.), Bayesian Inference and Decision Techniques, chapter 15; Liang et "
        "al. (2008), JASA 103(481), equation 1"
    )
    paragraph: ClassVar[str] = (
        "The slopes are thought uncertain in the directions, and in the proportions, in which the data leave them so. "
        "The penalty shrinks every direction by the same factor, $g/(1+g)$, whatever the units and the correlations of "
        "the columns. It looks at the table's columns, though not at its target."
    )
    separable: ClassVar[bool] = False
    lengths: ClassVar[Mapping[str, int]] = MappingProxyType({"noise_sd": 1})

    def __post_init__(self) -> None:
        object.__setattr__(self, "g", positive(self.g, "g of the g prior"))
        if self.noise_sd is not None:
            object.__setattr__(self, "noise_sd", positive(self.noise_sd, "the noise_sd of the g prior"))
        if self.gram is None:
            return
        try:
            G = np.array(self.gram, dtype=np.float64)
        except (TypeError, ValueError):
            G = np.empty(0)
        if G.ndim != 2 or not np.isfinite(G).all() or not np.array_equal(G, G.T):
            raise BadInput(
                f"gram of the g prior has shape {G.shape}; expected X'X, a symmetric table of finite numbers with a "
                "row and a column for each coefficient: GPrior.of(problem, g) takes it from the table"
            )
        object.__setattr__(self, "gram", tuple(tuple(row) for row in G.tolist()))
        try:
            np.linalg.cholesky(G)
        except np.linalg.LinAlgError:
            raise BadInput(
                "the g prior needs columns that do not depend on each other and more rows than columns; X'X has the "
                f"eigenvalue {np.linalg.eigvalsh(G)[0]:g}: drop columns, or take another prior"
            ) from None

    @classmethod
    def of(cls, problem: Problem, g: float) -> GPrior:
        """The g prior of a problem's table, in units of sigma; BadInput where columns depend on each other."""
        return cls(g).fitted_to(problem.statistics)

    def fitted_to(self, statistics: SufficientStatistics) -> GPrior:
        """With X'X of this table, unless it has one already."""
        if self.gram is not None:
            return self
        G = statistics.R.T @ statistics.R
        return replace(self, gram=tuple(map(tuple, ((G + G.T) / 2).tolist())))

    @classmethod
    def examples(cls, p: int) -> tuple[GPrior, ...]:
        apart = np.abs(np.subtract.outer(np.arange(p), np.arange(p)))
        return (
            cls(20.0, tuple(map(tuple, (10.0 * 0.6**apart).tolist())), 0.5),
            cls(100.0, tuple(map(tuple, (3.0 * (-0.3) ** apart).tolist())), 2.0),
        )

    @property
    def _root(self) -> Matrix:
        """Lower triangular, its square being the precision of w at this sigma."""
        if self.gram is None:
            raise BadInput("the g prior is about a table; make it by GPrior.of(problem, g)")
        root: Matrix = np.linalg.cholesky(np.array(self.gram) / self.g) / self._sigma
        return root

    @property
    def _sigma(self) -> float:
        return 1.0 if self.noise_sd is None else self.noise_sd

    @property
    def _covariance(self) -> Matrix:
        inverse = np.linalg.inv(self._root)
        C = inverse.T @ inverse
        symmetric: Matrix = (C + C.T) / 2
        return symmetric

    def symbols(self, p: int) -> Mapping[str, Any]:
        """X stands for any table of this X'X."""
        del p
        X = np.linalg.cholesky(np.array(self.gram)).T
        return {"X": X, "sigma": self._sigma, "g": self.g}

    def log_density(self, w: Vector) -> float:
        root = self._root
        u = root.T @ w
        return float(-0.5 * (u @ u) - 0.5 * len(w) * LOG_2PI + np.log(np.diag(root)).sum())

    def _slope(self, w: Vector) -> Vector:
        if self.gram is None:
            raise BadInput("the g prior is about a table; make it by GPrior.of(problem, g)")
        slope: Vector = np.array(self.gram) @ w / (self.g * self._sigma**2)
        return slope

    def penalty(self, w: Vector) -> float:
        return float(w @ self._slope(w)) / 2

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        return np.abs(gradient + self._slope(w))

    def family(self, p: int) -> Family:
        return Family(
            "multivariate_normal",
            {"mean": (0.0,) * p, "covariance": tuple(map(tuple, self._covariance.tolist()))},
        )

    def gaussian(self, p: int) -> Gaussian:
        return Gaussian(np.zeros(p), np.linalg.cholesky(self._covariance))

    def marginal(self, j: int, p: int) -> Normal:
        del p
        return Normal(scale=math.sqrt(self._covariance[j, j]), per_sigma=self.noise_sd is None)

    @property
    def in_units_of_sigma(self) -> bool:
        return self.noise_sd is None

    def at(self, noise_sd: float) -> GPrior:
        return replace(self, noise_sd=float(noise_sd)) if self.noise_sd is None else self
