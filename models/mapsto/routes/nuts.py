"""The full posterior by NUTS, from PyMC's own log density."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import nutpie
from nutpie import compiled_pyfunc
from scipy.linalg import solve_triangular

from mapsto.routes.log_density import Evaluation, LogDensity
from mapsto.sufficient import Matrix, Vector

KEPT_STATISTICS = ("depth", "step_size", "n_steps", "mean_tree_accept", "logp", "energy", "diverging")
# Measured in these coordinates: as many effective draws as with the usual 0.8, from a third fewer gradients.
TARGET_ACCEPT = 0.7
TUNE = 200  # the geometry comes from the mode; only the step size is left to learn


def sample(density: LogDensity, mode: Vector, *, draws: int, chains: int, seed: int) -> tuple[Matrix, Any]:
    """Draw from the posterior, in coordinates where its curvature at the mode is the identity.

    With x = mode + L u and L L' the inverse of minus the Hessian, a Gaussian posterior is a standard Normal in u
    whatever the correlation of the columns: a dense mass matrix taken from the mode instead of from warm-up draws
    (Neal 2011, "MCMC using Hamiltonian dynamics", section 5.4.1).

    Args:
        density: PyMC's log density.
        mode: where the curvature is taken, shape (size,).
        draws: kept draws of each chain.
        chains: number of chains, each from its own start.
        seed: same seed, same draws.

    Returns:
        Draws of x, shape (chains, draws, size), and nutpie's sample statistics as an xarray Dataset.
    """
    curvature = density.curvature(mode)
    root = np.linalg.cholesky(curvature.matrix)
    L: Matrix = curvature.unit[:, np.newaxis] * solve_triangular(root, np.eye(len(mode)), lower=True).T

    def make_log_density() -> Callable[[Vector], Evaluation]:
        own = density.separate_copy()

        def log_density(u: Vector) -> Evaluation:
            value, gradient = own(mode + L @ u)
            return float(value), L.T @ gradient

        return log_density

    def make_expand(_seed1: int, _seed2: int, _chain: int) -> Callable[[Vector], dict[str, Vector]]:
        return lambda u: {"x": mode + L @ u}

    compiled = compiled_pyfunc.from_pyfunc(
        len(mode),
        make_log_density,
        make_expand,
        ["float64"],
        [(len(mode),)],
        ["x"],
        # Twice as wide as the posterior, so that R-hat has something to notice.
        make_initial_point_fn=lambda chain_seed: 2 * np.random.default_rng(chain_seed).standard_normal(len(mode)),
    )
    # One core: a call takes microseconds, and threads that wait for each other's lock make it three times slower.
    sampler = nutpie.sample(
        compiled,
        draws=draws,
        tune=TUNE,
        target_accept=TARGET_ACCEPT,
        chains=chains,
        cores=1,
        seed=int(np.random.SeedSequence(seed).generate_state(1)[0]),  # any whole number will do
        save_warmup=False,
        progress_bar=False,
        blocking=False,
    )
    try:
        trace = sampler.wait()
    except BaseException:
        sampler.cancel()  # nutpie's own answer to Ctrl-C is a shorter trace, which nobody asked for
        raise
    return trace.posterior["x"].to_numpy(), trace.sample_stats.to_dataset()[list(KEPT_STATISTICS)]
