"""What is asked for a posterior: the exact one, plug-ins, the Laplace approximation, scikit-learn, and engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mapsto.certificate.calibration.ranks import DRAWS
from mapsto.data.least_squares import least_squares
from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.base import Engine
from mapsto.engines.question import Question
from mapsto.engines.registry import choose, engines
from mapsto.engines.settings import Settings
from mapsto.likelihoods.sigma import PluggedIn
from mapsto.outcome import Estimate, Failed, Unsupported
from mapsto.posteriors.exact import ExactPosterior
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.runs.calibration.truths import Truth

SAMPLED = Settings(draws=500, chains=2)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws of a posterior, or of what stands in for it.

    Attributes:
        slopes: shape (DRAWS, p).
        intercept: shape (DRAWS,).
        sigma: the scale of the noise at each draw, shape (DRAWS,), or one for all; None for a likelihood without one.
        mean: the mean response at the new row, shape (DRAWS,), where it does not follow from slopes and intercept.
    """

    slopes: Matrix
    intercept: Vector
    sigma: Vector | float | None
    mean: Vector | None = None


Method = Callable[[Truth, np.random.Generator], Drawn | Unsupported]


def exact(truth: Truth, rng: np.random.Generator) -> Drawn | Unsupported:
    """Independent draws of the exact posterior."""
    posterior = Question(truth.problem, truth.prior).exact
    return posterior if isinstance(posterior, Unsupported) else of_exact(posterior, truth, rng)


def of_exact(posterior: ExactPosterior, truth: Truth, rng: np.random.Generator) -> Drawn:
    """Independent draws of an exact posterior of the truth's problem."""
    if isinstance(posterior, GaussianPosterior):
        return Drawn(*posterior.draws(DRAWS, rng), posterior.problem.noise_sd)
    slopes, intercept, scales = posterior.joint_draws(DRAWS, rng)
    if "sigma" not in scales:
        return Drawn(slopes, intercept, truth.problem.noise_sd)
    return Drawn(slopes, intercept, _between_nodes(scales["sigma"], rng))


def _between_nodes(sigma: Vector, rng: np.random.Generator) -> Vector:
    """Each draw of sigma moved by up to half the distance to the next, for an integral knows it at its nodes alone."""
    nodes = np.unique(sigma)
    if len(nodes) in (1, len(sigma)):
        return sigma
    step = float(np.diff(np.log(nodes)).min())
    return sigma * np.exp(step * (rng.random(len(sigma)) - 0.5))


def plug_in(truth: Truth, rng: np.random.Generator) -> Drawn | Unsupported:
    """The posterior with the residual sd of least squares in place of sigma, as if it were known."""
    if not truth.problem.likelihood.has_statistics:
        return Unsupported("Sigma is plugged in under Gaussian noise alone.")
    found = PluggedIn(least_squares(truth.problem.statistics).residual_sd)
    posterior = Question(truth.problem.with_sigma(found), truth.prior).exact
    return posterior if isinstance(posterior, Unsupported) else of_exact(posterior, truth, rng)


def laplace(truth: Truth, rng: np.random.Generator) -> Drawn | Unsupported:
    """Draws of the Gaussian at the mode with the curvature there."""
    from mapsto.engines.direct.solve import solve
    from mapsto.posteriors.approximate.laplace import laplace_approximation

    question = Question(truth.problem, truth.prior)
    if question.no_mode:
        return Unsupported(question.no_mode)
    if truth.problem.noise_prior is not None:
        return Unsupported("The Laplace approximation is that at a known sigma.")
    if isinstance(question.gaussian, GaussianPosterior) and truth.problem.likelihood.has_statistics:
        return Unsupported("The posterior is Normal, so that its Laplace approximation is the posterior itself.")
    if truth.prior.kinked:
        return Unsupported(f"The {truth.prior.label} prior has a kink or an edge, where there is no curvature.")
    mode = solve(question.at_point, question.absolute)
    if not isinstance(mode, Estimate):
        raise ArithmeticError(mode.reason)
    approximation = laplace_approximation(question.at_point, question.absolute, mode)
    if isinstance(approximation, Unsupported):
        raise ArithmeticError(approximation.reason)
    drawn, p = approximation.draws(DRAWS, rng), truth.problem.p
    b = drawn[:, p] if truth.problem.intercept else np.zeros(DRAWS)
    return Drawn(drawn[:, :p], b, truth.sigma)


def by_engine(name: str) -> Method:
    """An engine's draws, thinned to as many as are ranked."""

    def draws(truth: Truth, rng: np.random.Generator) -> Drawn | Unsupported:
        question = Question(truth.problem, truth.prior)
        engine = choose([name])[name](question)
        how = Settings(seed=int(rng.integers(2**31)), draws=SAMPLED.draws, chains=SAMPLED.chains)
        found = engine.draws(how, _mode(question, engine))
        if isinstance(found, Unsupported):
            return found
        if isinstance(found, Failed):
            raise ArithmeticError(found.reason)
        kept = np.linspace(0, how.draws * how.chains - 1, DRAWS).round().astype(int)
        flat = {key: np.asarray(v).reshape(how.draws * how.chains, -1)[kept] for key, v in found.variables.items()}
        b = flat["b"][:, 0] if "b" in flat else np.zeros(DRAWS)
        return Drawn(flat["w"], b, flat["sigma"][:, 0] if "sigma" in flat else truth.sigma)

    return draws


def _mode(question: Question, engine: Engine) -> Estimate | None:
    """Where a run would let the engine begin: at the direct solver's mode, else at its own."""
    from mapsto.engines.direct.solve import solve

    if question.no_mode:
        return None
    for find in (lambda: solve(question.at_point, question.absolute), engine.mode):
        found = find()
        if isinstance(found, Estimate):
            return found
    return None


def samplers() -> tuple[str, ...]:
    """The names of the engines that sample and are ready."""
    return tuple(name for name, kind in engines().items() if kind.samples() and not kind.missing())
