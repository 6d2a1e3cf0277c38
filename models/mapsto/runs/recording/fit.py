"""Whether the model suits the data, as the record has it."""

from __future__ import annotations

from collections.abc import Mapping

from mapsto.certificate.draws import exact_moments
from mapsto.outcome import Unsupported
from mapsto.posteriors.draws import DrawnPosterior
from mapsto.posteriors.exact import ExactPosterior
from mapsto.posteriors.fit.all_checks import Fit
from mapsto.posteriors.fit.multiplicity import monte_carlo_note
from mapsto.runs.record import FitCheckRecord, FitRecord


def fit_record(
    fit: Fit | None, drawn: Mapping[str, DrawnPosterior], exact: ExactPosterior | Unsupported
) -> FitRecord | None:
    """The checks of the fit, and a sentence about the Monte Carlo comparisons of all engines' draws."""
    if fit is None:
        return None
    gaps = []
    if not isinstance(exact, Unsupported):
        for one in (engine.summary for engine in drawn.values()):
            mean, sd = exact_moments(exact, one.scalars)
            known = slice(0, len(mean))
            gaps += [(one.mean[known] - mean) / one.mcse_mean[known], (one.sd[known] - sd) / one.mcse_sd[known]]
    checks = [
        FitCheckRecord(code=one.code, name=one.name, level=one.level, seen=one.seen, next=one.next)
        for one in fit.checks
    ]
    return FitRecord(checks=checks, asked=fit.asked, monte_carlo=monte_carlo_note(gaps))
