"""Which density of PyMC's a problem is sampled from, and which its mode is sought on."""

from __future__ import annotations

from dataclasses import replace

from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.problem import Problem
from mapsto.routes.collapsed import CollapsedDensity
from mapsto.routes.folded import FoldedDensity
from mapsto.routes.log_density import LogDensity
from mapsto.routes.nuts import Density
from mapsto.routes.pymc_model import statistics_model


def to_sample(problem: Problem, prior: Prior) -> Density:
    """The density in the coordinates that suit a sampler: unbounded, without walls and funnels."""
    if isinstance(prior, ScaleMixture):
        return CollapsedDensity(problem, prior)
    model, x_mean = statistics_model(problem, prior), problem.statistics.x_mean
    shape = prior.piecewise_quadratic(problem.p)
    if shape is not None and shape.nonnegative:
        return FoldedDensity(LogDensity(model, x_mean, slopes_as_they_are=True))
    return LogDensity(model, x_mean)


def to_climb(problem: Problem, prior: Prior, sampled: Density) -> LogDensity:
    """The density of slopes and intercept as they are, at the sigma of the mode; ``sampled`` itself if it is that."""
    inner = sampled.inner if isinstance(sampled, FoldedDensity) else sampled
    if isinstance(inner, LogDensity) and inner.is_plain:
        return inner
    at_sigma = replace(problem, noise_prior=None)
    return LogDensity(statistics_model(at_sigma, prior), problem.statistics.x_mean, as_sampled=False)
