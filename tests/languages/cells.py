"""Questions that every language is asked: likelihoods, accounts of sigma, priors, weights."""

import numpy as np

from mapsto import (
    FlatNoise,
    HalfCauchyNoise,
    HalfNormalNoise,
    HalfStudentTNoise,
    InverseGammaNoise,
    JeffreysNoise,
    Laplace,
    Normal,
    Problem,
)
from mapsto.certificate.gate import gate
from mapsto.engines.question import Question
from mapsto.likelihoods import registry as likelihoods
from mapsto.priors.hierarchical_normal import HierarchicalNormal
from mapsto.priors.registry import shipped

NOISES = {
    "flat": FlatNoise(),
    "half-Cauchy": HalfCauchyNoise(2.0),
    "half-Normal": HalfNormalNoise(2.0),
    "half-Student-t": HalfStudentTNoise(2.0),
    "inverse gamma": InverseGammaNoise(2.0, 3.0),
    "Jeffreys": JeffreysNoise(),
}


def table(noise_prior=None, *, noise_sd=1.1, weighted=False, intercept=True):
    rng = np.random.default_rng(31)
    X = rng.standard_normal((14, 3)) + np.array([0.0, 2.0, -4.0])
    y = X @ [1.0, -0.5, 0.2] + 3.0 + rng.standard_normal(14)
    weights = rng.uniform(0.5, 2.0, 14) if weighted else None
    return Problem.from_rows(
        X,
        y,
        noise_sd=noise_sd,
        noise_prior=noise_prior,
        weights=weights,
        intercept=intercept,
        features=["age", "body mass", 'a "b"'],
        target="age!",
    )


def of_likelihood(name, *, weighted=False):
    kind = likelihoods.shipped()[name]
    likelihood, rng = kind.examples()[0], np.random.default_rng(4)
    X = rng.standard_normal((15, 2))
    weights = rng.integers(1, 6, 15).astype(float) if weighted else None
    y = likelihood.simulate(X @ [0.6, -0.4], rng, 1.0 if weights is None else weights)
    return Problem.from_rows(X, y, likelihood=likelihood, weights=weights, target="t")


def questions():
    """Every cell by its name."""
    found = {"plugged-in sigma": Question(table(noise_sd="auto"), Normal(0.5))}
    found["no intercept"] = Question(table(intercept=False), Normal(0.5))
    found["a mean and a scale for each"] = Question(table(), Normal((0.5, 0.7, 1.0), (0.1, 0.0, -0.2)))
    found |= {f"{name} noise": Question(table(prior), Normal(0.5)) for name, prior in NOISES.items()}
    found["weights"] = Question(table(NOISES["half-Normal"], weighted=True), Laplace(0.7))
    for name, noise in (("known", None), ("learned", NOISES["inverse gamma"])):
        found[f"in units of a {name} sigma"] = Question(table(noise), Normal(0.5, 0.1, per_sigma=True))
    for name, kind in shipped().items():
        problem = table(NOISES["half-Normal"])
        prior = kind.examples(3)[0].fitted_to(problem.statistics)
        if not prior.no_mode:
            found[f"{name} prior"] = Question(problem, prior)
    found["hierarchical_normal prior"] = Question(table(NOISES["half-Normal"]), HierarchicalNormal(1.5))
    for name in likelihoods.shipped():
        found[f"{name} likelihood"] = Question(of_likelihood(name), Normal(0.8))
        if name not in ("bernoulli", "probit"):  # one trial a row: they refuse weights
            found[f"{name} likelihood, weights"] = Question(of_likelihood(name, weighted=True), Normal(0.8))
    return found


QUESTIONS = questions()


def verdict(kind, question):
    """The gate on an engine, for one of the questions."""
    return gate(question, kind(question))


def failed(found):
    return {check.name for check in found.checks if not check.passed}
