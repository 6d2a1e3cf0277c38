"""ArviZ's summary of the draws, as arrays in the order of the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.posteriors.intervals import PROB


@dataclass(frozen=True, eq=False)
class DrawsSummary:
    """What ArviZ says of the draws.

    Every array holds the slopes in order, then the intercept if there is one, then the scalars (learned scales).
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
    divergences: int
    smallest_e_bfmi: float

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
    import arviz as az  # here, not above: it takes two seconds, which `mapsto list` need not wait for

    posterior = tree["posterior"]
    scalars = sorted(str(name) for name in posterior.data_vars if posterior[name].ndim == 2 and name != "b")
    names = ["w", *(["b"] if "b" in posterior.data_vars else []), *scalars]
    table = az.summary(tree, var_names=names, round_to="none", ci_kind="eti", ci_prob=PROB)

    def column(name: str) -> Vector:
        return np.asarray(table[name].to_numpy(dtype=np.float64))

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
        divergences=int(tree["sample_stats"]["diverging"].sum()),
        smallest_e_bfmi=float(np.min(az.bfmi(tree)["energy"])),
    )
