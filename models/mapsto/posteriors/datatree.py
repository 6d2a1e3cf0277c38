"""The draws and all that goes with them, as one ArviZ DataTree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mapsto.data.row_sample import RowSample
from mapsto.data.statistics import Matrix
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.posteriors.exact import ExactPosterior

MAX_NUMBERS = 2_000_000  # a group of draws times rows holds no more: 16 MB; of more rows a sample is taken
UNCOMPRESSED = 2_800_000  # bytes: less of random numbers is written as it is, for compressing saves a fifth
FILE_NUMBERS = 200_000  # what is written of such a group: 0.8 MB in single precision
BY_ROW = ("log_likelihood", "posterior_predictive", "observed_data")


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
        The DataTree. Where draws times rows are too many, the last three groups hold all draws of a random sample of
        the rows, labelled by their numbers; where the rows are gone, these groups are left out.
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
    some = problem.table.at_hand
    if some is not None:
        by_row, at = _by_row(problem, some, draws, seed)
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

    some = problem.table.at_hand
    y = problem.statistics.z if some is None else some.y
    return az.from_dict({"observed_data": {"y": y}}, dims={"y": ["row"]})


def _exact_draws(
    problem: Problem, exact: ExactPosterior, chains: int, size: int, rng: np.random.Generator
) -> dict[str, Matrix]:
    """Independent draws shaped as a sampler's: ``w`` (chains, size, p), and ``b`` where there is an intercept."""
    w, b = exact.draws(chains * size, rng)
    slopes = {"w": w.reshape(chains, size, problem.p)}
    return slopes | ({"b": b.reshape(chains, size)} if problem.intercept else {})


def _by_row(
    problem: Problem, some: RowSample, draws: Mapping[str, Matrix], seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Log likelihood, log p(y_i | w, b), and a replicated response for each draw and row, with their coordinates."""
    chains, size, _ = draws["w"].shape
    rows = _sample(len(some.y), MAX_NUMBERS // (chains * size), seed)
    y, q = some.y[rows], 1.0 if some.weights is None else some.weights[rows]
    mean = draws["w"] @ some.X[rows].T
    if "b" in draws:
        mean += draws["b"][:, :, np.newaxis]
    sigma = draws["sigma"][:, :, np.newaxis] if "sigma" in draws else None
    likelihood = problem.likelihood.given(**{name: draws[name][:, :, np.newaxis] for name in problem.learns})
    log_likelihood = likelihood.log_density(y, mean, q, sigma)
    replicated = likelihood.simulate(mean, np.random.default_rng([seed, 2]), q, sigma)
    groups = {
        "log_likelihood": {"y": log_likelihood},
        "posterior_predictive": {"y": replicated},
        "observed_data": {"y": y},
    }
    return groups, {"row": some.rows[rows]}


def _sample(n: int, most: int, seed: int) -> Any:
    """The numbers of at most ``most`` rows of n, and of at least one, in their order."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng([seed, 3]).choice(n, max(most, 1), replace=False))


def write_tree(tree: Any, path: Path, n: int, seed: int) -> None:
    """Write a DataTree as netCDF: of what is by row a sample, in single precision, and compressed if it is large.

    The groups by row have the attributes ``rows_written`` and ``rows_of_the_table``. Sampling loses rows, no draws, so
    that intervals, ``az.loo`` and ``az.plot_ppc`` hold for the rows that are there.

    Args:
        tree: what :func:`posterior_tree` or :func:`data_tree` gave.
        path: of the file.
        n: number of rows of the table.
        seed: what the sample follows from.
    """
    tree = tree.copy()
    if "log_likelihood" in tree.children:
        values = tree["log_likelihood"]["y"]
        kept = _sample(values.shape[-1], FILE_NUMBERS // (values.shape[0] * values.shape[1]), seed)
        for name in BY_ROW:
            some = tree[name].to_dataset().isel(row=kept)
            tree[name] = type(tree)(some.assign_attrs(rows_written=len(kept), rows_of_the_table=n))
    encoding: dict[str, dict[str, Any]] = {}
    bulk = 0
    for name, group in tree.children.items():
        small = {"dtype": "float32"} if name in BY_ROW[:2] else {}
        numbers = {str(key): values for key, values in group.data_vars.items() if values.dtype.kind in "biuf"}
        bulk += sum(values.nbytes for values in numbers.values()) // (2 if small else 1)
        encoding[f"/{name}"] = {key: dict(small) for key in numbers}
    if bulk > UNCOMPRESSED:
        for variables in encoding.values():
            for how in variables.values():
                how.update(zlib=True, shuffle=True)
    tree.to_netcdf(path, engine="h5netcdf", encoding=encoding)
