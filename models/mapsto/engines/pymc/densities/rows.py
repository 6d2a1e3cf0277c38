"""PyMC's density of all rows against the one that was sampled, at one draw: the same model, or they differ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pymc.model.transform.conditioning import remove_value_transforms
from pymc.pytensorf import join_nonshared_inputs

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.pymc.compiled import compiled
from mapsto.engines.pymc.densities.collapsed import CollapsedDensity
from mapsto.engines.pymc.densities.reflected import FoldedDensity
from mapsto.engines.pymc.model import rows_model
from mapsto.engines.pymc.nuts import Density
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.gaussian import gaussian_posterior
from mapsto.priors.base import Prior


def log_densities(
    problem: Problem, prior: Prior, density: Density, x: Vector, draw: Mapping[str, Matrix]
) -> tuple[float, float]:
    """Log densities of the rows' model and of the sampled one at a draw, in nats, in the same coordinates.

    Where the slopes were integrated out, likelihood x prior = marginal x conditional puts them back.

    Args:
        problem: data and noise; the rows have to be there.
        prior: the prior.
        density: what was sampled.
        x: the draw in its coordinates.
        draw: the draw's variables by name.
    """
    model = rows_model(problem, prior)
    if isinstance(density, FoldedDensity):
        model = remove_value_transforms(model, [rv for rv in model.free_RVs if rv.name == "w"])
    sampled = density(x)[0]
    point = (density.inner if isinstance(density, FoldedDensity) else density).by_name(x)
    if isinstance(density, FoldedDensity):
        point["w"] = np.abs(point["w"])
    if isinstance(density, CollapsedDensity):
        # in z = w / s the conditional density of w gains the volume of s
        sampled += _conditional(problem, draw) + float(np.log(draw["w_scale"]).sum())
        point["w_standard_raw"] = draw["w"] / draw["w_scale"]
    if "b" in draw:
        point["b"] = draw["b"]
    (value,), joined = join_nonshared_inputs(point, [model.logp()], model.value_vars)
    whole = np.concatenate([np.ravel(point[v.name]) for v in model.value_vars])
    return float(compiled([joined], [value], once=True)(whole)[0]), sampled


def _conditional(problem: Problem, draw: Mapping[str, Matrix]) -> float:
    """Log density of slopes and intercept given scales and data, which is a Gaussian posterior's."""
    at = problem.with_noise_prior(None).with_noise_sd(float(draw.get("sigma", problem.noise_sd)))
    given = gaussian_posterior(at, np.zeros(problem.p), np.diag(draw["w_scale"]))
    return given.log_density(draw["w"], float(draw.get("b", 0.0)))
