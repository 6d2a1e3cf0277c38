"""Priors with learned scales, sampled with the slopes integrated out.

Given the scales the slopes are Normal, so they can be integrated out exactly: with S = diag(s) the rotated response is

    z | s, sigma  ~  Normal(0, M),    M = sigma^2 I + R S^2 R'

and NUTS has only the scales to explore, without the funnel that slopes and their scales make together. Afterwards
each draw of the scales is given its slopes by an exact draw from their conditional (Bhattacharya, Chakraborty & Mallick
2016, "Fast sampling with Gaussian scale mixture priors", Biometrika 103(4), algorithm 1) and its intercept likewise.
"""

from __future__ import annotations

import math

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy.linalg import cho_solve

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.pymc.densities.log_density import NOT_KEPT, Evaluation, Stacked, initial_point
from mapsto.engines.pymc.densities.marginal import marginal_graph
from mapsto.engines.pymc.families import slopes
from mapsto.engines.pymc.model import noise_sd
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base_scale_mixture import ScaleMixture


class CollapsedDensity(Stacked):
    """log p(x, y) over the stacked unbounded values x of the scales alone, and what fills in the rest of a draw."""

    is_plain = False

    def __init__(self, problem: Problem, prior: ScaleMixture) -> None:
        self._problem = problem
        with pm.Model(coords={"feature": problem.features}) as model:
            sigma = noise_sd(problem)
            slopes(prior, problem.p, sigma)
        free = [rv for rv in model.free_RVs if rv.name != "w_standard_raw"]
        kept = [v for v in [*free, *model.deterministics] if v.name != "w" and not v.name.endswith(NOT_KEPT)]
        super().__init__(initial_point(model), [model.rvs_to_values[rv] for rv in free])
        scale, sd, *outputs = model.replace_rvs_by_values([model["w_scale"], sigma, *kept])
        data, by_scale, by_sigma = marginal_graph(problem, scale, sd)
        prior = model.logp(vars=free)
        chained = prior + pt.dot(by_scale, scale) + by_sigma * sd
        self._function = self._with_gradient(prior + data, chained, [by_scale, by_sigma])
        self._names, self._kept = [v.name for v in kept], self._at_all(outputs)

    @property
    def learns_noise(self) -> bool:
        """Whether sigma is one of the scales."""
        return self._problem.noise_prior is not None

    def __call__(self, x: Vector) -> Evaluation:
        """The log density of scales and data, with the transforms' Jacobian, and its gradient, at x."""
        value, gradient = self._function(x)
        return float(value), gradient

    def record(self, x: Matrix, seed: int = 0) -> dict[str, Matrix]:
        """The variables at draws x (chains, draws, size), by name, with slopes and intercepts drawn given them."""
        rng, s = np.random.default_rng([seed, 3]), self._problem.statistics
        points = x.reshape(-1, x.shape[-1])
        found: dict[str, Matrix] = dict(zip(self._names, self._kept(points), strict=True))
        sigma = found.get("sigma", np.full(len(points), self._problem.noise_sd))
        slopes, intercepts = [], []
        for scale, sd in zip(found["w_scale"], sigma, strict=True):
            w = self._slopes(scale, float(sd), rng)
            slopes.append(w)
            a = s.y_mean + float(sd) / math.sqrt(s.weight) * rng.standard_normal()
            intercepts.append(a - w @ s.x_mean)
        found["w"] = np.array(slopes)
        if self._problem.intercept:
            found["b"] = np.array(intercepts)
        return {name: values.reshape(*x.shape[:2], *values.shape[1:]) for name, values in found.items()}

    def _slopes(self, scale: Vector, sigma: float, rng: np.random.Generator) -> Vector:
        """One exact draw of w given the scales and the data."""
        s = self._problem.statistics
        k = len(s.z)
        u = scale * rng.standard_normal(s.p)
        wide = s.R * scale
        root = np.linalg.cholesky(sigma**2 * np.eye(k) + wide @ wide.T)
        gap = s.z - s.R @ u - sigma * rng.standard_normal(k)
        w: Vector = u + scale**2 * (s.R.T @ cho_solve((root, True), gap))
        return w
