"""The Laplace approximation of a run, as the record has it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.approximate.gaps import gaps
from mapsto.posteriors.approximate.laplace import LaplaceApproximation, laplace_approximation
from mapsto.posteriors.draws import DrawnPosterior
from mapsto.priors.base import Prior
from mapsto.runs.plain import number
from mapsto.runs.record import LaplaceGap, LaplaceRecord

MOST_DRAWS, FEWEST_DRAWS = 4_000, 400
ROWS_TIMES_DRAWS = 20_000_000  # about a second of log densities
CLEAR = 5.0  # Monte Carlo standard errors beyond which a gap is none of chance
HARMLESS = 0.1  # of an sd, or of the sd itself: Monte Carlo error of a hundred independent draws
END_ERROR = 2.05  # sd of a 5.5 % quantile of m independent draws of a Normal, in its sds, times the root of m


def laplace_record(
    problem: Problem,
    prior: Prior,
    mode: Estimate | None,
    drawn: Mapping[str, DrawnPosterior],
    labels: Mapping[str, str],
) -> LaplaceRecord | None:
    """The approximation against the first sampler's draws; None where the posterior has a formula or sigma is learned.

    Args:
        problem: data and likelihood.
        prior: the prior of w at the sigma of the point estimate.
        mode: the mode, if there is one.
        drawn: engines with their draws.
        labels: engines' names as a page has them.
    """
    if mode is None or problem.likelihood.has_statistics or problem.noise_prior is not None:
        return None
    found = laplace_approximation(problem, prior, mode)
    if isinstance(found, Unsupported):
        return LaplaceRecord(reason=found.reason)
    size = int(np.clip(ROWS_TIMES_DRAWS // problem.n, FEWEST_DRAWS, MOST_DRAWS))
    weights = found.importance(size)
    first = next(iter(drawn), None)
    return LaplaceRecord(
        reason=None,
        k_hat=number(weights.k_hat),
        draws=size,
        effective=number(weights.effective),
        verdict=weights.words,
        log_evidence=number(found.log_evidence) if prior.proper else None,
        importance_log_evidence=number(weights.log_evidence) if prior.proper else None,
        importance_error=number(weights.error) if prior.proper else None,
        engine=None if first is None else labels[first],
        gaps=None if first is None else _gaps(found, drawn[first]),
        harmless_shift=HARMLESS,
        harmless_ratio=HARMLESS,
    )


def _gaps(found: LaplaceApproximation, drawn: DrawnPosterior) -> list[LaplaceGap]:
    problem, summary, posterior = found.problem, drawn.summary, drawn.tree["posterior"]
    draws = posterior["w"].to_numpy().reshape(-1, problem.p)
    if problem.intercept:
        draws = np.column_stack([draws, posterior["b"].to_numpy().ravel()])
    apart, k = gaps(found, summary, draws), draws.shape[1]
    mean_error, sd_error = summary.mcse_mean[:k] / summary.sd[:k], summary.mcse_sd[:k] / summary.sd[:k]
    end_error = END_ERROR / np.sqrt(summary.ess_tail[:k])
    ratio = found.sd / summary.sd[:k]
    rows = []
    for j, name in enumerate([*problem.features, *(["intercept"] if problem.intercept else [])]):
        ends = apart.tails[j]
        lies = (
            abs(apart.mean_in_sd[j]) > max(HARMLESS, CLEAR * mean_error[j])
            or abs(ratio[j] - 1) > max(HARMLESS, CLEAR * sd_error[j])
            or np.abs(ends).max() > max(2 * HARMLESS, CLEAR * end_error[j])
        )
        rows.append(
            LaplaceGap(
                feature=str(name),
                mode=number(found.mean[j]),
                sd=number(found.sd[j]),
                mean_gap=number(apart.mean_in_sd[j]),
                mean_error=number(mean_error[j]),
                sd_ratio=number(ratio[j]),
                sd_error=number(sd_error[j]),
                skewness=number(apart.skewness[j]),
                lower_gap=number(ends[0]),
                upper_gap=number(ends[1]),
                end_error=number(end_error[j]),
                lies=bool(lies),
            )
        )
    return rows
