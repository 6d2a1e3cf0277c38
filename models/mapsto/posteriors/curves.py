"""The curves of the posterior figures, thinned to what a drawing can show; the draws themselves are in the .nc file.

Kernel density estimates are ArviZ's. Ranks are those of every draw among all chains' draws of its coefficient: if the
chains sample one distribution, each chain's ranks are uniform (Vehtari et al. 2021, Bayesian Analysis 16(2), section
4.3). Ranks of autocorrelated draws spread more than independent ones would, so nothing here is a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.statistics import Matrix, Vector

MOST_FEATURES = 12
DENSITY_POINTS = 61
PREDICTIVE_POINTS = 81
REPLICATIONS = 12
MOST_ROWS = 5_000
BINS = 20


@dataclass(frozen=True, eq=False)
class Density:
    """The posterior density of one coefficient.

    Attributes:
        feature: the column.
        x: slopes, shape (DENSITY_POINTS,).
        draws: by engine, the density of its draws at x, per unit of the slope.
        exact: the same of draws from the exact posterior, or None without them.
    """

    feature: str
    x: list[float]
    draws: dict[str, list[float]]
    exact: list[float] | None


@dataclass(frozen=True, eq=False)
class PredictiveDensities:
    """Densities of the response over ``x``: in the data, and in as many data sets drawn from the model."""

    x: list[float]
    observed: list[float]
    replicated: list[list[float]]


@dataclass(frozen=True, eq=False)
class RankCounts:
    """How many draws of each chain fall into each range of rank, shape (chains, BINS)."""

    feature: str
    counts: list[list[int]]


@dataclass(frozen=True, eq=False)
class Ranks:
    """The ranks of one engine's draws, and the count in each range if all chains agree."""

    expected: float
    chains: int
    rows: list[RankCounts]


@dataclass(frozen=True, eq=False)
class Curves:
    """The figures' data, as plain lists of numbers to four digits; ranks by engine."""

    densities: list[Density]
    predictive: PredictiveDensities | None
    ranks: dict[str, Ranks]


def curves(trees: Mapping[str, Any], features: Sequence[str]) -> Curves:
    """The curves of at most :data:`MOST_FEATURES` coefficients, those clearest of zero.

    Args:
        trees: by engine, one at least, the ArviZ DataTree of its draws: ``posterior`` with w of shape (chains, draws,
            p). The first may also hold ``exact_posterior`` likewise, ``posterior_predictive`` and ``observed_data``
            with y.
        features: names of the columns, p of them.
    """
    draws = {engine: tree["posterior"]["w"].to_numpy() for engine, tree in trees.items()}
    first = next(iter(trees))
    exact = trees[first]["exact_posterior"]["w"].to_numpy() if "exact_posterior" in trees[first].children else None
    shown = _clearest(draws[first])
    return Curves(
        densities=[
            _density(
                str(features[j]),
                {engine: w[..., j] for engine, w in draws.items()},
                None if exact is None else exact[..., j],
            )
            for j in shown
            if np.ptp(draws[first][..., j]) > 0
        ],
        predictive=_predictive(trees[first]),
        ranks={
            engine: Ranks(
                w.shape[1] / BINS, w.shape[0], [RankCounts(str(features[j]), _ranks(w[..., j])) for j in shown]
            )
            for engine, w in draws.items()
        },
    )


def _clearest(draws: Matrix) -> list[int]:
    """The coefficients whose draws lie furthest from zero relative to their spread, in the order of the columns."""
    spread = draws.std(axis=(0, 1))
    clear = np.abs(draws.mean(axis=(0, 1))) / np.where(spread > 0, spread, np.inf)
    return sorted(int(j) for j in np.argsort(-clear, kind="stable")[:MOST_FEATURES])


def _density(feature: str, draws: Mapping[str, Matrix], exact: Matrix | None) -> Density:
    parts = [*draws.values()] if exact is None else [*draws.values(), exact]
    low = min(float(np.quantile(part, 0.001)) for part in parts)
    high = max(float(np.quantile(part, 0.999)) for part in parts)
    x = np.linspace(low, high, DENSITY_POINTS)
    return Density(
        feature,
        _four(x, high - low),
        {engine: _four(_kde(part, x)) for engine, part in draws.items()},
        None if exact is None else _four(_kde(exact, x)),
    )


def _predictive(tree: Any) -> PredictiveDensities | None:
    if "posterior_predictive" not in tree.children or "observed_data" not in tree.children:
        return None
    observed = tree["observed_data"]["y"].to_numpy()
    step = -(-len(observed) // MOST_ROWS)
    replicated = tree["posterior_predictive"]["y"].to_numpy()[..., ::step]
    replicated = replicated.reshape(-1, replicated.shape[-1])
    observed = observed[::step]
    if len(observed) < 5 or np.ptp(observed) == 0:
        return None  # too few responses for a curve to mean anything
    varied = np.flatnonzero(np.ptp(replicated, axis=1) > 0)  # a data set of one value, such as all zeros, has no curve
    if not varied.size:
        return None
    picks = np.linspace(0, varied.size - 1, REPLICATIONS).round().astype(int)
    some = replicated[varied[np.unique(picks)]]
    low, high = min(observed.min(), some.min()), max(observed.max(), some.max())
    x = np.linspace(low, high, PREDICTIVE_POINTS)
    return PredictiveDensities(_four(x, high - low), _four(_kde(observed, x)), [_four(_kde(one, x)) for one in some])


def _ranks(draws: Matrix) -> list[list[int]]:
    """How many draws of each chain fall into each of :data:`BINS` equal ranges of rank."""
    order = np.argsort(np.argsort(draws.ravel(), kind="stable"), kind="stable").reshape(draws.shape)
    return [np.bincount(chain * BINS // draws.size, minlength=BINS).tolist() for chain in order]


def _kde(values: Matrix, x: Vector) -> Vector:
    """ArviZ's kernel density of ``values``, read off at ``x``; zero outside its own grid."""
    import arviz as az  # imported late: it takes two seconds

    grid, density, _ = az.kde(np.asarray(values).ravel())
    heights: Vector = np.interp(x, grid, density, left=0.0, right=0.0)
    return heights


def _four(values: Vector, span: float | None = None) -> list[float]:
    """Four digits of the largest value, or of the span the values cover."""
    size = float(span if span is not None else np.abs(values).max())
    decimals = 3 - int(np.floor(np.log10(size))) if size > 0 else 0
    return [round(float(value), decimals) + 0.0 for value in values]
