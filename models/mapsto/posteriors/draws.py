"""Draws of a posterior, and ArviZ's summary of them as arrays in the order of the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.posteriors.intervals import PROB


@dataclass(frozen=True)
class Cost:
    """What the draws cost, each part apart; None where the engine cannot tell.

    Attributes:
        compile_seconds: wall-clock time before the first gradient: building and compiling the model.
        warm_up_seconds: of adapting the sampler, all chains together.
        draw_seconds: of the kept draws, likewise.
        warm_up_gradients: evaluations of the log density's gradient while adapting, all chains together.
        draw_gradients: for the kept draws, likewise.
        warm_up: iterations of each chain that adapted and were dropped.
        chain_method: how the chains were run, in a few words.
    """

    compile_seconds: float | None = None
    warm_up_seconds: float | None = None
    draw_seconds: float | None = None
    warm_up_gradients: int | None = None
    draw_gradients: int | None = None
    warm_up: int | None = None
    chain_method: str = ""


@dataclass(frozen=True, eq=False)
class Draws:
    """What a sampler brings back.

    Attributes:
        variables: by name, shape (chains, draws, ...): ``w`` with one number a slope, ``b`` where there is an
            intercept, and whatever else was learned, such as ``sigma``.
        statistics: by name, shape (chains, draws): ``diverging`` and ``energy`` where the sampler has them.
        points: the same draws in the sampler's own coordinates, or None.
        seconds: wall-clock time the sampling took.
        cost: where that time went, and how many gradients it took; None where the engine cannot tell.
    """

    variables: Mapping[str, Matrix]
    statistics: Mapping[str, Any]
    points: Matrix | None = None
    seconds: float = 0.0
    cost: Cost | None = None


@dataclass(frozen=True, eq=False)
class DrawnPosterior:
    """The draws of one engine as an ArviZ DataTree, with their summary and how long they took."""

    tree: Any
    summary: DrawsSummary
    seconds: float


@dataclass(frozen=True, eq=False)
class DrawsSummary:
    """What ArviZ says of the draws.

    Every array holds the slopes in order, then the intercept if there is one, then the scalars (learned scales).
    ``divergences`` and ``smallest_e_bfmi`` are None where the sampler has no such thing.
    """

    scalars: tuple[str, ...]
    mean: Vector
    median: Vector
    sd: Vector
    eti89: Matrix
    ess_bulk: Vector
    ess_tail: Vector
    r_hat: Vector
    mcse_mean: Vector
    mcse_sd: Vector
    divergences: int | None
    smallest_e_bfmi: float | None

    @property
    def smallest_ess(self) -> float:
        """The smaller of bulk and tail effective sample size over all parameters."""
        return float(np.min([self.ess_bulk, self.ess_tail]))

    @property
    def largest_r_hat(self) -> float:
        """The largest R-hat over all parameters; NaN if any is (a single chain has none)."""
        return float(self.r_hat.max())


def summarise(tree: Any) -> DrawsSummary:
    """Summarise slopes, intercept and scalars of a DataTree by ArviZ's functions, with equal-tailed intervals."""
    import arviz as az  # imported late: it takes two seconds

    posterior = tree["posterior"]
    scalars = sorted(str(name) for name in posterior.data_vars if posterior[name].ndim == 2 and name != "b")
    names = ["w", *(["b"] if "b" in posterior.data_vars else []), *scalars]
    table = az.summary(tree, var_names=names, round_to="none", ci_kind="eti", ci_prob=PROB)

    def column(name: str) -> Vector:
        return np.asarray(table[name].to_numpy(dtype=np.float64))

    told = tree["sample_stats"] if "sample_stats" in tree.children else {}
    medians = [np.atleast_1d(posterior[name].median(("chain", "draw")).to_numpy()) for name in names]
    return DrawsSummary(
        scalars=tuple(scalars),
        mean=column("mean"),
        median=np.concatenate(medians),
        sd=column("sd"),
        eti89=np.column_stack([column(f"eti{100 * PROB:.0f}_{end}") for end in ("lb", "ub")]),
        ess_bulk=column("ess_bulk"),
        ess_tail=column("ess_tail"),
        r_hat=column("r_hat"),
        mcse_mean=column("mcse_mean"),
        mcse_sd=column("mcse_sd"),
        divergences=int(told["diverging"].sum()) if "diverging" in told else None,
        smallest_e_bfmi=float(np.min(az.bfmi(tree)["energy"])) if "energy" in told else None,
    )
