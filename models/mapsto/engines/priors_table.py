"""The shipped priors as the README shows them."""

from __future__ import annotations

import numpy as np

from mapsto.engines.sklearn import Recipe, recipe
from mapsto.likelihoods.problem import Problem
from mapsto.plugins import signature
from mapsto.priors.base import Prior
from mapsto.priors.registry import shipped


def markdown_table() -> str:
    """How to ask for each prior, its penalty, its estimator, its mode."""
    rows = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0]])
    problem = Problem.from_rows(rows, rows @ [1.0, -1.0] + [0.1, -0.2, 0.0, 0.1], noise_sd=1.0)
    lines = ["| prior | penalty φ(w) | scikit-learn | mode |", "|---|---|---|---|"]
    for kind in shipped().values():
        examples = kind.examples(problem.p)
        estimators = dict.fromkeys(_estimator(problem, one) for one in examples)
        modes = dict.fromkeys(_kind_of_mode(one) for one in examples)
        said = " or ".join(estimators), " or ".join(modes)
        lines.append(f"| `{signature(kind)}` | ${kind.penalty_formula}$ | {said[0]} | {said[1]} |")
    return "\n".join(lines)


def _estimator(problem: Problem, prior: Prior) -> str:
    how = recipe(problem, prior)
    if not isinstance(how, Recipe):
        return "none"
    return f"`{how.estimator}{'(positive=True)' if 'positive' in how.params else ''}`"


def _kind_of_mode(prior: Prior) -> str:
    if prior.no_mode:
        return "none: a posterior only"
    if not prior.convex:
        return "local, by many starts"
    return "with exact zeros" if prior.kinked else "one"
