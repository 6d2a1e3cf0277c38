"""The curves of the posterior figures, thinned to what a drawing can show; the draws themselves are in the .nc file.

Kernel density estimates are ArviZ's. Ranks are those of every draw among all chains' draws of its coefficient: if the
chains sample one distribution, each chain's ranks are uniform (Vehtari et al. 2021, Bayesian Analysis 16(2), section
4.3). Ranks of autocorrelated draws spread more than independent ones would, so nothing here is a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mapsto.data.statistics import Matrix, Vector

MOST_FEATURES = 12
DENSITY_POINTS = 61
PREDICTIVE_POINTS = 81
REPLICATIONS = 12
MOST_ROWS = 5_000
BINS = 20


def plots_record(tree: Any, features: Sequence[str]) -> dict[str, Any]:
    """The figures' data, as plain lists of numbers to four digits.

    Args:
        tree: the ArviZ DataTree of a run: ``posterior`` with w of shape (chains, draws, p), and where they are there
            ``exact_posterior`` likewise, ``posterior_predictive`` and ``observed_data`` with y.
        features: names of the columns, p of them.

    Returns:
        ``densities``: for each of at most :data:`MOST_FEATURES` coefficients, those clearest of zero, ``feature``,
        ``x``, ``nuts`` and ``exact`` (None without exact draws), densities per unit of the coefficient;
        ``predictive``: None, or ``x``, ``observed`` and ``replicated``, densities of the response in the data and in
        as many data sets drawn from the model; ``ranks``: ``feature`` and ``counts`` (chains, bins), and
        ``expected``, the count in each bin if all chains agree.
    """
    draws = tree["posterior"]["w"].to_numpy()
    exact = tree["exact_posterior"]["w"].to_numpy() if "exact_posterior" in tree.children else None
    shown = _clearest(draws)
    chains, size = draws.shape[:2]
    return {
        "densities": [
            {"feature": str(features[j])} | _density(draws[..., j], None if exact is None else exact[..., j])
            for j in shown
            if np.ptp(draws[..., j]) > 0
        ],
        "predictive": _predictive(tree),
        "ranks": {
            "expected": size / BINS,
            "chains": chains,
            "rows": [{"feature": str(features[j]), "counts": _ranks(draws[..., j])} for j in shown],
        },
    }


def _clearest(draws: Matrix) -> list[int]:
    """The coefficients whose draws lie furthest from zero beside their spread, in the order of the columns."""
    spread = draws.std(axis=(0, 1))
    clear = np.abs(draws.mean(axis=(0, 1))) / np.where(spread > 0, spread, np.inf)
    return sorted(int(j) for j in np.argsort(-clear, kind="stable")[:MOST_FEATURES])


def _density(nuts: Matrix, exact: Matrix | None) -> dict[str, Any]:
    parts = [nuts] if exact is None else [nuts, exact]
    low = min(float(np.quantile(part, 0.001)) for part in parts)
    high = max(float(np.quantile(part, 0.999)) for part in parts)
    x = np.linspace(low, high, DENSITY_POINTS)
    return {
        "x": _four(x, high - low),
        "nuts": _four(_kde(nuts, x)),
        "exact": None if exact is None else _four(_kde(exact, x)),
    }


def _predictive(tree: Any) -> dict[str, Any] | None:
    if "posterior_predictive" not in tree.children or "observed_data" not in tree.children:
        return None
    observed = tree["observed_data"]["y"].to_numpy()
    step = -(-len(observed) // MOST_ROWS)
    replicated = tree["posterior_predictive"]["y"].to_numpy()[..., ::step]
    replicated = replicated.reshape(-1, replicated.shape[-1])
    observed = observed[::step]
    if len(observed) < 5 or np.ptp(observed) == 0:
        return None  # too few responses for a curve to mean anything
    picks = np.linspace(0, len(replicated) - 1, REPLICATIONS).round().astype(int)
    some = replicated[np.unique(picks)]
    low, high = min(observed.min(), some.min()), max(observed.max(), some.max())
    x = np.linspace(low, high, PREDICTIVE_POINTS)
    return {
        "x": _four(x, high - low),
        "observed": _four(_kde(observed, x)),
        "replicated": [_four(_kde(one, x)) for one in some],
    }


def _ranks(draws: Matrix) -> list[list[int]]:
    """How many draws of each chain fall into each of :data:`BINS` equal ranges of rank."""
    order = np.argsort(np.argsort(draws.ravel(), kind="stable"), kind="stable").reshape(draws.shape)
    return [np.bincount(chain * BINS // draws.size, minlength=BINS).tolist() for chain in order]


def _kde(values: Matrix, x: Vector) -> Vector:
    """ArviZ's kernel density of ``values``, read off at ``x``; zero outside its own grid."""
    import arviz as az  # here, not above: it takes two seconds, which `mapsto list` need not wait for

    grid, density, _ = az.kde(np.asarray(values).ravel())
    heights: Vector = np.interp(x, grid, density, left=0.0, right=0.0)
    return heights


def _four(values: Vector, span: float | None = None) -> list[float]:
    """Four digits of the largest value, or of the span the values cover."""
    size = float(span if span is not None else np.abs(values).max())
    decimals = 3 - int(np.floor(np.log10(size))) if size > 0 else 0
    return [round(float(value), decimals) + 0.0 for value in values]
