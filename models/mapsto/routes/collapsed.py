"""Priors with learned scales, sampled with the slopes integrated out.

Given the scales the slopes are Normal, so they can be integrated out exactly: with S = diag(s) the rotated response is

    z | s, sigma  ~  Normal(0, M),    M = sigma^2 I + R S^2 R'

and NUTS has only the scales to explore, without the funnel that slopes and their scales make together. Afterwards
each draw of the scales is given its slopes by an exact draw from their conditional (Bhattacharya, Chakraborty & Mallick
2016, "Fast sampling with Gaussian scale mixture priors", Biometrika 103(4), algorithm 1) and its intercept likewise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pymc.pytensorf import join_nonshared_inputs
from scipy.linalg import cho_solve
from scipy.linalg.lapack import dpotrf, dtrtri

from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.problem import Problem
from mapsto.routes.compiled import compiled
from mapsto.routes.log_density import NOT_KEPT, Evaluation
from mapsto.routes.pymc_model import noise_sd
from mapsto.scales import LOG_2PI
from mapsto.sufficient import Matrix, Vector


@dataclass(frozen=True, eq=False)
class Marginal:
    """Log marginal density of the data given the scales, in nats, and its derivatives by each s_j and by sigma."""

    value: float
    by_scale: Vector
    by_sigma: float


def marginal(problem: Problem, scale: Vector, sigma: float) -> Marginal:
    """log p(y | s, sigma) with slopes and intercept integrated out (Bishop 2006, equation 2.115).

    Args:
        problem: the data.
        scale: s, shape (p,).
        sigma: the noise's sd, in units of y.
    """
    s = problem.statistics
    k = len(s.z)
    wide = s.R * scale
    M = wide @ wide.T
    M.flat[:: k + 1] += sigma**2
    # LAPACK itself: for ten columns the checks of its wrappers take ten times as long as the work
    root, failed = dpotrf(M, lower=1, clean=1)
    if failed:
        raise np.linalg.LinAlgError("the scales are beyond what doubles can hold")
    inverse, _ = dtrtri(root, lower=1)
    u, B = inverse @ s.z, inverse @ s.R
    free = s.n - s.centred - k
    rest = -free * (math.log(sigma) + 0.5 * LOG_2PI) - s.left_over / (2 * sigma**2) + s.log_volume
    value = -0.5 * (u @ u) - np.log(root.diagonal()).sum() - 0.5 * k * LOG_2PI + rest
    by_scale = scale * ((u @ B) ** 2 - np.einsum("ij,ij->j", B, B))
    alpha = u @ inverse
    by_sigma = sigma * (alpha @ alpha - np.vdot(inverse, inverse)) - free / sigma + s.left_over / sigma**3
    return Marginal(float(value), by_scale, float(by_sigma))


class CollapsedDensity:
    """log p(x, y) over the stacked unbounded values x of the scales alone, and what fills in the rest of a draw."""

    is_plain = False

    def __init__(self, problem: Problem, prior: ScaleMixture) -> None:
        self._problem = problem
        with pm.Model(coords={"feature": problem.features}) as model:
            sigma = noise_sd(problem)
            prior.to_pymc("w", "feature")
        free = [rv for rv in model.free_RVs if rv.name != "w_standard_raw"]
        kept = [v for v in [*free, *model.deterministics] if v.name != "w" and not v.name.endswith(NOT_KEPT)]
        values = [model.rvs_to_values[rv] for rv in free]
        point = {value.name: model.initial_point()[value.name] for value in values}
        inside = [model.logp(vars=free), *model.replace_rvs_by_values([model["w_scale"], sigma, *kept])]
        (logp, scale, sd, *outputs), x = join_nonshared_inputs(point, inside, values)
        along, across = pt.vector("by_scale"), pt.scalar("by_sigma")
        gradient = pytensor.grad(logp + pt.dot(along, scale) + across * sd, x, consider_constant=[along, across])
        self._scales = compiled([x], [scale, sd + 0.0 * pt.sum(x)])
        self._prior = compiled([x, along, across], [logp, gradient])
        self._kept = compiled([x], outputs, "FAST_COMPILE") if outputs else None
        self._names = [v.name for v in kept]
        ends = np.cumsum([np.size(point[value.name]) for value in values])
        self.slices = {
            value.name: slice(int(end - np.size(point[value.name])), int(end))
            for value, end in zip(values, ends, strict=True)
        }
        self.start: Vector = np.concatenate([np.ravel(point[value.name]) for value in values]).astype(float)

    def __call__(self, x: Vector) -> Evaluation:
        """The log density of scales and data, with the transforms' Jacobian, and its gradient, at x."""
        s, sigma = self._scales(x)
        try:
            data = marginal(self._problem, s, float(sigma))
        except np.linalg.LinAlgError:  # scales beyond what doubles can hold: no place to stay
            return -np.inf, np.zeros_like(x)
        log_prior, gradient = self._prior(x, data.by_scale, np.float64(data.by_sigma))
        return float(log_prior) + data.value, gradient

    def record(self, x: Matrix, seed: int = 0) -> dict[str, Matrix]:
        """The variables at draws x (chains, draws, size), by name, with slopes and intercepts drawn given them."""
        rng = np.random.default_rng([seed, 3])
        points = x.reshape(-1, x.shape[-1])
        rows = [dict(zip(self._names, self._kept(point), strict=True)) if self._kept else {} for point in points]
        slopes, intercepts = [], []
        for point in points:
            s, sigma = self._scales(point)
            w = self._slopes(s, float(sigma), rng)
            slopes.append(w)
            statistics = self._problem.statistics
            a = statistics.y_mean + float(sigma) / math.sqrt(statistics.weight) * rng.standard_normal()
            intercepts.append(a - w @ statistics.x_mean)
        found = {name: np.array([row[name] for row in rows]) for name in self._names}
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
