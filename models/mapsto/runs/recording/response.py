"""The posterior on the scale of the response, as the record has it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.predictive import SHOWN_ROWS
from mapsto.posteriors.response.calibration import calibration
from mapsto.posteriors.response.draws import Kind, ResponseDraws, response_draws
from mapsto.posteriors.response.ratios import Ratios, ratios
from mapsto.posteriors.response.rootogram import rootogram
from mapsto.posteriors.response.separation import separation
from mapsto.runs.plain import interval, number, struct
from mapsto.runs.record import ExpectedRecord, FigureRecord, RatioRecord, ResponseRecord
from mapsto.runs.recording.response_figures import (
    calibration_figure,
    expected_figure,
    ratio_figure,
    rootogram_figure,
    separation_figure,
)

NAMES: dict[Kind, tuple[str, str]] = {
    "share": ("odds ratio", "probability"),
    "count": ("rate ratio", "rate"),
    "positive": ("ratio of means", "mean"),
}
"""What the exponential of a slope is, and what the expected response is called."""
NO_RATIO = ("probit",)
"""Likelihoods under which the exponential of a slope is the ratio of nothing."""


def response_record(problem: Problem, tree: Any, seed: int) -> ResponseRecord | None:
    """Ratios, expected responses and figures of fit, or None where there is no link function or nothing was drawn.

    Args:
        problem: rows and a likelihood.
        tree: ArviZ DataTree with the draws.
        seed: of what is random in the figures.
    """
    drawn = response_draws(problem, tree, seed)
    if drawn is None:
        return None
    ratio, expected = NAMES[drawn.kind]
    found = ratios(problem, tree) if problem.likelihood.name not in NO_RATIO else None
    order = separation(drawn) if drawn.kind == "share" else None
    curve = calibration(drawn) if drawn.kind == "share" else None
    figures = [] if found is None else [ratio_figure(problem, found, ratio)]
    figures += [] if curve is None else [calibration_figure(curve)]
    figures += [] if order is None else [separation_figure(order, problem.target)]
    figures += [rootogram_figure(rootogram(drawn), problem)] if drawn.kind == "count" else []
    figures += [expected_figure(drawn, problem.target)] if drawn.kind == "positive" else []
    return ResponseRecord(
        kind=drawn.kind,
        ratio=ratio,
        expected=expected,
        ratios=[] if found is None else _ratios(problem, found),
        rows=_rows(drawn),
        auc=None if order is None else order.auc,
        figures=[struct(FigureRecord, one) for one in figures],
    )


def _ratios(problem: Problem, found: Ratios) -> list[RatioRecord]:
    return [
        RatioRecord(
            feature=str(name),
            median=number(found.median[j]),
            eti89=interval(found.eti89[j]),
            step=number(found.step[j]),
            per_step=number(found.per_step[j]),
            per_step_eti89=interval(found.per_step_eti89[j]),
            above_one=float(found.above[j]),
        )
        for j, name in enumerate(problem.features)
    ]


def _rows(drawn: ResponseDraws) -> list[ExpectedRecord]:
    middle, ends = drawn.middle, drawn.eti89
    order = np.argsort(middle, kind="stable")
    picks = order[np.unique(np.linspace(0, len(order) - 1, SHOWN_ROWS).round().astype(int))]
    return [
        ExpectedRecord(
            row=int(drawn.rows[at]),
            observed=number(drawn.y[at]),
            mean=number(middle[at]),
            eti89=interval(ends[at]),
        )
        for at in picks
    ]
