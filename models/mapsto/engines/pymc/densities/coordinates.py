"""Which density of PyMC's a problem is sampled from, and which its mode is sought on."""

from __future__ import annotations

from mapsto.engines.pymc.densities.canonical import is_canonical
from mapsto.engines.pymc.densities.collapsed import CollapsedDensity
from mapsto.engines.pymc.densities.log_density import LogDensity
from mapsto.engines.pymc.densities.reflected import FoldedDensity
from mapsto.engines.pymc.model import centred_model, sampled_model
from mapsto.engines.pymc.nuts import Density
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture


def to_sample(problem: Problem, prior: Prior) -> Density:
    """The density in the coordinates that suit a sampler: unbounded, without walls and funnels."""
    if isinstance(prior, ScaleMixture):
        return CollapsedDensity(problem, prior)
    model, x_mean = sampled_model(problem, prior), problem.statistics.x_mean
    shape = prior.piecewise_quadratic(problem.p)
    if shape is not None and shape.nonnegative:
        return FoldedDensity(LogDensity(model, x_mean, slopes_as_they_are=True))
    return LogDensity(model, x_mean)


def to_maximise(problem: Problem, prior: Prior, sampled: Density) -> LogDensity:
    """PyMC's density of slopes and intercept as they are, at the mode's sigma; ``sampled`` itself if it is that."""
    if is_canonical(problem):  # what is sampled has a likelihood of our own in it
        model = centred_model(problem, prior)
        return LogDensity(model, problem.statistics.x_mean, as_sampled=False)
    inner = sampled.inner if isinstance(sampled, FoldedDensity) else sampled
    if isinstance(inner, LogDensity) and inner.is_plain:
        return inner
    at_sigma = problem.at_point
    return LogDensity(sampled_model(at_sigma, prior), problem.statistics.x_mean, as_sampled=False)
