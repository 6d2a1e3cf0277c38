"""The draws and all that goes with them, as one ArviZ DataTree."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mapsto.conjugate import LOG_2PI, GaussianPosterior
from mapsto.estimate import Unsupported
from mapsto.problem import Problem
from mapsto.sufficient import Matrix, Vector

MAX_NUMBERS = 8_000_000  # a group of draws times rows larger than this is thinned: 64 MB


def posterior_tree(
    problem: Problem,
    exact: GaussianPosterior | Unsupported,
    slopes: Matrix,
    intercepts: Matrix | None,
    stats: Any,
    seed: int,
) -> Any:
    """Assemble posterior, exact_posterior, sample_stats, observed_data, log_likelihood and posterior_predictive.

    Args:
        problem: data and noise.
        exact: exact posterior, from which as many independent draws are taken.
        slopes: draws of w, shape (chains, draws, p).
        intercepts: draws of b, shape (chains, draws), or None without an intercept.
        stats: the sampler's statistics, an xarray Dataset.
        seed: what the random parts follow from.

    Returns:
        The DataTree. Where draws times rows are too many, the last two groups hold every k-th draw, labelled by its
        number; where the rows are gone, they and the observed data are left out.
    """
    import arviz as az  # here, not above: it takes two seconds, which `mapsto list` need not wait for

    groups: dict[str, Any] = {"posterior": _parameters(slopes, intercepts)}
    if isinstance(exact, GaussianPosterior):
        chains, draws, p = slopes.shape
        w, b = exact.draws(chains * draws, np.random.default_rng([seed, 1]))
        own = b.reshape(chains, draws) if problem.intercept else None
        groups["exact_posterior"] = _parameters(w.reshape(chains, draws, p), own)
    groups["sample_stats"] = {str(name): stats[name].to_numpy() for name in stats.data_vars}
    coords: dict[str, Any] = {"feature": list(problem.features)}
    dims = {"w": ["feature"]}
    tree = az.from_dict(groups, coords=coords, dims=dims)
    if problem.X is not None and problem.y is not None:
        by_row, at = _by_row(problem.X, problem.y, problem.noise_sd, slopes, intercepts, seed)
        tree.update(az.from_dict(by_row, coords=at, dims={"y": ["row"]}))
    return tree


def _parameters(slopes: Matrix, intercepts: Matrix | None) -> dict[str, Matrix]:
    return {"w": slopes} if intercepts is None else {"w": slopes, "b": intercepts}


def _by_row(
    X: Matrix, y: Vector, noise_sd: float, slopes: Matrix, intercepts: Matrix | None, seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Log likelihood, log p(y_i | w, b), and a replicated response for each draw and row, with their coordinates."""
    chains, draws, _ = slopes.shape
    step = math.ceil(chains * draws * len(y) / MAX_NUMBERS)
    mean = slopes[:, ::step] @ X.T
    if intercepts is not None:
        mean += intercepts[:, ::step, np.newaxis]
    standard = (y - mean) / noise_sd
    log_likelihood = -0.5 * (standard**2 + LOG_2PI) - math.log(noise_sd)
    replicated = mean + noise_sd * np.random.default_rng([seed, 2]).standard_normal(mean.shape)
    groups = {
        "log_likelihood": {"y": log_likelihood},
        "posterior_predictive": {"y": replicated},
        "observed_data": {"y": y},
    }
    return groups, {"draw": np.arange(0, draws, step), "row": np.arange(len(y))}
