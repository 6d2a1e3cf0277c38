"""The flat prior: no penalty at all, which is ordinary least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.gaussian import flat_posterior
from mapsto.priors.base import PiecewiseQuadratic, Prior, Recipe, Solution


@dataclass(frozen=True)
class Flat(Prior):
    """p(w) = 1 everywhere: improper, so the posterior exists only where the data hold every direction."""

    name: ClassVar[str] = "flat"
    formula: ClassVar[str] = "1"
    penalty_formula: ClassVar[str] = "0"
    constant_formula: ClassVar[str] = "0"
    reference: ClassVar[str] = "Gelman et al. (2013), Bayesian Data Analysis, section 14.2"
    paragraph: ClassVar[str] = (
        "No slope is believed likelier than another, however large. There is no penalty, and the mode is ordinary "
        "least squares. The prior is improper: its density has no finite integral. Where the data cannot tell columns "
        "apart the posterior is improper too, and the mode shown is the one of smallest norm among many."
    )
    proper: ClassVar[bool] = False

    @classmethod
    def examples(cls, p: int) -> tuple[Flat, ...]:
        del p
        return (cls(),)

    def log_density(self, w: Vector) -> float:
        del w
        return 0.0

    def penalty(self, w: Vector) -> float:
        del w
        return 0.0

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        del w
        return np.abs(gradient)

    def to_pymc(self, name: str, dims: str) -> Any:
        import pymc as pm  # here, not above: PyMC takes seconds to import

        return pm.Flat(name, dims=dims)

    def pymc_code(self, params: str) -> str:
        del params
        return "w = pm.Flat('w', dims='feature')"

    def to_sklearn(self, problem: Problem) -> Recipe | Unsupported:
        del problem
        return Recipe("LinearRegression", {})

    def closed_form(self, problem: Problem) -> Solution | Unsupported:
        posterior = flat_posterior(problem)
        if posterior is not None:
            return Solution(Estimate(posterior.mean, posterior.intercept_mean), posterior, linear=True)
        s = problem.statistics
        shortest = np.linalg.lstsq(s.R, s.z)[0]
        reason = "The posterior is improper: the columns leave one direction of the slopes unbounded."
        return Solution(Estimate(shortest, s.best_intercept(shortest)), Unsupported(reason), linear=True)

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        return PiecewiseQuadratic(np.zeros(p), np.zeros(p))
