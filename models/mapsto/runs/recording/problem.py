"""The data and the model, as the record has them."""

from __future__ import annotations

from mapsto.data.diagnostics import remarks
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.draws import DrawsSummary
from mapsto.priors.base import Prior, label_of
from mapsto.runs.plain import number, struct
from mapsto.runs.record import (
    LikelihoodRecord,
    NoisePriorRecord,
    NoiseRecord,
    PriorRecord,
    ProblemRecord,
    WeightsRecord,
)
from mapsto.runs.recording.answers import scales_record

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
    posterior = None if summary is None else scales_record(problem, summary)["sigma"]
    prior = {
        "name": noise.name,
        "label": label_of(noise.name),
        "params": noise.params,
        "formula": noise.formula,
        "reference": noise.reference,
    }
    return NoiseRecord(kind="learned", value=value, how=how, prior=struct(NoisePriorRecord, prior), posterior=posterior)
