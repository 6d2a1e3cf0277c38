"""The Bambi model as a whole program that a user can paste and run; the engine itself runs its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mapsto.engines.expression_text import source
from mapsto.engines.languages.table import FILE, columns, imports, program, string
from mapsto.engines.question import Question
from mapsto.family import Family
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.priors.base import Prior

IMPORTS = ("import arviz as az", "import bambi as bmb", "import pandas as pd", "import pytensor")
DOUBLES = (
    "# numbers stay doubles: by default PyTensor keeps such as 54.0 in single precision, and its logarithm too",
    'pytensor.config.cast_policy = "numpy+floatX"',
)
SAMPLING = ("draws = model.fit()", "print(az.summary(draws))")
ONE_NUMBER = {"cauchy", "flat", "half_cauchy", "half_normal", "half_student_t", "laplace", "logistic", "normal"}
ONE_NUMBER |= {"student_t"}
"""Families of one number that have a name in PyMC, from which Bambi takes its distributions."""
FAMILIES: dict[str, tuple[str, str | None, Mapping[str, str]]] = {
    "normal": ("gaussian", None, {}),
    "student_t": ("t", None, {"df": "nu"}),
    "bernoulli": ("bernoulli", None, {}),
    "poisson": ("poisson", None, {}),
    "negative_binomial": ("negativebinomial", None, {"size": "alpha"}),
    "gamma": ("gamma", "log", {"shape": "alpha"}),
}
"""A likelihood's family -> Bambi's family, its link where that is not the default, and what it calls parameters."""


@dataclass(frozen=True)
class Program:
    """A program: the ``whole`` of it, the lines that make its ``model``, and what its defaults follow from."""

    whole: str
    model: str
    formula: str
    family: str
    link: str | None


def program_of(question: Question) -> Program | Unsupported:
    """The program for a question, or why Bambi has none."""
    problem, prior = question.problem, question.prior
    target = columns(problem)[0]
    if problem.weights is not None:
        return Unsupported("Bambi's weights multiply the log likelihood of a row; they do not divide its variance.")
    if (named := _names(problem, target)) is not None:
        return named
    family = problem.likelihood.family()
    if family.name == "probit":
        return Unsupported("Bambi's probit link goes through the probability, which near 0 and 1 has few digits left.")
    if family.name not in FAMILIES:
        return Unsupported(f"Bambi has no family for the {problem.likelihood.label} likelihood.")
    name, link, renamed = FAMILIES[family.name]
    priors = _slopes(problem, prior)
    if isinstance(priors, Unsupported):
        return priors
    if problem.intercept:
        priors = {"Intercept": 'bmb.Prior("Flat")'} | priors
    if problem.sigma is not None:
        sigma = source(float(problem.noise_sd)) if problem.noise_prior is None else _noise(problem.noise_prior)
        if isinstance(sigma, Unsupported):
            return sigma
        priors["sigma"] = sigma
    priors |= {renamed[key]: source(float(value)) for key, value in family.params.items() if key in renamed}
    terms = [_quoted(one) for one in problem.features]
    formula = f"{_quoted(target)} ~ {' + '.join(terms if problem.intercept else ['0', *terms])}"
    model = [
        "model = bmb.Model(",
        f"    {string(formula)},",
        "    table,",
        f'    family="{name}",',
        *([f'    link="{link}",'] if link else []),
        "    priors={",
        *(f"        {string(key)}: {text}," for key, text in priors.items()),
        "    },",
        "    auto_scale=False,",
        "    center_predictors=False,",
        ")",
    ]
    data = ("# the columns and the target in the units in which they were used here", f'table = pd.read_csv("{FILE}")')
    whole = program(imports(IMPORTS), DOUBLES, data, model, SAMPLING)
    return Program(whole, program(model), formula, name, link)


def _names(problem: Problem, target: str) -> Unsupported | None:
    """Why the columns' names cannot stand in a formula, or None."""
    clash = {"Intercept", "sigma", "nu", "alpha", "mu"} & {*problem.features, target}
    if clash:
        return Unsupported(f"A column is named {sorted(clash)[0]!r}, which Bambi calls a parameter; rename the column.")
    broken = next((one for one in (*problem.features, target) if "`" in one or not one.strip()), None)
    return None if broken is None else Unsupported(f"The name {broken!r} cannot stand in a formula; rename the column.")


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"


def _slopes(problem: Problem, prior: Prior) -> dict[str, str] | Unsupported:
    """The prior of each term."""
    if prior.in_units_of_sigma:
        if problem.noise_prior is not None:
            return Unsupported("A prior of Bambi's cannot refer to sigma, which is learned here.")
        prior = prior.at(problem.noise_sd)
    family = prior.family(problem.p)
    if family is None or family.name not in ONE_NUMBER:
        return Unsupported(f"Bambi gives each term a prior of its own, and PyMC has none for the {prior.label} prior.")
    found = {}
    for j, name in enumerate(problem.features):
        own = {key: value[j] if isinstance(value, tuple) else value for key, value in family.params.items()}
        found[name] = _call(Family(family.name, own))
    return found


def _noise(prior: NoisePrior) -> str | Unsupported:
    family = prior.family()
    if family is not None and family.power == 1 and family.name in (*ONE_NUMBER, "half_flat"):
        return _call(family)
    return Unsupported(
        f"Bambi's sigma takes a distribution of PyMC, and the {prior.label} prior is none of sigma itself."
    )


def _call(family: Family) -> str:
    from mapsto.engines.pymc.families import STANDARD

    name, keywords = STANDARD[family.name]
    given: list[Any] = [f"{key}={source(float(family.params[param]))}" for key, param in keywords.items()]
    return f"bmb.Prior({', '.join([string(name), *given])})"
