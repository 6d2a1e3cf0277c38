"""The PyMC model as a whole program that a user can paste and run.

It reads ``table.csv``, whose columns are the problem's: the features, the target, and the weights of the rows if there
are any. Nothing of the table is in the program itself.
"""

from __future__ import annotations

from mapsto.engines.languages.lines import Lines
from mapsto.engines.languages.table import data_lines, imports, program, strings
from mapsto.engines.pymc.families import positive_code, slopes_code
from mapsto.engines.pymc.families.observed import observe_code
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior

IMPORTS = ("import arviz as az", "import numpy as np", "import pandas as pd", "import pymc as pm", "import pytensor")
DOUBLES = (
    "# numbers stay doubles: by default PyTensor keeps such as 54.0 in single precision, and its logarithm too",
    'pytensor.config.cast_policy = "numpy+floatX"',
)


def code(problem: Problem, prior: Prior) -> str:
    """The source of :func:`mapsto.engines.pymc.model.rows_model`, from the imports to the summary.

    ``pm.find_MAP`` is in it where its answer is the mode that this package means: there is one, and sigma is known.
    """
    noise = Lines()
    if problem.noise_prior is not None:
        noise = positive_code(problem.noise_prior)
    for name, belief in problem.learns.items():
        noise += positive_code(belief, name)
    known = problem.sigma is not None and problem.noise_prior is None
    sigma = (f"sigma = {float(problem.noise_sd)!r}",) if known else ()
    parts = noise + slopes_code(prior, problem.p)
    if problem.intercept:
        parts += Lines(model=('b = pm.Flat("b")',))
    mean = "b + pm.math.dot(X, w)" if problem.intercept else "pm.math.dot(X, w)"
    parts += observe_code(problem.likelihood, mean, weighted=problem.weights is not None, learned=tuple(problem.learns))
    return program(
        imports({*IMPORTS, *parts.imports}),
        DOUBLES,
        (*data_lines(problem), *sigma),
        parts.before,
        ('with pm.Model(coords={"feature": features, "row": range(len(y))}) as model:', *_indented(parts)),
        _sampling(problem, prior),
    )


def _indented(parts: Lines) -> list[str]:
    return [f"    {one}" for one in parts.model]


def _sampling(problem: Problem, prior: Prior) -> list[str]:
    has_mode = not prior.no_mode and problem.noise_prior is None and not problem.learns
    names = ["w"] + ["b"] * problem.intercept + ["sigma"] * (problem.noise_prior is not None) + [*problem.learns]
    find, show = (["    mode = pm.find_MAP()"], ["print(mode)"]) if has_mode else ([], [])
    return [*find, "    draws = pm.sample()", "", *show, f"print(az.summary(draws, var_names={strings(names)}))"]
