"""The Laplace approximation, and where it lies: notes on an approximation, which no verdict depends on."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from mapsto.runs.record.answers import Number


class LaplaceGap(Struct, frozen=True, kw_only=True):
    """One coefficient by the approximation and by a sampler's draws; gaps in units of the draws' sd.

    Attributes:
        feature: the column, or "intercept".
        mode: where the approximation is centred, in the coefficient's own units.
        sd: its standard deviation, likewise.
        mean_gap: its mean less the draws'.
        mean_error: Monte Carlo standard error of that.
        sd_ratio: its sd over the draws'.
        sd_error: Monte Carlo standard error of that.
        skewness: of the draws; the approximation has none.
        lower_gap, upper_gap: the ends of its 89 % interval less the draws'.
        end_error: Monte Carlo standard error of an end, for a posterior that is about Normal.
        lies: whether mean, sd or an end is off by more than is harmless and than Monte Carlo error explains.
    """

    feature: str
    mode: Number
    sd: Number
    mean_gap: Number
    mean_error: Number
    sd_ratio: Number
    sd_error: Number
    skewness: Number
    lower_gap: Number
    upper_gap: Number
    end_error: Number
    lies: bool


class LaplaceCoefficient(Struct, frozen=True, kw_only=True):
    """One coefficient by the approximation alone.

    Attributes:
        feature: the column, or "intercept".
        mode: where the approximation is centred, in the coefficient's own units.
        sd: its standard deviation, likewise.
        eti89: its 89 % interval, likewise.
    """

    feature: str
    mode: Number
    sd: Number
    eti89: tuple[Number, Number]


class LaplaceRecord(Struct, frozen=True, kw_only=True):
    """The Laplace approximation at the mode.

    Attributes:
        reason: why there is none; None where there is one, and all else but ``gaps`` and the bridge is then given.
        k_hat: Pareto shape of the importance weights of the posterior over the approximation; None where the
            approximation is the posterior itself.
        draws: how many draws of the approximation it was judged by.
        effective: how many draws of the posterior they are worth.
        verdict: what k-hat says, in a sentence.
        log_evidence: log p(y) by the approximation, in nats; None where the prior has no integral.
        importance_log_evidence, importance_error: the same by importance sampling, with its Monte Carlo standard
            error, which is not to be trusted where k-hat is above 0.7.
        bridge_log_evidence, bridge_error: the same by bridge sampling from the engine's draws, with its Monte Carlo
            standard error; given where there is no approximation too, and None without draws, with a prior that has no
            integral, with learned parameters, and above fifty coefficients.
        engine: whose draws the gaps are from; None without draws.
        gaps: a row for each coefficient, and the intercept last; None without draws.
        coefficients: a row for each coefficient, and the intercept last; None where there are draws.
        harmless_shift, harmless_ratio: gaps in sds and relative gaps of the sd up to which nothing is said to lie.
    """

    reason: str | None
    k_hat: Number = None
    draws: Annotated[int, Meta(ge=0)] = 0
    effective: Number = None
    verdict: str = ""
    log_evidence: Number = None
    importance_log_evidence: Number = None
    importance_error: Number = None
    bridge_log_evidence: Number = None
    bridge_error: Number = None
    engine: str | None = None
    gaps: list[LaplaceGap] | None = None
    coefficients: list[LaplaceCoefficient] | None = None
    harmless_shift: float = 0.1
    harmless_ratio: float = 0.1
