"""An approximate posterior against a sampler's draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.posteriors.approximate.laplace import LaplaceApproximation
from mapsto.posteriors.draws import DrawsSummary
from mapsto.posteriors.intervals import TAILS


@dataclass(frozen=True, eq=False)
class Gaps:
    """The approximation against a sampler's draws, for slopes and then the intercept; each of shape (k,).

    These are notes on an approximation, not checks: a gap is what the approximation misses, and no error of anyone's.

    Attributes:
        mean: its mean less the draws', in Monte Carlo standard errors.
        mean_in_sd: the same in posterior sds.
        sd: its sd less the draws', in Monte Carlo standard errors.
        skewness: of the draws; the approximation has none.
        tails: its 5.5 % and 94.5 % quantiles less the draws', in posterior sds, shape (k, 2).
    """

    mean: Vector
    mean_in_sd: Vector
    sd: Vector
    skewness: Vector
    tails: Matrix


def gaps(approximation: LaplaceApproximation, summary: DrawsSummary, draws: Matrix) -> Gaps:
    """The approximation against draws of slopes and intercept (size, k) and ArviZ's summary of them."""
    from scipy.stats import skew  # imported late: it takes half a second

    at = slice(0, len(approximation.root))
    sd = summary.sd[at]
    apart = approximation.mean - summary.mean[at]
    quantiles = np.quantile(draws, TAILS, axis=0).T
    return Gaps(
        mean=apart / summary.mcse_mean[at],
        mean_in_sd=apart / sd,
        sd=(approximation.sd - sd) / summary.mcse_sd[at],
        skewness=np.asarray(skew(draws, axis=0)),
        tails=(approximation.eti89 - quantiles) / sd[:, np.newaxis],
    )
