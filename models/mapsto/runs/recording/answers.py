"""What the engines brought back, the exact posterior, and the certificate of them, as the record has them."""

from __future__ import annotations

from collections.abc import Collection

from mapsto.certificate import Certificate
from mapsto.certificate import draws as draws_certificate
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.draws import DrawnPosterior, DrawsSummary
from mapsto.posteriors.exact import ExactPosterior
from mapsto.posteriors.intervals import PROB
from mapsto.priors.base import Prior
from mapsto.runs.plain import interval, intervals, number, numbers, plain
from mapsto.runs.record import (
    AgreementRecord,
    CheckRecord,
    DrawsRecord,
    ExactRecord,
    ModeRecord,
    SampledScalar,
    ScalarRecord,
)


def mode_record(label: str, problem: Problem, prior: Prior, outcome: Outcome) -> ModeRecord:
    """The mode that one engine brought back, or why it brought none."""
    if not isinstance(outcome, Estimate):
        return ModeRecord(
            label=label,
            status="failed" if isinstance(outcome, Failed) else "unsupported",
            reason=outcome.reason,
            coef=None,
            intercept=None,
            objective=None,
            seconds=None,
        )
    penalty = prior.penalty(outcome.coef)
    return ModeRecord(
        label=label,
        status="ok",
        reason=None,
        coef=numbers(outcome.coef),
        intercept=number(outcome.intercept),
        objective=number(problem.objective(outcome.coef, outcome.intercept, penalty)),
        seconds=number(outcome.seconds),
    )


def draws_record(label: str, problem: Problem, outcome: DrawnPosterior | Unsupported | Failed) -> DrawsRecord:
    """ArviZ's summary of one engine's draws: slopes, then the intercept and the learned scales apart."""
    if not isinstance(outcome, DrawnPosterior):
        return DrawsRecord(
            label=label,
            status="failed" if isinstance(outcome, Failed) else "unsupported",
            reason=outcome.reason,
            mean=None,
            median=None,
            sd=None,
            eti89=None,
            ess_bulk=None,
            ess_tail=None,
            r_hat=None,
            mcse_mean=None,
            divergences=None,
            intercept=None,
            scales=None,
            seconds=None,
        )
    summary, p = outcome.summary, problem.p
    return DrawsRecord(
        label=label,
        status="ok",
        reason=None,
        mean=numbers(summary.mean[:p]),
        median=numbers(summary.median[:p]),
        sd=numbers(summary.sd[:p]),
        eti89=intervals(summary.eti89[:p]),
        ess_bulk=numbers(summary.ess_bulk[:p]),
        ess_tail=numbers(summary.ess_tail[:p]),
        r_hat=numbers(summary.r_hat[:p]),
        mcse_mean=numbers(summary.mcse_mean[:p]),
        divergences=summary.divergences,
        intercept=_scalar(summary, p) if problem.intercept else None,
        scales=scales_record(problem, summary),
        seconds=number(outcome.seconds),
    )


def scales_record(problem: Problem, summary: DrawsSummary) -> dict[str, SampledScalar]:
    """What the draws say of each learned scale, by name."""
    first = problem.p + problem.intercept
    return {scalar: _scalar(summary, first + j) for j, scalar in enumerate(summary.scalars)}


def _scalar(summary: DrawsSummary, j: int) -> SampledScalar:
    return SampledScalar(
        mean=number(summary.mean[j]),
        median=number(summary.median[j]),
        sd=number(summary.sd[j]),
        eti89=interval(summary.eti89[j]),
        ess_bulk=number(summary.ess_bulk[j]),
        ess_tail=number(summary.ess_tail[j]),
        r_hat=number(summary.r_hat[j]),
        mcse_mean=number(summary.mcse_mean[j]),
    )


def exact_record(exact: ExactPosterior | Unsupported) -> ExactRecord | None:
    """The exact posterior, where there is one."""
    if isinstance(exact, Unsupported):
        return None
    intercept = None
    if exact.problem.intercept:
        intercept = ScalarRecord(
            mean=number(exact.intercept_mean),
            sd=number(exact.intercept_sd),
            eti89=interval(exact.intercept_eti(PROB)),
        )
    return ExactRecord(
        mean=numbers(exact.mean),
        sd=numbers(exact.sd),
        eti89=intervals(exact.eti(PROB)),
        intercept=intercept,
        log_evidence=number(exact.log_evidence),
    )


def agreement_record(certificate: Certificate, claims: Collection[str] = ()) -> AgreementRecord:
    """The certificate, with the checks that a lesson claimed marked, and the limit that R-hat is held to."""
    checks = [
        CheckRecord(
            name=check.name,
            observed=plain(check.observed),
            tolerance=plain(check.tolerance),
            reason=check.reason,
            passed=bool(check.passed),
            claim=check.name in claims,
        )
        for check in certificate.checks
    ]
    return AgreementRecord(
        passed=certificate.passed,
        digits=number(certificate.digits),
        checks=checks,
        r_hat_limit=draws_certificate.MAX_R_HAT,
    )
