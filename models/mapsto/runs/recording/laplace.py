"""The Laplace approximation of a run, as the record has it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mapsto.data.statistics import Matrix
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.approximate.bridge import Bridge, bridge
from mapsto.posteriors.approximate.gaps import gaps
from mapsto.posteriors.approximate.laplace import LaplaceApproximation, laplace_approximation
from mapsto.posteriors.draws import DrawnPosterior
from mapsto.priors.base import Prior
from mapsto.runs.plain import interval, number
from mapsto.runs.record import LaplaceCoefficient, LaplaceGap, LaplaceRecord

MOST_DRAWS, FEWEST_DRAWS = 4_000, 400
ROWS_TIMES_DRAWS = 20_000_000  # about a second of log densities
MOST_BRIDGED = 50  # coefficients up to which the evidence is bridged to the draws
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
    found, first = laplace_approximation(problem, prior, mode), next(iter(drawn), None)
    engine = None if first is None else labels[first]
    bridged = None if first is None or problem.learns else _bridge(problem, prior, drawn[first])
    evidence, error = (None, None) if bridged is None else (number(bridged.log_evidence), number(bridged.error))
    if isinstance(found, Unsupported):
        return LaplaceRecord(
            reason=found.reason, bridge_log_evidence=evidence, bridge_error=error, engine=engine if bridged else None
        )
    if problem.learns:
        return LaplaceRecord(
            reason=f"The likelihood's {' and '.join(problem.learns)} is learned, and the mode is that of slopes given "
            "a value of it: the curvature there is not the posterior's."
        )
    size = int(np.clip(ROWS_TIMES_DRAWS // problem.n, FEWEST_DRAWS, MOST_DRAWS))
    weights = found.importance(size)
    return LaplaceRecord(
        reason=None,
        k_hat=number(weights.k_hat),
        draws=size,
        effective=number(weights.effective),
        verdict=weights.words,
        log_evidence=number(found.log_evidence) if prior.proper else None,
        importance_log_evidence=number(weights.log_evidence) if prior.proper else None,
        importance_error=number(weights.error) if prior.proper else None,
        bridge_log_evidence=evidence,
        bridge_error=error,
        engine=engine,
        gaps=None if first is None else _gaps(found, drawn[first]),
        coefficients=None if first is not None else _coefficients(found),
        harmless_shift=HARMLESS,
        harmless_ratio=HARMLESS,
    )


def _coefficients(found: LaplaceApproximation) -> list[LaplaceCoefficient]:
    """What the approximation says where there are no draws."""
    names = [*found.problem.features, *(["intercept"] if found.problem.intercept else [])]
    return [
        LaplaceCoefficient(feature=str(name), mode=number(mode), sd=number(sd), eti89=interval(ends))
        for name, mode, sd, ends in zip(names, found.mean, found.sd, found.eti89, strict=True)
    ]


def _joined(problem: Problem, drawn: DrawnPosterior) -> Matrix:
    """Slopes, then the intercept where there is one, shape (chains, draws, k)."""
    posterior = drawn.tree["posterior"]
    parts = [posterior["w"].to_numpy()]
    if problem.intercept:
        parts.append(posterior["b"].to_numpy()[..., np.newaxis])
    return np.concatenate(parts, axis=-1)


def _bridge(problem: Problem, prior: Prior, drawn: DrawnPosterior) -> Bridge | None:
    """The evidence by bridge sampling, where there is one and it takes no time to speak of."""
    if not prior.proper or problem.p + problem.intercept > MOST_BRIDGED:
        return None
    return bridge(problem, prior, _joined(problem, drawn), int(np.clip(ROWS_TIMES_DRAWS // problem.n, 200, 1_000)))


def _gaps(found: LaplaceApproximation, drawn: DrawnPosterior) -> list[LaplaceGap]:
    problem, summary = found.problem, drawn.summary
    draws = _joined(problem, drawn).reshape(-1, problem.p + problem.intercept)
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
