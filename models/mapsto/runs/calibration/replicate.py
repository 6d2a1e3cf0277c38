"""One replicate: the rank of each true value among the draws that a method brings back."""

from __future__ import annotations

import numpy as np

from mapsto.certificate.calibration.bands import Counts
from mapsto.certificate.calibration.ranks import DRAWS, ranks
from mapsto.data.statistics import Matrix, Vector
from mapsto.outcome import Unsupported
from mapsto.runs.calibration.methods import Drawn, Method
from mapsto.runs.calibration.truths import TRIALS, Truth


def replicate(truth: Truth, method: Method, rng: np.random.Generator) -> dict[str, int] | Unsupported:
    """The rank of each quantity, by name: slopes, their length, what is predicted at a new row, sigma, log likelihood.

    The log likelihood depends on the data too, and notices what the parameters alone do not (Modrák, Moon, Kim,
    Bürkner, Huurre, Faltejsková, Gelman & Vehtari 2023, Bayesian Analysis 20(2), section 3).
    """
    drawn = method(truth, rng)
    if isinstance(drawn, Unsupported):
        return drawn
    values = quantities(truth, drawn, rng)
    found: Counts = ranks(
        np.array([true for true, _ in values.values()]), np.column_stack([draws for _, draws in values.values()]), rng
    )
    return dict(zip(values, map(int, found), strict=True))


def quantities(truth: Truth, drawn: Drawn, rng: np.random.Generator) -> dict[str, tuple[float, Vector]]:
    """True value and draws, shape (DRAWS,), of each quantity."""
    problem, likelihood = truth.problem, truth.problem.likelihood
    found: dict[str, tuple[float, Vector]] = {}
    for j, name in enumerate(problem.features):
        found[f"slope of {name}"] = float(truth.slopes[j]), drawn.slopes[:, j]
    if truth.prior.proper:  # slopes that are held at zero are shorter than any draw, however right the draws are
        found["length of the slopes"] = float(np.linalg.norm(truth.slopes)), np.linalg.norm(drawn.slopes, axis=1)
    eta = drawn.intercept + drawn.slopes @ truth.row if drawn.mean is None else drawn.mean
    true = float(truth.row @ truth.slopes)
    found["mean response, new row"] = true, eta
    q = 1.0 if problem.weights is None else TRIALS
    found["response, new row"] = truth.response, likelihood.simulate(eta, rng, q, drawn.sigma)
    if isinstance(drawn.sigma, np.ndarray):
        assert truth.sigma is not None
        found["sigma"] = truth.sigma, drawn.sigma
    X, y = problem.table.rows
    if drawn.mean is None:
        found["log likelihood"] = (
            float(likelihood.log_density(y, X @ truth.slopes, problem.table.q, truth.sigma).sum()),
            _log_likelihoods(truth, drawn, X, y),
        )
    return found


def _log_likelihoods(truth: Truth, drawn: Drawn, X: Matrix, y: Vector) -> Vector:
    eta = drawn.slopes @ X.T + np.broadcast_to(drawn.intercept, DRAWS)[:, np.newaxis]
    sigma = drawn.sigma[:, np.newaxis] if isinstance(drawn.sigma, np.ndarray) else drawn.sigma
    density: Vector = truth.problem.likelihood.log_density(y, eta, truth.problem.table.q, sigma).sum(axis=1)
    return density
