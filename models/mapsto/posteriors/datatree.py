"""The draws and all that goes with them, as one ArviZ DataTree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.posteriors.exact import ExactPosterior

MAX_NUMBERS = 8_000_000  # a group of draws times rows larger than this is thinned: 64 MB


def posterior_tree(
    problem: Problem,
    exact: ExactPosterior | Unsupported,
    draws: Mapping[str, Matrix],
    stats: Mapping[str, Any],
    seed: int,
) -> Any:
    """Assemble posterior, exact_posterior, sample_stats, observed_data, log_likelihood and posterior_predictive.

    Args:
        problem: data and noise.
        exact: exact posterior, from which as many independent draws are taken.
        draws: by variable, shape (chains, draws, ...): ``w``, ``b`` where there is an intercept, learned scales.
        stats: the sampler's statistics by name, shape (chains, draws).
        seed: what the random parts follow from.

    Returns:
        The DataTree. Where draws times rows are too many, the last two groups hold every k-th draw, labelled by its
        number; where the rows are gone, they and the observed data are left out.
    """
    import arviz as az  # imported late: it takes two seconds

    groups: dict[str, Any] = {"posterior": dict(draws)}
    if not isinstance(exact, Unsupported):
        chains, size, _ = draws["w"].shape
        groups["exact_posterior"] = _exact_draws(problem, exact, chains, size, np.random.default_rng([seed, 1]))
    if stats:
        groups["sample_stats"] = dict(stats)
    along = {name: ["feature"] for name, values in draws.items() if values.ndim == 3}
    tree = az.from_dict(groups, coords={"feature": list(problem.features)}, dims=along)
    if problem.X is not None and problem.y is not None:
        by_row, at = _by_row(problem, problem.X, problem.y, draws, seed)
        tree.update(az.from_dict(by_row, coords=at, dims={"y": ["row"]}))
    return tree


def exact_tree(problem: Problem, exact: ExactPosterior, chains: int, size: int, seed: int) -> Any:
    """A DataTree whose posterior is ``chains`` times ``size`` independent draws of the exact one."""
    import arviz as az  # imported late, as in posterior_tree

    draws = _exact_draws(problem, exact, chains, size, np.random.default_rng(seed))
    return az.from_dict({"posterior": draws}, coords={"feature": list(problem.features)}, dims={"w": ["feature"]})


def data_tree(problem: Problem) -> Any:
    """What there is to keep where nothing can be drawn: the observed data alone."""
    import arviz as az  # imported late, as in posterior_tree

    y = problem.statistics.z if problem.y is None else problem.y
    return az.from_dict({"observed_data": {"y": y}}, dims={"y": ["row"]})


def _exact_draws(
    problem: Problem, exact: ExactPosterior, chains: int, size: int, rng: np.random.Generator
) -> dict[str, Matrix]:
    """Independent draws shaped as a sampler's: ``w`` (chains, size, p), and ``b`` where there is an intercept."""
    w, b = exact.draws(chains * size, rng)
    slopes = {"w": w.reshape(chains, size, problem.p)}
    return slopes | ({"b": b.reshape(chains, size)} if problem.intercept else {})


def _by_row(
    problem: Problem, X: Matrix, y: Vector, draws: Mapping[str, Matrix], seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Log likelihood, log p(y_i | w, b), and a replicated response for each draw and row, with their coordinates."""
    chains, size, _ = draws["w"].shape
    step = math.ceil(chains * size * len(y) / MAX_NUMBERS)
    mean = draws["w"][:, ::step] @ X.T
    if "b" in draws:
        mean += draws["b"][:, ::step, np.newaxis]
    sigma = draws["sigma"][:, ::step, np.newaxis] if "sigma" in draws else None
    q = 1.0 if problem.weights is None else problem.weights
    log_likelihood = problem.likelihood.log_density(y, mean, q, sigma)
    replicated = problem.likelihood.simulate(mean, np.random.default_rng([seed, 2]), q, sigma)
    groups = {
        "log_likelihood": {"y": log_likelihood},
        "posterior_predictive": {"y": replicated},
        "observed_data": {"y": y},
    }
    return groups, {"draw": np.arange(0, size, step), "row": np.arange(len(y))}
