"""The data and the model, as the record has them."""

from __future__ import annotations

import re

from mapsto.data.diagnostics import remarks
from mapsto.engines.sklearn import ridge_alpha
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.sigma import Learned
from mapsto.posteriors.draws import DrawsSummary
from mapsto.priors.base import Prior
from mapsto.runs.plain import number, struct
from mapsto.runs.record import (
    LearnedRecord,
    LikelihoodRecord,
    NoisePriorRecord,
    NoiseRecord,
    PriorRecord,
    ProblemRecord,
    WeightsRecord,
)
from mapsto.runs.recording.answers import scales_record

SENTENCE = re.compile(r"(?<=\.) ")


def problem_record(problem: Problem, prior: Prior, summary: DrawsSummary | None) -> ProblemRecord:
    """The data and the model."""
    some = problem.table.at_hand
    return ProblemRecord(
        n=problem.n,
        p=problem.p,
        rows_at_hand=0 if some is None else len(some.y),
        features=[str(name) for name in problem.features],
        target=str(problem.target),
        intercept=problem.intercept,
        weights=_weights(problem),
        likelihood=likelihood_record(problem.likelihood),
        noise=noise_record(problem, summary),
        learned=_learned(problem, summary),
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
                "paragraph": _of_any_noise(prior.paragraph, problem.likelihood),
                "separable": prior.separable,
            },
        ),
        alpha=number(ridge_alpha(problem, prior.at(problem.noise_sd))),
        notes=list(remarks(problem.table)),
    )


def _weights(problem: Problem) -> WeightsRecord | None:
    """The weights of all rows, wherever these are."""
    q, seen = problem.weights, problem.table.weights_seen
    if q is not None:
        return WeightsRecord(total=float(q.sum()), least=float(q.min()), most=float(q.max()))
    return None if seen is None else WeightsRecord(total=problem.statistics.weight, least=seen[0], most=seen[1])


def _of_any_noise(paragraph: str, likelihood: Likelihood) -> str:
    """A prior's paragraph without what holds for Gaussian noise alone, where the likelihood is another."""
    if likelihood.has_statistics:
        return paragraph
    return " ".join(one for one in SENTENCE.split(paragraph) if "Gaussian noise" not in one) or paragraph


def likelihood_record(likelihood: Likelihood) -> LikelihoodRecord:
    """The likelihood, without the noise."""
    return struct(
        LikelihoodRecord,
        {
            "name": likelihood.name,
            "label": likelihood.label,
            "formula": likelihood.formula,
            "loss": likelihood.loss_formula,
            "factor": likelihood.factor_formula,
            "constant": likelihood.constant_formula,
            "params": likelihood.params,
            "reference": likelihood.reference,
            "paragraph": likelihood.paragraph,
        },
    )


def noise_record(problem: Problem, summary: DrawsSummary | None) -> NoiseRecord:
    """Where sigma is from: known, plugged in, or learned, with what is then known of it."""
    sigma = problem.sigma
    if sigma is None:
        return NoiseRecord(kind="none", value=None, how="", prior=None, posterior=None)
    if not isinstance(sigma, Learned):
        return NoiseRecord(kind=sigma.kind, value=sigma.value, how=sigma.how, prior=None, posterior=None)
    noise = sigma.prior
    posterior = None if summary is None else scales_record(problem, summary)["sigma"]
    return NoiseRecord(
        kind=sigma.kind, value=sigma.value, how=sigma.how, prior=_prior_of_one(noise, r"\sigma"), posterior=posterior
    )


def _prior_of_one(prior: NoisePrior, symbol: str) -> NoisePriorRecord:
    """The prior of a positive number, its formula in the symbol of that number."""
    return struct(
        NoisePriorRecord,
        {
            "name": prior.name,
            "label": prior.label,
            "params": prior.params,
            "formula": prior.formula.replace(r"\sigma", symbol),
            "reference": prior.reference,
        },
    )


def _learned(problem: Problem, summary: DrawsSummary | None) -> dict[str, LearnedRecord]:
    """What the posterior learns of the likelihood besides sigma."""
    drawn = {} if summary is None else scales_record(problem, summary)
    return {
        name: LearnedRecord(
            symbol=problem.likelihood.learnable[name],
            value=float(getattr(problem.likelihood, name)),
            prior=_prior_of_one(prior, problem.likelihood.learnable[name]),
            posterior=drawn.get(name),
        )
        for name, prior in problem.learns.items()
    }
