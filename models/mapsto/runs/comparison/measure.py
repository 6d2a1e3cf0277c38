"""What is measured of the draws of one repeat."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.posteriors.draws import Cost, summarise
from mapsto.runs.comparison.reference import ENDS, STATISTICS, Reference
from mapsto.runs.comparison.work import Sampled

STEPS = 9  # places along the draws at which accuracy is read off
FEWEST = 10  # draws of a chain that a mean is first taken of


@dataclass(frozen=True, eq=False)
class Measured:
    """The numbers of one repeat; a parameter each in the arrays.

    Attributes:
        seed: of its draws.
        cost: as the engine told it.
        memory: in bytes, or None.
        ess: the smaller of bulk and tail effective sample size, the smallest over the parameters.
        r_hat: the largest.
        divergences, e_bfmi: None where the sampler has no such thing.
        values: estimates by the names in ``STATISTICS``.
        errors: their Monte Carlo standard errors.
        places: after how many draws of each chain ``accuracy`` was taken, shape (m,).
        means: the means then, shape (m, k).
    """

    seed: int
    cost: Cost
    memory: int | None
    ess: float
    r_hat: float
    divergences: int | None
    e_bfmi: float | None
    values: Mapping[str, Vector]
    errors: Mapping[str, Vector]
    places: tuple[int, ...]
    means: Vector

    @property
    def gradients(self) -> int | None:
        """Evaluations of the gradient, warm-up included."""
        parts = (self.cost.warm_up_gradients, self.cost.draw_gradients)
        return None if parts[0] is None or parts[1] is None else parts[0] + parts[1]

    @property
    def seconds(self) -> float | None:
        """Of warm-up and draws, without compilation."""
        if self.cost.draw_seconds is None:
            return None
        return self.cost.draw_seconds + (self.cost.warm_up_seconds or 0.0)

    def apart(self, reference: Reference) -> dict[str, Vector]:
        """Each statistic's error in Monte Carlo standard errors of both sides, shape (k,); NaN where there is none."""
        found = {}
        for name in STATISTICS:
            error = np.hypot(self.errors[name], reference.errors[name])
            gap = np.abs(self.values[name] - reference.values[name])
            with np.errstate(divide="ignore", invalid="ignore"):
                found[name] = np.where(gap == 0, 0.0 * gap, gap / error)
        return found

    def accuracy(self, reference: Reference) -> Vector:
        """Root mean square error of the means along the draws, in the reference's standard deviations, shape (m,)."""
        away = (self.means - reference.values["mean"]) / reference.values["sd"]
        error: Vector = np.sqrt(np.mean(away**2, axis=1))
        return error


def measure(seed: int, sampled: Sampled) -> Measured:
    """ArviZ's diagnostics and Monte Carlo errors of the draws."""
    import arviz as az  # imported late: it takes two seconds

    tree = az.from_dict({"posterior": {"w": sampled.draws}} | _statistics(sampled))
    summary = summarise(tree)
    flat = sampled.draws.reshape(-1, sampled.draws.shape[2])
    low, high = np.quantile(flat, ENDS, axis=0)
    of_quantiles = [az.mcse(tree["posterior"], method="quantile", prob=q)["w"].to_numpy() for q in ENDS]
    size = sampled.draws.shape[1]
    places = tuple(sorted({round(k) for k in np.geomspace(min(FEWEST, size), size, STEPS).tolist()}))
    return Measured(
        seed=seed,
        cost=sampled.cost,
        memory=sampled.memory,
        ess=summary.smallest_ess,
        r_hat=summary.largest_r_hat,
        divergences=summary.divergences,
        e_bfmi=summary.smallest_e_bfmi,
        values={"mean": summary.mean, "sd": summary.sd, "q05": low, "q95": high},
        errors={"mean": summary.mcse_mean, "sd": summary.mcse_sd, "q05": of_quantiles[0], "q95": of_quantiles[1]},
        places=places,
        means=np.array([sampled.draws[:, :k].mean(axis=(0, 1)) for k in places]),
    )


def _statistics(sampled: Sampled) -> dict[str, dict[str, Vector]]:
    return {"sample_stats": dict(sampled.statistics)} if sampled.statistics else {}


def within(ess: float, warm_up: float | None, draws: float | None, budget: float | None) -> float | None:
    """Effective draws that a budget buys once the warm-up is paid for; None where a cost is not known."""
    if warm_up is None or not draws or budget is None:
        return None
    return ess * max(budget - warm_up, 0.0) / draws


def spent(measured: Measured, k: int, draws: int) -> tuple[float, float]:
    """Gradients and seconds up to the k-th of ``draws`` draws, the warm-up paid for; NaN where they are not known."""
    cost, share = measured.cost, k / draws
    gradients = math.nan
    if cost.warm_up_gradients is not None and cost.draw_gradients is not None:
        gradients = cost.warm_up_gradients + share * cost.draw_gradients
    seconds = math.nan if cost.draw_seconds is None else (cost.warm_up_seconds or 0.0) + share * cost.draw_seconds
    return gradients, seconds
