"""The full posterior by NUTS, from PyMC's own log density."""

from __future__ import annotations

import ctypes
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import nutpie
from nutpie import compiled_pyfunc
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.pymc.densities.collapsed import CollapsedDensity
from mapsto.engines.pymc.densities.log_density import Evaluation, LogDensity
from mapsto.engines.pymc.densities.reflected import FoldedDensity
from mapsto.likelihoods.base_kinked import PiecewiseLinear
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate
from mapsto.posteriors.draws import Cost
from mapsto.priors.base import Prior

Density = LogDensity | FoldedDensity | CollapsedDensity

KEPT_STATISTICS = ("depth", "step_size", "n_steps", "mean_tree_accept", "logp", "energy", "diverging")
# Measured in these coordinates: as many effective draws as with the usual 0.8, from a third fewer gradients.
TARGET_ACCEPT = 0.7
FLAT = 1e-3  # slope in the place of an exact zero, where the density is about one unit wide
TUNE = 200  # the geometry comes from the mode; only the step size is left to learn
LONG_TUNE = 300  # the widths have to be learned too
USUAL_ACCEPT = 0.8
BLUNT = 1e-3  # of a width
CAREFUL_ACCEPT = 0.9  # small steps: scales that are learned make narrow places
MOST_CAREFUL_ACCEPT = 0.96  # narrower ones where the noise is learned as well, most of all in wide tables


@dataclass(frozen=True, eq=False)
class Geometry:
    """Where to sample from and in which coordinates: x = centre + L u.

    Attributes:
        centre: a point in the middle of the density, shape (size,).
        L: matrix that makes the density about as wide in every direction of u, shape (size, size).
        known: whether L is the inverse root of the curvature, so that only the step size is left to learn.
        blunt: under a penalty that is infinitely steep at zero, the distance from it within which the slopes are pulled
            as at that distance, shape (p,); None elsewhere.
        uneven: whether the penalty has no parabola at its centre, so that one step size does not suit everywhere.
    """

    centre: Vector
    L: Matrix
    known: bool
    blunt: Vector | None = None
    uneven: bool = False


def geometry(density: Density, problem: Problem, prior: Prior, mode: Estimate | None) -> Geometry:
    """Where and in which coordinates to sample, and what the sampler has to mind of the prior."""
    steep = prior.is_infinitely_steep(problem.p)
    if steep and mode is None:  # a place to start from, and the widths there
        c = prior.centre(problem.p)
        mode = Estimate(c, problem.best_intercept(c))
    where = _coordinates(density, problem, prior, mode)
    if not isinstance(density, LogDensity) or "w" not in density.slices:
        return where
    blunt = None
    if steep:
        c = prior.centre(problem.p)
        of_data = np.sqrt(np.maximum(np.diag(problem.information(c)), np.finfo(float).tiny))
        blunt = BLUNT * np.minimum(prior.widths(problem.p), 1 / of_data)
    uneven = not (prior.kinked or prior.no_mode or prior.is_parabola_at_centre(problem.p))
    return replace(where, blunt=blunt, uneven=uneven)


def _coordinates(density: Density, problem: Problem, prior: Prior, mode: Estimate | None) -> Geometry:
    """Coordinates in which the posterior is round, from its curvature, as far as it has one worth the name.

    With x = centre + L u and L L' the inverse of minus the Hessian, a Gaussian posterior is a standard Normal in u
    whatever the correlation of the columns: a dense mass matrix taken from the mode instead of from warm-up draws
    (Neal 2011, "MCMC using Hamiltonian dynamics", section 5.4.1). At a kink, and where the penalty has no parabola at
    its centre, the curvature says nothing; the data's own with a Normal prior as wide takes its place. Scales with the
    slopes integrated out have a mode of their own.
    Elsewhere the sampler has to learn the widths.
    """
    if isinstance(density, CollapsedDensity):
        centre = _top(density)
        curvature = density.curvature(centre)
        return _rounded(centre, curvature.unit, curvature.matrix, known=True)
    if isinstance(density, FoldedDensity) and mode is not None:
        # Each image of the slopes has correlations of its own signs; only the widths are the same in all.
        centre = density.join(mode)
        unit = density.inner.curvature(_inside(density, centre)).unit
        return Geometry(centre, np.diag(unit), known=False)
    if mode is None or not isinstance(density, LogDensity) or "w" not in density.slices:
        return Geometry(density.start, np.eye(len(density.start)), known=False)
    centre = density.join(mode)
    learned = False
    for name in problem.likelihood.learnable:
        for value, power in ((f"{name}_log__", 1), (f"{name}2_raw_log__", 2)):
            if value in density.slices:
                learned = True
                centre[density.slices[value]] = power * np.log(getattr(problem.likelihood, name))
    if learned:
        centre = _top(density, centre)
    is_parabola = prior.is_parabola_at_centre(problem.p)
    if isinstance(
        problem.likelihood, PiecewiseLinear
    ):  # differences across kinks say nothing: what is not known is as wide as its unit
        unit, matrix = np.ones(len(centre)), np.eye(len(centre))
        total = float(problem.likelihood.information_of_rows(problem.table.q).sum())
        unit[density.slices.get("a", slice(0, 0))] = total**-0.5
    else:
        curvature = density.curvature(_off_steep_kinks(density, centre, prior))
        unit, matrix = curvature.unit, curvature.matrix
    if prior.kinked or not is_parabola or problem.likelihood.kinked:
        at = density.slices["w"]
        smooth = is_parabola and not prior.kinked
        of_prior = prior.curvature(mode.coef) if smooth else np.diag((2 * _heights(prior, problem.p)) ** 2)
        H = np.zeros_like(matrix)
        H[at, at] = problem.information(mode.coef, mode.intercept) + of_prior
        rest = np.ones(len(centre), dtype=bool)
        rest[at] = False
        H[rest, rest] = 1 / unit[rest] ** 2
        unit = 1 / np.sqrt(np.abs(np.diag(H)))
        matrix = H * np.outer(unit, unit)
    # Tails far heavier than the curvature at the mode tells have to be learned.
    known = prior.convex and problem.likelihood.convex and (prior.kinked or is_parabola)
    if problem.likelihood.kinked or learned:
        known = known and density.is_plain  # nor is a scale that is learned
    return _rounded(centre, unit, matrix, known=known)


def _off_steep_kinks(density: LogDensity, x: Vector, prior: Prior) -> Vector:
    """The point itself; where the density is infinitely steep at zero, with the slopes there moved by their width."""
    with np.errstate(all="ignore"):
        if np.isfinite(density(x)[1]).all():
            return x
    moved, at = x.copy(), density.slices["w"]
    moved[at] = np.where(x[at] == 0, prior.widths(len(x[at])), x[at])
    return moved


def _heights(prior: Prior, p: int) -> Vector:
    """The density of each slope at zero, shape (p,); a slope's share of the whole where it has none of its own."""
    ones = [prior.marginal(j, p) for j in range(p)]
    share = prior.log_density(np.zeros(p)) / p
    return np.exp([share if one is None else one.log_density(np.zeros(1)) for one in ones])


def _rounded(centre: Vector, unit: Vector, matrix: Matrix, *, known: bool) -> Geometry:
    """Coordinates in which the curvature, in these units, is the identity; its widths alone where that cannot be."""
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:  # no maximum here once all is learned: only the widths are of use
        return Geometry(centre, np.diag(unit), known=False)
    L: Matrix = unit[:, np.newaxis] * solve_triangular(root, np.eye(len(centre)), lower=True).T
    return Geometry(centre, L, known=known)


def _top(density: LogDensity | CollapsedDensity, start: Vector | None = None) -> Vector:
    """The highest point of a density in the sampler's own coordinates, roughly: a place to start from."""

    def downhill(x: Vector) -> Evaluation:
        value, gradient = density(x)
        return -value, -gradient

    start = density.start if start is None else start
    with np.errstate(all="ignore"):  # a step may leave the real numbers: the line search comes back
        found = minimize(downhill, start, jac=True, method="BFGS")
    top: Vector = found.x
    return top if np.isfinite(density(top)[0]) else start


def _target(density: Density, where: Geometry) -> float:
    if isinstance(density, CollapsedDensity):
        return MOST_CAREFUL_ACCEPT if density.learns_noise else CAREFUL_ACCEPT
    if where.uneven:
        return MOST_CAREFUL_ACCEPT
    return TARGET_ACCEPT if where.known else USUAL_ACCEPT


def _blunted(density: Density, x: Vector, gradient: Vector, blunt: Vector) -> Vector:
    """The gradient; where slopes are all but zero, the one with these slopes a little further out.

    Any force that depends on the place alone leaves the draws exact, since a trajectory can be run backwards and keeps
    its volume, and the log density itself decides what is kept (Neal 2011, section 5.5.1). That next to an infinite
    slope throws a trajectory out of it.
    """
    at = density.slices["w"]
    w = x[at]
    near = np.abs(w) < blunt
    if not near.any():
        return gradient
    moved = x.copy()
    moved[at] = np.where(near, np.copysign(blunt, w), w)
    return density(moved)[1]


def _inside(density: FoldedDensity, x: Vector) -> Vector:
    """The same point with every slope moved off its edge, to where there is a curvature."""
    inside = x.copy()
    at = density.slices["w"]
    inside[at] = 1.0
    for _ in range(3):  # the widths are found from where they say
        inside[at] = np.maximum(x[at], density.inner.curvature(inside).unit[at])
    return inside


def sample(
    density: Density, where: Geometry, *, draws: int, chains: int, seed: int, warm_up: int | None = None
) -> tuple[Matrix, dict[str, Matrix], Cost]:
    """Draw from the posterior.

    Args:
        density: PyMC's log density, with its transforms.
        where: the coordinates to sample in.
        draws: kept draws of each chain.
        chains: number of chains, each from its own start.
        seed: same seed, same draws.
        warm_up: iterations that adapt; by default as many as the geometry leaves to learn.

    Returns:
        Draws of x, shape (chains, draws, size), nutpie's statistics by name, shape (chains, draws), and the cost.
    """
    mode, L, blunt = where.centre, where.L, where.blunt
    tune = warm_up or (TUNE if where.known else LONG_TUNE)
    called: list[array[float]] = []  # when each chain asked for a gradient

    def make_log_density() -> Callable[[Vector], Evaluation]:
        _keep_thread_state()
        np.seterr(all="ignore")  # in nutpie's thread: a step may leave the real numbers, and the sampler turns back
        times = array("d", [time.perf_counter()])
        called.append(times)

        def log_density(u: Vector) -> Evaluation:
            x = mode + L @ u
            value, gradient = density(x)
            if blunt is not None:
                gradient = _blunted(density, x, gradient, blunt)
            times.append(time.perf_counter())
            sloped = L.T @ gradient
            if np.count_nonzero(sloped) < len(sloped):
                # A flat coordinate, as between the few levels of a quantile regression, stops nutpie's start. Any
                # force that depends on the place alone leaves the draws right: the density accepts them.
                sloped[sloped == 0] = FLAT
            return value, sloped

        return log_density

    def make_expand(_seed1: int, _seed2: int, _chain: int) -> Callable[[Vector], dict[str, Vector]]:
        return lambda u: {"x": mode + L @ u}

    compiled = compiled_pyfunc.from_pyfunc(
        len(mode),
        make_log_density,
        make_expand,
        ["float64"],
        [(len(mode),)],
        ["x"],
        # Twice as wide as the posterior, so that R-hat has something to notice.
        make_initial_point_fn=lambda chain_seed: 2 * np.random.default_rng(chain_seed).standard_normal(len(mode)),
    )
    # One core: a call takes microseconds, and threads that wait for each other's lock make it three times slower.
    learning: dict[str, Any] = {} if where.known else {"adaptation": "low_rank"}
    sampler = nutpie.sample(
        compiled,
        draws=draws,
        tune=tune,
        target_accept=_target(density, where),
        **learning,
        chains=chains,
        cores=1,
        seed=int(np.random.SeedSequence(seed).generate_state(1)[0]),  # any whole number will do
        save_warmup=False,
        progress_bar=False,
        blocking=False,
    )
    try:
        trace = sampler.wait()
    except BaseException:
        sampler.cancel()  # nutpie's own answer to Ctrl-C is a shorter trace, which nobody asked for
        raise
    told = trace.sample_stats
    statistics = {name: told[name].to_numpy() for name in KEPT_STATISTICS}
    return trace.posterior["x"].to_numpy(), statistics, _cost(called, statistics["n_steps"].sum(axis=1), tune)


def _cost(called: list[array[float]], steps: Vector, tune: int) -> Cost:
    """From when each chain asked for its gradients, one chain after another: the last ``steps`` made the kept draws."""
    chains = [times for times in called if len(times) > 1]
    how = "one chain after another, on one core"
    if len(chains) != len(steps):  # another way to call it: then nobody knows whose gradients these are
        return Cost(draw_gradients=int(steps.sum()), warm_up=tune, chain_method=how)
    ends = [len(times) - 1 - int(kept) for times, kept in zip(chains, steps, strict=True)]
    return Cost(
        warm_up_seconds=sum(times[end] - times[0] for times, end in zip(chains, ends, strict=True)),
        draw_seconds=sum(times[-1] - times[end] for times, end in zip(chains, ends, strict=True)),
        warm_up_gradients=sum(ends),
        draw_gradients=int(steps.sum()),
        warm_up=tune,
        chain_method=how,
    )


def _keep_thread_state() -> None:
    """Let the calling thread, which is nutpie's, keep its Python state until the process ends: 9 kB a run.

    Python makes and drops a state around each call from a thread that has none, which takes 15 us, as long as the call.
    """
    ctypes.pythonapi.PyGILState_Ensure()
