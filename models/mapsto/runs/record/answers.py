"""What the engines answered: modes and draws by engine, and the exact posterior where there is one."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Number = float | None
"""A number, or None where it is not finite."""
Numbers = list[Number]
Matrix = list[Numbers]
"""Numbers in rows: shape (rows, columns)."""
Interval = tuple[Number, Number]
"""The lower and the upper end."""
Status = Literal["ok", "unsupported", "failed"]


class ModeRecord(Struct, frozen=True, kw_only=True):
    """The mode of the posterior by one engine, or why there is none.

    Attributes:
        label: the engine's name for readers.
        status: "ok"; "unsupported" where the engine has no such answer; "failed" where it should have had one.
        reason: why there is no mode; None where there is one.
        coef: slopes, shape (p,), in units of the target per unit of each column.
        intercept: in units of the target; 0 where the model has none.
        objective: the loss J at this mode, in squared units of the target.
        seconds: wall-clock time.
    """

    label: str
    status: Status
    reason: str | None
    coef: Numbers | None
    intercept: Number
    objective: Number
    seconds: Number


class ScalarRecord(Struct, frozen=True, kw_only=True):
    """What is known of one number: its posterior mean, standard deviation and equal-tailed 89 % interval."""

    mean: Number
    sd: Number
    eti89: Interval


class SampledScalar(ScalarRecord, frozen=True, kw_only=True):
    """What the draws say of one number, with their diagnostics (see :class:`DrawsRecord`)."""

    median: Number
    ess_bulk: Number
    ess_tail: Number
    r_hat: Number
    mcse_mean: Number


class DrawsRecord(Struct, frozen=True, kw_only=True):
    """ArviZ's summary of the draws of one engine, or why there are none.

    Attributes:
        label: the engine's name for readers.
        status, reason: as in :class:`ModeRecord`; what follows is None where the status is not "ok".
        mean, median, sd: of the slopes, shape (p,), in units of the target per unit of each column.
        eti89: equal-tailed 89 % intervals of the slopes, shape (p, 2).
        ess_bulk, ess_tail: effective sample sizes, shape (p,).
        r_hat: potential scale reduction, shape (p,).
        mcse_mean: Monte Carlo standard errors of ``mean``, shape (p,).
        divergences: divergent transitions among the kept draws; None where the sampler has no such thing.
        intercept: the same for the intercept, or None where the model has none.
        scales: the same for every learned scale, by name ("sigma", ...).
        seconds: wall-clock time of the sampling.
    """

    label: str
    status: Status
    reason: str | None
    mean: Numbers | None
    median: Numbers | None
    sd: Numbers | None
    eti89: list[Interval] | None
    ess_bulk: Numbers | None
    ess_tail: Numbers | None
    r_hat: Numbers | None
    mcse_mean: Numbers | None
    divergences: Annotated[int, Meta(ge=0)] | None
    intercept: SampledScalar | None
    scales: dict[str, SampledScalar] | None
    seconds: Number


class ExactRecord(Struct, frozen=True, kw_only=True):
    """The exact posterior.

    Attributes:
        mean, sd: of the slopes, shape (p,), in units of the target per unit of each column.
        eti89: equal-tailed 89 % intervals of the slopes, shape (p, 2).
        intercept: the same for the intercept, or None where the model has none.
        log_evidence: log p(y) in nats; None where a prior is improper.
    """

    mean: Numbers
    sd: Numbers
    eti89: list[Interval]
    intercept: ScalarRecord | None
    log_evidence: Number


class SearchRecord(Struct, frozen=True, kw_only=True):
    """What the searches for the mode ended in.

    Attributes:
        found: number of distinct local modes.
        starts: number of points that the search was started from.
        convex: whether the penalty is convex, so that there is one mode at most.
    """

    found: Annotated[int, Meta(ge=1)]
    starts: Annotated[int, Meta(ge=1)]
    convex: bool
