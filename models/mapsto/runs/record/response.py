"""What is shown on the scale of the response, under a likelihood with a link function."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mapsto.runs.record.answers import Interval, Number
from mapsto.runs.record.figures import FigureRecord


class RatioRecord(Struct, frozen=True, kw_only=True):
    """By what the odds, the rate or the mean is multiplied along one column.

    Attributes:
        feature: the column.
        median: posterior median of the ratio per unit of the column.
        eti89: its equal-tailed 89 % interval.
        step: one standard deviation of the column, in its units.
        per_step: the median per such a step.
        per_step_eti89: its interval.
        above_one: the share of the draws in which the ratio is above 1.
    """

    feature: str
    median: Number
    eti89: Interval
    step: Number
    per_step: Number
    per_step_eti89: Interval
    above_one: Annotated[float, Meta(ge=0, le=1)]


class ExpectedRecord(Struct, frozen=True, kw_only=True):
    """The expected response of one row with its 89 % interval, without the scatter of single responses."""

    row: Annotated[int, Meta(ge=0)]
    observed: Number
    mean: Number
    eti89: Interval


class ResponseRecord(Struct, frozen=True, kw_only=True):
    """The posterior on the scale of the response.

    Attributes:
        kind: "share" of successes, "count" per exposure, or a "positive" number.
        ratio: what the exponential of a slope is: "odds ratio", "rate ratio", "ratio of means".
        expected: what the expected response is called: "probability", "rate", "mean".
        ratios: one for each column; none under a likelihood whose slopes have no ratio (probit).
        rows: some rows, from the lowest expected response to the highest.
        auc: of single trials, the share of pairs of a one and a zero of which the one has the higher probability.
        figures: how the model fits the responses.
    """

    kind: Literal["share", "count", "positive"]
    ratio: str
    expected: str
    ratios: list[RatioRecord]
    rows: list[ExpectedRecord]
    auc: Number
    figures: list[FigureRecord]
