"""Small tables of ordinary and awkward shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem


def tables() -> dict[str, tuple[Matrix, Vector]]:
    """Tables (X, y) by name: more rows than columns, fewer, two columns that are one, and a single column."""
    rng = np.random.default_rng(7)

    def respond(X: Matrix) -> Vector:
        w = rng.uniform(0.5, 2.0, X.shape[1]) * rng.choice([-1.0, 1.0], X.shape[1]) / np.abs(X).max(axis=0)
        return np.asarray(3.0 + X @ w + 0.5 * rng.standard_normal(len(X)))

    shapes = {
        "tall": rng.standard_normal((40, 4)) + np.array([0.0, 1.0, -2.0, 5.0]),
        "wide": rng.standard_normal((8, 12)) + 0.5,
        "collinear": rng.standard_normal((30, 3))[:, [0, 1, 1, 2]],
        "single": rng.standard_normal((20, 1)) - 3.0,
    }
    return {name: (X, respond(X)) for name, X in shapes.items()}


def problem(name: str, noise_sd: float = 1.0, **options: Any) -> Problem:
    """The problem of one of the tables."""
    return Problem.from_rows(*tables()[name], noise_sd=noise_sd, **options)
