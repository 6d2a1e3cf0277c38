"""The Normal prior: its penalty is ridge."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mapsto.conjugate import LOG_2PI, gaussian_posterior
from mapsto.estimate import Estimate, Unsupported
from mapsto.priors.base import Prior, Recipe, Solution
from mapsto.problem import Problem, alpha_of, positive
from mapsto.sufficient import Vector


@dataclass(frozen=True)
class Normal(Prior):
    """w_j ~ Normal(0, scale^2), independently; ``scale`` is sigma_w, in units of y per unit of the column."""

    scale: float

    name: ClassVar[str] = "normal"
    formula: ClassVar[str] = r"\frac{1}{\sqrt{2\pi}\,\sigma_w}\exp\left(-\frac{w^2}{2\sigma_w^2}\right)"
    penalty_formula: ClassVar[str] = r"\frac{w^2}{2\sigma_w^2}"
    reference: ClassVar[str] = "Hoerl & Kennard (1970), Technometrics 12(1), section 6: ridge as a Bayes estimate"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the Normal prior"))

    @classmethod
    def examples(cls) -> tuple[Normal, ...]:
        return cls(scale=0.5), cls(scale=20.0)

    def log_density(self, w: Vector) -> float:
        u = w / self.scale
        return float(-0.5 * (u @ u) - len(w) * (0.5 * LOG_2PI + math.log(self.scale)))

    def penalty(self, w: Vector) -> float:
        return float(np.sum(w**2)) / (2 * self.scale**2)

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        return np.abs(gradient + w / self.scale**2)

    def to_pymc(self, name: str, dims: str) -> Any:
        import pymc as pm  # here, not above: the closed form needs no PyMC, and PyMC takes seconds to import

        # PyTensor stores a Python float that fits into fewer bits as float32, and takes its logarithm there.
        return pm.Normal(name, mu=0, sigma=np.float64(self.scale), dims=dims)

    def pymc_code(self, params: str) -> str:
        del params
        return f"pm.Normal('w', mu=0, sigma={self.scale!r}, dims='feature')"

    def to_sklearn(self, problem: Problem) -> Recipe | Unsupported:
        return Recipe("Ridge", {"alpha": self.alpha(problem)})

    def closed_form(self, problem: Problem) -> Solution | Unsupported:
        posterior = gaussian_posterior(problem, np.zeros(problem.p), self.scale * np.eye(problem.p))
        return Solution(Estimate(posterior.mean, posterior.intercept_mean), posterior)

    def alpha(self, problem: Problem) -> float:
        return alpha_of(problem.noise_sd, self.scale)
