"""The whole record: its top level, the certificate, the ledger, and what the point estimate leaves out."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mapsto.runs.record.answers import (
    DrawsRecord,
    ExactRecord,
    Interval,
    Matrix,
    ModeRecord,
    Number,
    Numbers,
    SearchRecord,
)
from mapsto.runs.record.curves import LiveRecord, PictureRecord, PlotsRecord, PriorViewRecord
from mapsto.runs.record.figures import FigureRecord
from mapsto.runs.record.laplace import LaplaceRecord
from mapsto.runs.record.problem import ProblemRecord
from mapsto.runs.record.response import ResponseRecord

SCHEMA: Literal[2] = 2
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
Sentence = Annotated[str, Meta(min_length=1)]


class CheckRecord(Struct, frozen=True, kw_only=True):
    """One named comparison: ``observed`` against what is allowed, why that much is, and whether it passed.

    A count is written as a whole number. ``claim`` is true of what a lesson's own words claim.
    """

    name: str
    observed: int | Number
    tolerance: int | Number
    reason: Sentence
    passed: bool
    claim: bool = False


class AgreementRecord(Struct, frozen=True, kw_only=True):
    """The certificate.

    Attributes:
        passed: whether every check passed.
        digits: significant digits shared by every two modes, relative to the largest coefficient; None with fewer
            than two modes, or where many are equally good.
        checks: every comparison made.
        r_hat_limit: the largest R-hat at which draws are believed.
    """

    passed: bool
    digits: Number
    checks: list[CheckRecord]
    r_hat_limit: float


class TermRecord(Struct, frozen=True, kw_only=True):
    """One term of the log posterior at the mode: its formula in LaTeX, its value in nats, whether the loss keeps it."""

    term: str
    formula: str
    value: Number
    kept: bool
    reason: Sentence


class RowRecord(Struct, frozen=True, kw_only=True):
    """The posterior predictive of one row of the data, in units of the target, and what was observed there."""

    row: Count
    observed: float
    mean: Number
    sd: Number
    eti89: Interval


class PredictiveRecord(Struct, frozen=True, kw_only=True):
    """The share of the responses inside their predictive intervals, of how many rows, and some of these rows."""

    coverage: Share
    rows_counted: Annotated[int, Meta(ge=1)]
    rows: list[RowRecord]


class UncertaintyRecord(Struct, frozen=True, kw_only=True):
    """What the point estimate leaves out.

    Attributes:
        effective_degrees_of_freedom: trace of the hat matrix of the slopes, where the posterior is Gaussian.
        correlation: of the slopes under the posterior, shape (p, p); None where there are more than 1,000 of them.
        predictive: posterior predictive intervals, or None where the rows are gone.
    """

    effective_degrees_of_freedom: Annotated[float, Meta(ge=0)] | None
    correlation: Matrix | None
    predictive: PredictiveRecord | None


class PointRecord(Struct, frozen=True, kw_only=True):
    """A coefficient's mode and the middle of its posterior; ``exactly_zero`` if its mode is 0, not merely small."""

    feature: str
    mode: Number
    mean: Number
    median: Number
    sd: Number
    exactly_zero: bool


class UnsettledRecord(Struct, frozen=True, kw_only=True):
    """What the data leave open.

    Attributes:
        signs: slopes whose interval holds zero.
        in_response_units: whether the linear predictor is in the units of the response: no link is between them.
        feature: the column whose slope has the widest interval for one standard deviation of the column.
        move: how far one sd of it moves the linear predictor at the mode; None without a mode.
        interval: the same at the ends of the interval.
    """

    signs: Count
    in_response_units: bool
    feature: str
    move: Number
    interval: Interval


class FitCheckRecord(Struct, frozen=True, kw_only=True):
    """One check of the model against the data; its sentences are marked text.

    Attributes:
        code: short and stable, such as "FIT-02".
        name: what is compared.
        level: how it is judged.
        seen: what was seen.
        next: what to try, or "".
    """

    code: str
    name: str
    level: Literal["fine", "look", "conflict", "not asked"]
    seen: Sentence
    next: str


class FitRecord(Struct, frozen=True, kw_only=True):
    """Whether the model suits the data, which the certificate does not ask.

    Attributes:
        checks: in the order of their codes.
        asked: how many of them chance alone may fail, one in twenty each.
        monte_carlo: how far out the worst of the Monte Carlo comparisons is, counted as the worst of many; or "".
    """

    checks: list[FitCheckRecord]
    asked: Count
    monte_carlo: str


class ShrinkageRecord(Struct, frozen=True, kw_only=True):
    """Posterior mean of each slope's shrinkage factor, shape (p,), and what its ends mean."""

    mean: Numbers
    meaning: str


class Neighbour(Struct, frozen=True, kw_only=True):
    """Another lesson: the name of its files, and its title."""

    name: str
    title: str


class LessonRecord(Struct, frozen=True, kw_only=True):
    """The place in the reading order, and the lessons before and after."""

    order: int
    previous: Neighbour | None
    next: Neighbour | None


class ProvenanceRecord(Struct, frozen=True, kw_only=True):
    """How to make the run again.

    Attributes:
        command: what to type.
        seed, draws, chains: the settings; ``draws`` are those kept of each chain.
        made: when, ISO 8601, in UTC.
        versions: of the libraries that the numbers depend on.
        data_sha256: digest of the data.
        seconds: how long it took.
    """

    command: str
    seed: Count
    draws: Annotated[int, Meta(ge=1)]
    chains: Annotated[int, Meta(ge=2)]
    made: str
    versions: dict[str, str]
    data_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    seconds: Annotated[float, Meta(ge=0)]


class Record(Struct, frozen=True, kw_only=True):
    """What one run found.

    Attributes:
        schema: the number of this schema.
        name: names the files.
        title, question, answer: the run's words.
        about, do, also: the data in words, what to do about the answer, and further questions that the page answers.
        common: the run whose page shows what the two have in common (data, model, engines), or None.
        prob: the probability that every interval holds: the 89 % of ``eti89``.
        problem: the data and the model.
        modes: the mode by each engine, by the engine's name, in the order in which they are shown.
        draws: the draws of each engine, by the engine's name.
        exact: the exact posterior, or None where it is not known.
        agreement: the certificate.
        ledger: every term of the log posterior at the mode; empty where there is no mode.
        uncertainty, picture, prior_view, point_and_posterior, shrinkage, unsettled: what the point estimate leaves out;
            None where there is no such thing.
        laplace: the Laplace approximation and where it lies, or None where the posterior has a formula.
        fit: whether the model suits the data, judged in words, or None without draws.
        response: the posterior on the scale of the response, or None without a link function or draws.
        search: what the searches for the mode ended in, or None without a mode.
        figures: the lesson's own.
        live: data of the live figures, or None where the prior is not ridge's or the columns are too many.
        plots: curves of the draws, or None without draws.
        lesson: the place in the reading order, or None for a run that is no lesson.
        programs: by engine, the model as a user would write it.
        provenance: how to make the run again.
    """

    schema: Literal[2]
    name: str
    title: str
    question: str
    answer: str
    about: str = ""
    do: str = ""
    also: list[str] = []
    common: str | None = None
    prob: Share
    problem: ProblemRecord
    modes: dict[str, ModeRecord]
    draws: dict[str, DrawsRecord]
    exact: ExactRecord | None
    agreement: AgreementRecord
    ledger: list[TermRecord]
    uncertainty: UncertaintyRecord | None
    picture: PictureRecord | None
    prior_view: PriorViewRecord | None
    point_and_posterior: list[PointRecord] | None
    shrinkage: ShrinkageRecord | None
    unsettled: UnsettledRecord | None = None
    laplace: LaplaceRecord | None = None
    fit: FitRecord | None = None
    response: ResponseRecord | None
    search: SearchRecord | None
    figures: list[FigureRecord]
    live: LiveRecord | None
    plots: PlotsRecord | None
    lesson: LessonRecord | None
    programs: dict[str, str]
    provenance: ProvenanceRecord
