"""Where densities are compared: points near the middle of a posterior, far from it, and in its tails."""

from __future__ import annotations

import numpy as np

from mapsto.certificate.facts.places import widths
from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.joint.point import Point, learned_scales
from mapsto.priors.base import Prior

DISTANCES = (0.5,) * 6 + (4.0,) * 5 + (30.0,) * 5
"""How far each point is from the middle, in the posterior's widths: 6 near, 5 far, 5 in the tails."""
SCALES = {0.5: 0.1, 4.0: 0.7, 30.0: 2.0}
"""How far the logarithm of each learned scale is from its typical value, likewise."""
LARGEST_PREDICTOR = 8.0
"""Of a likelihood with a link: one that goes through the mean loses the digits of 1 - p, which is exp(-8) by then."""


def gate_points(problem: Problem, prior: Prior, seed: int = 1, every: int = 1) -> tuple[Point, ...]:
    """The 16 points, or one in ``every`` of them, off the kinks and inside the prior's support.

    The widths are those of a Gaussian posterior: from the likelihood's curvature and the prior's widths.
    """
    rng = np.random.default_rng([seed, 16])
    at_point = problem.at_point
    absolute = prior.at(problem.noise_sd)
    centre, root = _middle(at_point, absolute)
    bottom = at_point.best_intercept(centre)
    spread = _spread_of_intercept(at_point, centre, bottom)
    learned = prior.learned_scale()
    typical = {"sigma": problem.noise_sd, "w_sd": 1.0 if learned is None else learned.typical}
    typical |= {name: getattr(problem.likelihood, name) for name in problem.learns}
    found = []
    for distance in DISTANCES[::every]:
        u = rng.standard_normal(problem.p)
        away, to_side = distance * root @ u, distance * spread * float(rng.standard_normal())
        for share in 0.5 ** np.arange(20):
            w = _inside(absolute, centre + share * away)
            b = at_point.best_intercept(w, bottom) + share * to_side if problem.intercept else None
            predictor = problem.table.predictor(w, b or 0.0)
            if problem.likelihood.location or np.abs(predictor).max() <= LARGEST_PREDICTOR:
                break
        logs = {
            name: float(np.log(typical[name]) + SCALES[distance] * rng.uniform(-1, 1))
            for name in learned_scales(problem, prior)
        }
        found.append(Point(w, b, logs))
    return tuple(found)


def _middle(problem: Problem, prior: Prior) -> tuple[Vector, Matrix]:
    """One Newton step from the prior's centre, and a root of the inverse curvature there, shape (p, p)."""
    centre, wide = prior.centre(problem.p), widths(prior, problem.p)
    # a flat prior has no width, and a curvature that is all the data's needs none
    with np.errstate(divide="ignore"):
        own = np.where(np.isfinite(wide), 1 / wide**2, 0.0)
    H = _curvature(problem, centre) + np.diag(own)
    values, axes = np.linalg.eigh(H)
    # directions that neither data nor prior hold are as wide as the narrowest of the others allow in doubles
    values = np.maximum(values, values.max() * 1e-12)
    root: Matrix = axes / np.sqrt(values)
    step: Vector = root @ (root.T @ problem.data_gradient(centre))
    return centre - step, root


def _curvature(problem: Problem, w: Vector) -> Matrix:
    """The likelihood's curvature; where that is zero, as that of absolute values, the one of squares of that scale."""
    with np.errstate(all="ignore"):
        H = problem.hessian(w)
    R = problem.statistics.R
    return H if np.isfinite(H).all() and H.any() else R.T @ R / problem.noise_sd**2


def _spread_of_intercept(problem: Problem, w: Vector, b: float) -> float:
    """The width of the intercept given the slopes."""
    (_, y), q = problem.table.rows, problem.table.q
    above = float(np.sum(problem.likelihood.majoriser(y, problem.table.predictor(w, b), q)))
    return above**-0.5 if above > 0 else problem.noise_sd / float(np.sqrt(problem.n))


def _inside(prior: Prior, w: Vector) -> Vector:
    """The point itself, or its image among nonnegative slopes where the prior ends at zero."""
    return w if np.isfinite(prior.log_density(w)) else np.abs(w)
