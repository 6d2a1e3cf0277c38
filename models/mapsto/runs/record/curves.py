"""Curves that the report draws: the picture of the peak, the prior, the draws, and what the live figures start from."""

from __future__ import annotations

from msgspec import Struct

from mapsto.runs.record.answers import Matrix, Number, Numbers


class PictureRecord(Struct, frozen=True, kw_only=True):
    """A slice through the peak along one coefficient, the others held at the mode; see ``posteriors/predictive.py``.

    Attributes:
        feature: the column.
        grid: slopes, shape (m,), in units of the target per unit of the column.
        prior, likelihood, posterior: densities scaled to height 1, shape (m,).
        exp_loss: exp(-J) scaled to height 1, shape (m,).
        loss: J, shape (m,), in squared units of the target.
        mode: the slope at the peak.
    """

    feature: str
    grid: Numbers
    prior: Numbers
    likelihood: Numbers
    posterior: Numbers
    exp_loss: Numbers
    loss: Numbers
    mode: Number


class PriorViewRecord(Struct, frozen=True, kw_only=True):
    """The prior of the first slope over a grid, shape (m,): density, and penalty in nats where it has a mode."""

    grid: Numbers
    density: Numbers
    penalty: Numbers | None


class DensityRecord(Struct, frozen=True, kw_only=True):
    """The posterior density of one coefficient, smoothed from draws.

    Attributes:
        feature: the column.
        x: slopes, shape (m,), in units of the target per unit of the column.
        draws: by engine, the density at x of its draws, shape (m,), per unit of the slope.
        exact: the same of draws from the exact posterior, or None where it is not known.
    """

    feature: str
    x: Numbers
    draws: dict[str, Numbers]
    exact: Numbers | None


class PredictiveCurves(Struct, frozen=True, kw_only=True):
    """Densities of the response over ``x``, shape (m,): as observed, and in data sets drawn from the model."""

    x: Numbers
    observed: Numbers
    replicated: Matrix


class RankRow(Struct, frozen=True, kw_only=True):
    """How many draws of each chain fall into each of some equal ranges of rank, shape (chains, ranges)."""

    feature: str
    counts: list[list[int]]


class RanksRecord(Struct, frozen=True, kw_only=True):
    """The ranks of one engine's draws: the count in each range if all chains agree, and the counts of each column."""

    expected: float
    chains: int
    rows: list[RankRow]


class PlotsRecord(Struct, frozen=True, kw_only=True):
    """Curves of the draws, thinned to what a drawing can show.

    Attributes:
        densities: of the coefficients that lie clearest of zero.
        predictive: the posterior predictive, or None where the rows are gone or too few.
        ranks: by engine.
    """

    densities: list[DensityRecord]
    predictive: PredictiveCurves | None
    ranks: dict[str, RanksRecord]


class LiveStart(Struct, frozen=True, kw_only=True):
    """What the live figures say before a slider is moved; see ``posteriors/live.py`` for each."""

    alpha: Number
    df: Number
    sd: Number
    loss: Number
    dropped: Number
    mode: Number
    likelihood_mean: Number
    likelihood_sd: Number
    posterior_sd: Number
    exp_loss_sd: Number


class PathRecord(Struct, frozen=True, kw_only=True):
    """Along a grid of alpha (points,): coefficients (points, p), degrees of freedom, and one column's posterior sd."""

    alpha: list[float]
    coef: list[list[float]]
    df: list[float]
    sd: list[float]


class LiveRecord(Struct, frozen=True, kw_only=True):
    """What a browser needs to compute the ridge posterior for other scales.

    Attributes:
        n: number of rows.
        log_weights: sum of the logarithms of the rows' weights.
        sigma, sigma_w: standard deviations of the noise and of the prior, where the sliders start.
        d2: eigenvalues of X'X, X centred, shape (p,).
        V: its eigenvectors, row by row, shape (p, p).
        c: V'X'y, shape (p,).
        energy: y'y, y centred, in squared units of the target.
        reach: how many standard deviations an interval goes to either side.
        feature: number of the column shown first, from 0.
        start: the first readings.
        path: the regularisation path at fixed sigma.
    """

    n: int
    log_weights: float
    sigma: float
    sigma_w: float
    d2: list[float]
    V: list[list[float]]
    c: list[float]
    energy: float
    reach: float
    feature: int
    start: LiveStart
    path: PathRecord
