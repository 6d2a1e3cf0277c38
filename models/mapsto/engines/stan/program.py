"""The Stan model as a whole Python program that a user can paste and run; the engine itself runs its Stan code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.engines.expression_text import source
from mapsto.engines.languages.table import data_lines, imports, program
from mapsto.engines.question import Question
from mapsto.engines.stan.likelihood_parts import observed
from mapsto.engines.stan.parts import Parts
from mapsto.engines.stan.prior_parts import noise, slopes
from mapsto.outcome import Unsupported
from mapsto.posteriors.joint.point import Constant

IMPORTS = ("import numpy as np", "import pandas as pd", "import stan")
SAMPLING = (
    "posterior = stan.build(code, data=data, random_seed=1)",
    "draws = posterior.sample(num_chains=4, num_warmup=1000, num_samples=1000)",
    "print(draws.to_frame().describe().T)",
)
FROM_TABLE = {
    "n": "len(y)",
    "p": "len(features)",
    "X": "X",
    "y": "y",
    "weights": "weights",
    "trials": "np.rint(weights).astype(int)",
}


@dataclass(frozen=True, eq=False)
class Program:
    """A program: the ``whole`` of it, its Stan ``code``, the ``data`` that this takes, and what it leaves out.

    ``parameters`` are the names of Stan's parameters in its order.
    """

    whole: str
    code: str
    data: Mapping[str, Any]
    parameters: tuple[str, ...]
    constants: tuple[Constant, ...]


def program_of(question: Question) -> Program | Unsupported:
    """The program for a question, or why Stan has none."""
    problem, prior = question.problem, question.prior
    parts = Parts(data=("int<lower=1> n;", "int<lower=1> p;", "matrix[n, p] X;"))
    parts += Parts(values={"n": problem.n, "p": problem.p, "X": problem.table.rows[0]})
    learned = problem.noise_prior is not None
    eta = "X * w"
    if problem.intercept:
        parts, eta = parts + Parts(parameters=("real b;",)), "b + X * w"
    if problem.noise_prior is not None:
        sigma = noise(problem.noise_prior)
    else:
        known = Parts(data=("real<lower=0> sigma;",), values={"sigma": float(problem.noise_sd)})
        sigma = Parts() if problem.sigma is None else known
    for part in (sigma, slopes(prior, problem.p, learned), observed(problem, eta)):
        if isinstance(part, Unsupported):
            return part
        parts += part
    code = _code(parts)
    given = {name: FROM_TABLE.get(name) or _counts(name, problem.weights is not None) for name in parts.values}
    lines = [f'    "{name}": {text or _number(parts.values[name])},' for name, text in given.items()]
    whole = program(
        imports(IMPORTS),
        data_lines(problem),
        ('code = """', *code.splitlines(), '"""'),
        ("data = {", *lines, "}"),
        SAMPLING,
    )
    names = tuple(line.rstrip(";").split()[-1] for line in parts.parameters)
    return Program(whole, code, parts.values, names, parts.constants)


def _counts(name: str, weighted: bool) -> str:
    return f"np.rint({'weights * y' if weighted else 'y'}).astype(int)" if name == "counts" else ""


def _number(value: Any) -> str:
    return source(np.asarray(value)) if isinstance(value, list) else source(value)


def _code(parts: Parts) -> str:
    blocks = (
        ("data", parts.data),
        ("parameters", parts.parameters),
        ("transformed parameters", parts.transformed),
        ("model", parts.model),
    )
    lines = [line for name, inner in blocks if inner for line in (f"{name} {{", *(f"  {one}" for one in inner), "}")]
    return "\n".join(lines) + "\n"
