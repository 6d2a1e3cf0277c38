"""What the point estimate leaves out, as the record has it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.draws import DrawsSummary
from mapsto.posteriors.exact import ExactPosterior, best_known
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.intervals import PROB
from mapsto.posteriors.live import live_ridge
from mapsto.posteriors.predictive import (
    Predictive,
    correlation,
    effective_degrees_of_freedom,
    predictive,
    predictive_of_draws,
    shown_rows,
)
from mapsto.posteriors.prior_curve import shrinkage
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.priors.normal import Normal
from mapsto.runs.plain import interval, number, numbers, struct
from mapsto.runs.record import (
    LiveRecord,
    PointRecord,
    PredictiveRecord,
    RowRecord,
    ShrinkageRecord,
    UncertaintyRecord,
    UnsettledRecord,
)

MEANING = (
    "0 leaves a slope unchanged, 1 shrinks it to zero: the posterior mean of "
    r"$1/(1+\lVert x\rVert^2 s^2/\sigma^2)$."
)

MOST_CORRELATED = 1_000  # columns, whose square the record would hold: 27 MB of it


def point_and_posterior(
    problem: Problem, mode: Estimate | None, exact: ExactPosterior | Unsupported, summary: DrawsSummary | None
) -> list[PointRecord] | None:
    """Each coefficient's mode and the middle of its posterior: exact where that is known, else from the draws."""
    if summary is None:
        return None
    mean, median, sd = best_known(exact, summary)
    return [
        PointRecord(
            feature=str(name),
            mode=None if mode is None else number(mode.coef[j]),
            mean=number(mean[j]),
            median=number(median[j]),
            sd=number(sd[j]),
            exactly_zero=mode is not None and bool(mode.coef[j] == 0),
        )
        for j, name in enumerate(problem.features)
    ]


def unsettled_record(
    problem: Problem, mode: Estimate | None, exact: ExactPosterior | Unsupported, summary: DrawsSummary | None
) -> UnsettledRecord | None:
    """How many signs are open, and the widest interval per sd of a column, exact where it is known."""
    if not isinstance(exact, Unsupported):
        eti = exact.eti(PROB)[: problem.p]
    elif summary is not None:
        eti = summary.eti89[: problem.p]
    else:
        return None
    s = problem.statistics
    per_sd = s.column_norms / np.sqrt(s.weight)
    j = int(np.argmax((eti[:, 1] - eti[:, 0]) * per_sd))
    return UnsettledRecord(
        signs=int(np.sum((eti[:, 0] <= 0) & (eti[:, 1] >= 0))),
        in_response_units=problem.likelihood.location,
        feature=str(problem.features[j]),
        move=None if mode is None else number(mode.coef[j] * per_sd[j]),
        interval=interval(eti[j] * per_sd[j]),
    )


def uncertainty_record(problem: Problem, exact: ExactPosterior | Unsupported, tree: Any) -> UncertaintyRecord | None:
    """What the point estimate leaves out: exactly where the posterior is known so, else from its draws."""
    drawn = "posterior" in tree.children
    if isinstance(exact, Unsupported) and not drawn:
        return None
    if problem.p > MOST_CORRELATED:
        covariance = None
    elif isinstance(exact, Unsupported):
        covariance = np.atleast_2d(np.cov(tree["posterior"]["w"].to_numpy().reshape(-1, problem.p).T))
    else:
        covariance = exact.covariance
    gaussian = exact if isinstance(exact, GaussianPosterior) else None
    predicted = None if gaussian is None else predictive(problem, gaussian)
    if predicted is None and drawn:
        predicted = predictive_of_draws(problem, tree)
    return UncertaintyRecord(
        effective_degrees_of_freedom=None if gaussian is None else number(effective_degrees_of_freedom(gaussian)),
        correlation=None if covariance is None else [numbers(row) for row in correlation(covariance)],
        predictive=_predictive(predicted),
    )


def _predictive(predicted: Predictive | None) -> PredictiveRecord | None:
    if predicted is None:
        return None
    return PredictiveRecord(
        coverage=predicted.coverage,
        rows_counted=len(predicted.rows),
        rows=[
            RowRecord(
                row=int(predicted.rows[at]),
                observed=float(predicted.observed[at]),
                mean=number(predicted.mean[at]),
                sd=number(predicted.sd[at]),
                eti89=interval(predicted.eti89[at]),
            )
            for at in shown_rows(predicted)
        ],
    )


def live_record(problem: Problem, prior: Prior) -> LiveRecord | None:
    """What a browser needs to compute the ridge posterior for other scales, where the prior is ridge's."""
    ridge = problem.likelihood.has_statistics
    if not (ridge and isinstance(prior, Normal) and isinstance(prior.scale, float) and prior.mean == 0.0):
        return None
    live = live_ridge(problem, prior.scale)
    return None if live is None else struct(LiveRecord, live)


def shrinkage_record(problem: Problem, prior: Prior, tree: Any) -> ShrinkageRecord | None:
    """How far each slope was pulled to zero, under a prior that has a scale for each and has draws."""
    if not isinstance(prior, ScaleMixture) or "posterior" not in tree.children:
        return None
    return ShrinkageRecord(mean=numbers(shrinkage(problem, tree["posterior"])), meaning=MEANING)
