"""From what a run found to its record."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from mapsto.certificate import draws as draws_certificate
from mapsto.data.diagnostics import remarks
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.curves import curves
from mapsto.posteriors.draws import DrawsSummary
from mapsto.posteriors.exact import ExactPosterior, best_known
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.intervals import PROB
from mapsto.posteriors.live import live_ridge
from mapsto.posteriors.predictive import (
    Predictive,
    correlation,
    effective_degrees_of_freedom,
    picture,
    predictive,
    predictive_of_draws,
    shown_rows,
)
from mapsto.posteriors.prior_curve import prior_view, shrinkage
from mapsto.priors.base import Prior, label_of
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.priors.normal import Normal
from mapsto.runs.plain import interval, intervals, number, numbers, struct
from mapsto.runs.record import (
    SCHEMA,
    AgreementRecord,
    CheckRecord,
    DrawsRecord,
    ExactRecord,
    FigureRecord,
    LessonRecord,
    LikelihoodRecord,
    LiveRecord,
    ModeRecord,
    NoisePriorRecord,
    NoiseRecord,
    PictureRecord,
    PlotsRecord,
    PointRecord,
    PredictiveRecord,
    PriorRecord,
    PriorViewRecord,
    ProblemRecord,
    ProvenanceRecord,
    Record,
    RowRecord,
    SampledScalar,
    ScalarRecord,
    SearchRecord,
    ShrinkageRecord,
    TermRecord,
    UncertaintyRecord,
    WeightsRecord,
)

if TYPE_CHECKING:  # a result makes its own record
    from mapsto.runs.result import Result

LIBRARIES = ("mapsto", "pymc", "pytensor", "nutpie", "arviz", "scikit-learn", "numpy", "scipy")
LABELS = {"closed_form": "Closed form", "sklearn": "scikit-learn", "pymc": "PyMC", "direct": "Direct solve"}
"""The engines' names for readers."""
SAMPLER = "pymc"
"""The engine that the draws of a result are from."""
MEANING = "0 leaves a slope alone, 1 shrinks it to nothing: the posterior mean of 1 / (1 + ‖x‖² s² / σ²)"
GAUSSIAN = LikelihoodRecord(
    name="gaussian",
    label="Gaussian",
    formula=r"y_i\sim\mathrm{Normal}(b+x_i w,\,\sigma^2)",
    params={},
    reference="Bishop (2006), Pattern Recognition and Machine Learning, equation 3.10",
    paragraph="Each response is its linear predictor plus Normal noise of one standard deviation σ. Minus its log "
    "density is the squared residual over 2σ², so a sum of squared residuals assumes it.",
)
"""The likelihood of every problem."""


def record_of(result: Result) -> Record:
    """The record of a result."""
    problem, mode, summary = result.problem, result.mode_or_none, result.summary
    prior = result.absolute_prior
    return Record(
        schema=SCHEMA,
        name=result.name,
        title=result.title or result.name,
        question=result.question,
        answer=result.answer,
        prob=PROB,
        problem=problem_record(problem, result.prior, summary),
        modes={name: mode_record(name, problem, prior, outcome) for name, outcome in result.modes.items()},
        draws={SAMPLER: draws_record(SAMPLER, problem, summary, result.exact)},
        exact=exact_record(result.exact),
        agreement=AgreementRecord(
            passed=result.certificate.passed,
            digits=number(result.certificate.digits),
            checks=[
                CheckRecord(
                    name=check.name,
                    observed=number(check.observed),
                    tolerance=number(check.tolerance),
                    reason=check.reason,
                    passed=bool(check.passed),
                )
                for check in result.certificate.checks
            ],
            r_hat_limit=draws_certificate.MAX_R_HAT,
        ),
        ledger=[struct(TermRecord, term) for term in result.ledger],
        uncertainty=uncertainty_record(problem, result.exact, result.posterior),
        picture=None if mode is None else struct(PictureRecord, picture(problem, prior, mode)),
        prior_view=struct(PriorViewRecord, prior_view(prior)),
        point_and_posterior=point_and_posterior(problem, mode, result.exact, summary),
        shrinkage=_shrinkage(result),
        search=None if mode is None else SearchRecord(found=mode.modes, starts=mode.starts, convex=prior.convex),
        figures=[struct(FigureRecord, figure) for figure in result.figures],
        live=_live(problem, prior),
        plots=None if summary is None else struct(PlotsRecord, curves({SAMPLER: result.posterior}, problem.features)),
        lesson=None
        if result.order is None
        else struct(LessonRecord, {"order": result.order} | dict(result.neighbours)),
        programs={"pymc": result.model_code},
        provenance=ProvenanceRecord(
            command=result.command,
            seed=result.settings.seed,
            draws=result.settings.draws,
            chains=result.settings.chains,
            made=result.made.isoformat(timespec="seconds"),
            versions=versions(),
            data_sha256=problem.sha256,
            seconds=result.seconds,
        ),
    )


def problem_record(problem: Problem, prior: Prior, summary: DrawsSummary | None) -> ProblemRecord:
    """The data and the model."""
    q = problem.weights
    return ProblemRecord(
        n=problem.n,
        p=problem.p,
        features=[str(name) for name in problem.features],
        target=str(problem.target),
        intercept=problem.intercept,
        weights=None if q is None else WeightsRecord(total=float(q.sum()), least=float(q.min()), most=float(q.max())),
        likelihood=GAUSSIAN,
        noise=noise_record(problem, summary),
        prior=struct(
            PriorRecord,
            {
                "name": prior.name,
                "label": prior.label,
                "params": prior.params,
                "formula": prior.formula,
                "penalty": prior.penalty_formula,
                "constant": prior.constant_formula,
                "reference": prior.reference,
                "paragraph": prior.paragraph,
            },
        ),
        alpha=number(prior.alpha(problem)),
        notes=list(remarks(problem)),
    )


def noise_record(problem: Problem, summary: DrawsSummary | None) -> NoiseRecord:
    """Where sigma is from: known, plugged in, or learned, with what is then known of it."""
    noise, value, how = problem.noise_prior, float(problem.noise_sd), problem.noise_from
    if noise is None:
        return NoiseRecord(
            kind="plugged" if problem.plugged_in else "known", value=value, how=how, prior=None, posterior=None
        )
    posterior = None if summary is None else _scales(problem, summary)["sigma"]
    prior = {
        "name": noise.name,
        "label": label_of(noise.name),
        "params": noise.params,
        "formula": noise.formula,
        "reference": noise.reference,
    }
    return NoiseRecord(kind="learned", value=value, how=how, prior=struct(NoisePriorRecord, prior), posterior=posterior)


def mode_record(name: str, problem: Problem, prior: Prior, outcome: Outcome) -> ModeRecord:
    """The mode that one engine brought back, or why it brought none."""
    label = _label(name)
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


def draws_record(
    name: str, problem: Problem, summary: DrawsSummary | None, exact: ExactPosterior | Unsupported
) -> DrawsRecord:
    """ArviZ's summary of one engine's draws: slopes, then the intercept and the learned scales apart."""
    label, p = _label(name), problem.p
    if summary is None:
        reason = exact.reason if isinstance(exact, Unsupported) else "There are no draws."
        return DrawsRecord(
            label=label,
            status="unsupported",
            reason=reason,
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
        )
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
        scales=_scales(problem, summary),
    )


def _scales(problem: Problem, summary: DrawsSummary) -> dict[str, SampledScalar]:
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


def _label(name: str) -> str:
    return LABELS.get(name, name)


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


def uncertainty_record(problem: Problem, exact: ExactPosterior | Unsupported, tree: Any) -> UncertaintyRecord | None:
    """What the point estimate leaves out: exactly where the posterior is known so, else from its draws."""
    drawn = "posterior" in tree.children
    if isinstance(exact, Unsupported) and not drawn:
        return None
    if isinstance(exact, Unsupported):
        covariance = np.atleast_2d(np.cov(tree["posterior"]["w"].to_numpy().reshape(-1, problem.p).T))
    else:
        covariance = exact.covariance
    gaussian = exact if isinstance(exact, GaussianPosterior) else None
    predicted = None if gaussian is None else predictive(problem, gaussian)
    if predicted is None and drawn:
        predicted = predictive_of_draws(problem, tree)
    return UncertaintyRecord(
        effective_degrees_of_freedom=None if gaussian is None else number(effective_degrees_of_freedom(gaussian)),
        correlation=[numbers(row) for row in correlation(covariance)],
        predictive=_predictive(problem, predicted),
    )


def _predictive(problem: Problem, predicted: Predictive | None) -> PredictiveRecord | None:
    if predicted is None or problem.y is None:
        return None
    return PredictiveRecord(
        coverage=predicted.coverage,
        rows=[
            RowRecord(
                row=row,
                observed=float(problem.y[row]),
                mean=number(predicted.mean[row]),
                sd=number(predicted.sd[row]),
                eti89=interval(predicted.eti89[row]),
            )
            for row in shown_rows(predicted)
        ],
    )


def _live(problem: Problem, prior: Prior) -> LiveRecord | None:
    """What a browser needs to compute the ridge posterior for other scales, where the prior is ridge's."""
    if not (isinstance(prior, Normal) and isinstance(prior.scale, float) and prior.mean == 0.0):
        return None
    live = live_ridge(problem, prior.scale)
    return None if live is None else struct(LiveRecord, live)


def _shrinkage(result: Result) -> ShrinkageRecord | None:
    if not isinstance(result.prior, ScaleMixture) or result.summary is None:
        return None
    mean = shrinkage(result.problem, result.posterior["posterior"])
    return ShrinkageRecord(mean=numbers(mean), meaning=MEANING)


@cache
def versions() -> dict[str, str]:
    """The libraries that the numbers depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
