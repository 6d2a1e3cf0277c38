"""PyMC's own NUTS on a model, with what it cost: the sampler of ``pm.sample(nuts_sampler="pymc")``."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pymc as pm

from mapsto.data.statistics import Matrix
from mapsto.engines.pymc.compiled import compile_mode
from mapsto.engines.settings import Settings
from mapsto.posteriors.draws import Cost, Draws

WARM_UP = 1000  # PyMC's own default


def sample(model: Any, how: Settings, rename: Mapping[str, str]) -> Draws:
    """Draw from a model.

    Args:
        model: a PyMC model.
        how: draws, chains, seed and warm-up.
        rename: the names of variables in the model, and what they are called here: the others are left out. Several
            that become ``w`` are slopes in this order.
    """
    warm_up = WARM_UP if how.warm_up is None else how.warm_up
    start = time.perf_counter()
    with model, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few draws and few chains: the checks on the draws say it
        logger = logging.getLogger("pymc")
        level, logger.level = logger.level, logging.ERROR
        try:
            tree = pm.sample(
                draws=how.draws,
                tune=warm_up,
                chains=how.chains,
                cores=1,
                random_seed=int(np.random.SeedSequence(how.seed).generate_state(1)[0]),
                nuts_sampler="pymc",
                progressbar=False,
                discard_tuned_samples=False,
                compute_convergence_checks=False,
                compile_kwargs={"mode": compile_mode()},
            )
        finally:
            logger.level = level
    seconds = time.perf_counter() - start
    before, after = tree["warmup_sample_stats"], tree["sample_stats"]
    spent = [float(part["perf_counter_diff"].sum()) for part in (before, after)]
    gradients = [int(part["n_steps" if "n_steps" in part else "tree_size"].sum()) for part in (before, after)]
    cost = Cost(
        compile_seconds=seconds - float(tree["posterior"].attrs["sampling_time"]),
        warm_up_seconds=spent[0],
        draw_seconds=spent[1],
        warm_up_gradients=gradients[0],
        draw_gradients=gradients[1],
        warm_up=warm_up,
        chain_method="one chain after another, on one core",
    )
    statistics = {name: after[name].to_numpy() for name in ("diverging", "energy")}
    return Draws(_renamed(tree["posterior"], rename), statistics, None, seconds, cost)


def _renamed(posterior: Any, rename: Mapping[str, str]) -> dict[str, Matrix]:
    found: dict[str, list[Matrix]] = {}
    for name, ours in rename.items():
        found.setdefault(ours, []).append(posterior[name].to_numpy())
    return {ours: parts[0] if len(parts) == 1 and ours != "w" else _slopes(parts) for ours, parts in found.items()}


def _slopes(parts: list[Matrix]) -> Matrix:
    """Slopes of one variable (chains, draws, p), or of one for each (chains, draws), as (chains, draws, p)."""
    return parts[0] if parts[0].ndim == 3 else np.stack(parts, axis=-1)
