"""The exact posterior of a problem and a prior, where there is one: known scales, learned ones, or both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.noise_priors.inverse_gamma import InverseGammaNoise
from mapsto.likelihoods.noise_priors.jeffreys import JeffreysNoise
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.posteriors.closed_form import Solution, closed_form
from mapsto.posteriors.draws import DrawsSummary
from mapsto.posteriors.factored.spectral import Axes, SharedComponents
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.normal_inverse_gamma import NormalInverseGammaPosterior, normal_inverse_gamma
from mapsto.posteriors.quadrature import NODES, MixturePosterior, log_grid, mix
from mapsto.priors.base import LearnedScale, Prior

ExactPosterior = GaussianPosterior | NormalInverseGammaPosterior | MixturePosterior

MOST_COLUMNS_FOR_TWO = 40  # a double integral has tens of thousands of nodes: a second or two up to here
NODES_OF_TWO = 61  # where each node is a factorisation: a standard deviation is then good to 4e-4 of itself


def exact_posterior(problem: Problem, prior: Prior) -> ExactPosterior | Unsupported:
    """Posterior of slopes, intercept and learned scales without sampling, or why there is none."""
    prior = prior.fitted_to(problem.statistics)
    if (improper := no_integral(problem, prior)) is not None:
        return improper
    learned, noise = prior.learned_scale(), problem.noise_prior
    if learned is not None:
        return _scale_learned(problem, learned) if noise is None else _both_learned(problem, learned, noise)
    if noise is None:
        return gaussian(problem, prior)
    first = gaussian(problem, prior)
    if isinstance(first, Unsupported):
        return first
    if isinstance(noise, InverseGammaNoise | JeffreysNoise) and (prior.in_units_of_sigma or not prior.proper):
        unit = gaussian(problem.with_noise_sd(1.0), prior)
        return unit if isinstance(unit, Unsupported) else normal_inverse_gamma(unit, noise, flat=not prior.proper)
    return mixture_over_noise(problem, prior, noise)


def no_integral(problem: Problem, prior: Prior) -> Unsupported | None:
    """Why the posterior has no integral for large sigma, or None.

    With all else integrated out the likelihood falls as sigma^-(n - k), k being the number of parameters with a flat
    prior, whatever a proper prior of the others; the prior on sigma falls as sigma^-tail. The integral is finite where
    the powers are together more than 1 (Gelman 2006, Bayesian Analysis 1(3), section 2.2).
    """
    noise = problem.noise_prior
    if noise is None or math.isinf(noise.tail):
        return None
    flat = int(problem.intercept) + (0 if prior.proper else problem.p)
    needed = flat + 2 - int(noise.tail)
    if problem.n >= needed:
        return None
    return Unsupported(
        f"The posterior has no integral: under the {noise.label} prior on sigma it takes at least "
        f"{needed} rows, and there are {problem.n}; give a proper prior on sigma."
    )


def gaussian(problem: Problem, prior: Prior) -> GaussianPosterior | Unsupported:
    """The posterior given sigma = ``problem.noise_sd``, where the prior is conjugate."""
    solution = closed_form(problem, prior.at(problem.noise_sd))
    if isinstance(solution, Solution):
        return solution.posterior
    return Unsupported(f"No formula gives the posterior under the {prior.label} prior; NUTS samples it.")


def _given(problem: Problem, prior: Prior) -> GaussianPosterior:
    """As :func:`gaussian`, where it is known to be there."""
    posterior = gaussian(problem, prior)
    assert isinstance(posterior, GaussianPosterior), posterior
    return posterior


def _along(
    component: Callable[[float], GaussianPosterior], log_prior: Callable[[float], float]
) -> Callable[[float], float]:
    """Log of evidence times prior, as a density of t = log(scale): the Jacobian adds t."""
    return lambda t: component(math.exp(t)).log_evidence + log_prior(math.exp(t)) + t


def mixture_over_noise(problem: Problem, prior: Prior, noise: NoisePrior) -> MixturePosterior:
    """The posterior with sigma learned, as an integral over sigma of the Gaussian posteriors given it."""

    def component(sigma: float, tau: float = 1.0) -> GaussianPosterior:
        del tau  # a prior in units of sigma follows from sigma
        return _given(problem.with_noise_sd(sigma), prior)

    proper, unit = noise.proper and prior.proper, prior.at(1.0).gaussian(problem.p)
    axes = None if unit is None else Axes.of(problem, unit)
    if axes is not None:

        def along(t: float) -> float:
            tau = math.exp(t) if prior.in_units_of_sigma else 1.0
            return axes.log_evidence(math.exp(t), tau, tau) + noise.log_density(math.exp(t)) + t

        nodes, spacing = log_grid(along, math.log(problem.noise_sd))
        logs = np.array([along(t) for t in nodes]) + math.log(spacing)
        sigma = np.exp(nodes)
        tau = sigma if prior.in_units_of_sigma else np.ones_like(sigma)
        shared = SharedComponents(axes, sigma, tau, tau, component)
        return mix(problem, shared, logs, {"sigma": sigma}, proper=proper)
    density = _along(component, noise.log_density)
    nodes, spacing = log_grid(density, math.log(problem.noise_sd))
    logs = np.array([density(t) for t in nodes]) + math.log(spacing)
    return mix(problem, [component(s) for s in np.exp(nodes)], logs, {"sigma": np.exp(nodes)}, proper=proper)


def _scale_learned(problem: Problem, learned: LearnedScale) -> MixturePosterior:
    axes = _axes(problem, learned)
    if axes is not None:
        nodes, logs = _along_scale(axes, problem.noise_sd, learned)
        scale = np.exp(nodes)
        shared = _shared(axes, np.full_like(scale, problem.noise_sd), scale, learned)
        return mix(problem, shared, logs, {"w_sd": scale}, proper=True)
    nodes, logs = _over_scale(problem, learned, NODES)
    components = [_given(problem, learned.given(s)) for s in np.exp(nodes)]
    return mix(problem, components, logs, {"w_sd": np.exp(nodes)}, proper=True)


def _over_scale(problem: Problem, learned: LearnedScale, size: int) -> tuple[np.ndarray, np.ndarray]:
    density = _along(lambda s: _given(problem, learned.given(s)), learned.log_density)
    nodes, spacing = log_grid(density, math.log(learned.typical), size)
    return nodes, np.array([density(t) for t in nodes]) + math.log(spacing)


def _axes(problem: Problem, learned: LearnedScale) -> Axes | None:
    """Where the prior given its scale is that scale times the prior given a scale of one."""
    unit, two = learned.given(1.0).gaussian(problem.p), learned.given(2.0).gaussian(problem.p)
    if unit is None or two is None or not np.array_equal(2 * unit.root, two.root) or unit.mean.any() or two.mean.any():
        return None
    return Axes.of(problem, unit)


def _shared(axes: Axes, sigma: Vector, tau: Vector, learned: LearnedScale) -> SharedComponents:
    def component(noise_sd: float, scale: float) -> GaussianPosterior:
        return _given(axes.problem.with_noise_sd(noise_sd), learned.given(scale))

    return SharedComponents(axes, sigma, tau, np.ones_like(tau), component)


def _along_scale(axes: Axes, sigma: float, learned: LearnedScale, size: int = NODES) -> tuple[Vector, Vector]:
    """Nodes of log scale, and the log of what each adds to the evidence at sigma."""

    def density(t: float) -> float:
        return axes.log_evidence(sigma, math.exp(t)) + learned.log_density(math.exp(t)) + t

    nodes, spacing = log_grid(density, math.log(learned.typical), size)
    of_prior = np.array([learned.log_density(s) for s in np.exp(nodes)])
    return nodes, axes.log_evidences(sigma, np.exp(nodes)) + of_prior + nodes + math.log(spacing)


def _both_learned(problem: Problem, learned: LearnedScale, noise: NoisePrior) -> MixturePosterior | Unsupported:
    if problem.p > MOST_COLUMNS_FOR_TWO:
        return Unsupported(
            r"With both $\sigma$ and the prior's scale learned, the exact posterior is a double integral, which is "
            f"computed for up to {MOST_COLUMNS_FOR_TWO} columns only; NUTS samples it."
        )

    axes = _axes(problem, learned)
    size = NODES_OF_TWO if axes is None else NODES

    def given_sigma(sigma: float) -> tuple[np.ndarray, np.ndarray]:
        if axes is not None:
            return _along_scale(axes, sigma, learned)
        return _over_scale(problem.with_noise_sd(sigma), learned, NODES_OF_TWO)

    def outer(t: float) -> float:
        sigma = math.exp(t)
        return float(np.logaddexp.reduce(given_sigma(sigma)[1])) + noise.log_density(sigma) + t

    nodes, spacing = log_grid(outer, math.log(problem.noise_sd), size)
    components: list[GaussianPosterior] = []
    logs, sigmas, scales = [], [], []
    for t in nodes:
        sigma = math.exp(t)
        inner, inner_logs = given_sigma(sigma)
        logs += list(inner_logs + noise.log_density(sigma) + t + math.log(spacing))
        sigmas += [sigma] * len(inner)
        scales += list(np.exp(inner))
        if axes is None:
            components += [_given(problem.with_noise_sd(sigma), learned.given(s)) for s in np.exp(inner)]
    shared = None if axes is None else _shared(axes, np.array(sigmas), np.array(scales), learned)
    by_name = {"sigma": np.array(sigmas), "w_sd": np.array(scales)}
    found: Sequence[GaussianPosterior] = components if shared is None else shared
    return mix(problem, found, np.array(logs), by_name, proper=noise.proper)


def best_known(exact: ExactPosterior | Unsupported, summary: DrawsSummary) -> tuple[Vector, Vector, Vector]:
    """Means, medians and sds, the slopes first: exact where they are known so, else of the draws."""
    if isinstance(exact, Unsupported):
        return summary.mean, summary.median, summary.sd
    return exact.mean, exact.mean if isinstance(exact, GaussianPosterior) else summary.median, exact.sd
