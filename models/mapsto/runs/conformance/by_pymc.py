"""A prior as PyMC has it: the same density, the same mode, and for learned scales the same draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.certificate.facts.places import points, raw_points
from mapsto.certificate.facts.prior import OPERATIONS
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Outcome
from mapsto.posteriors.closed_form import Solution, closed_form
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.rounding import gamma
from mapsto.runs.conformance.prior_and_data import FEW, is_same_mode, is_stationary

FALSE_ALARM = 1e-6  # probability that a right prior fails a comparison of draws


def density_is_pymcs(prior: Prior, p: int = 3) -> Comparisons:
    """log_density equals the logp of the variable that PyMC samples, inside and past the edge.

    The variable comes of the prior's family, or of its expression where PyMC has no name for it.
    """
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt

    from mapsto.engines.pymc.families import slopes

    with pm.Model(coords={"feature": [f"x{j}" for j in range(p)]}) as model:
        variable = slopes(prior, p, np.float64(1.0))
    yield holds(model.named_vars.get("w") is variable, "it is not in the model by its name")
    yield holds(model.named_vars_to_dims.get("w") == ("feature",), "it is not along its dimension")
    if prior.no_mode:
        return
    value = pt.vector("value", dtype="float64")
    logp = pytensor.function([value], pm.logp(variable, value), mode="FAST_COMPILE")
    for w in [*points(prior, p), *raw_points(prior, p)]:
        ours, theirs = prior.log_density(w), logp(w)
        if np.isinf(ours):
            yield holds(bool(theirs.sum() == ours), "it ends elsewhere")
            continue
        size = abs(ours) + np.abs(theirs).sum() + abs(prior.penalty(w)) + p
        yield Seen(
            float(abs(ours - theirs.sum())),
            float(gamma(OPERATIONS * p) * size),
            f"PyMC's log density is {float(theirs.sum()):.6g}, and log_density {ours:.6g}",
        )


def pymc_agrees(problem: Problem, prior: Prior) -> Comparisons:
    """PyMC's log density has its mode where the other engines have theirs, and that is a stationary point."""
    import pytensor

    from mapsto.engines.direct import solve as via_direct
    from mapsto.engines.pymc import mode as via_pymc
    from mapsto.engines.pymc.densities.log_density import LogDensity
    from mapsto.engines.pymc.model import statistics_model

    if prior.no_mode:
        return
    solution = closed_form(problem, prior)
    ours = solution.mode if isinstance(solution, Solution) else via_direct.solve(problem, prior, FEW)
    near = (ours,) if isinstance(ours, Estimate) else ()

    def search() -> Outcome:
        density = LogDensity(statistics_model(problem, prior), problem.statistics.x_mean, as_sampled=False)
        return via_pymc.find_mode(problem, prior, density, near)

    try:
        with pytensor.config.change_flags(cxx=""):  # plain Python: compiling takes longer than these few calls
            found = search()
    except NotImplementedError:  # an expression of more parts than plain Python takes at once
        found = search()
    if not isinstance(found, Estimate):
        yield holds(False, f"PyMC's search failed: {found}")
        return
    yield from is_stationary(problem, prior, found.coef, found.backward)
    for one in near:
        yield from is_same_mode(problem, prior, one, found)


def scales_are_pymcs(prior: Prior, p: int = 2, size: int = 3_000) -> Comparisons:
    """Draws of the scales, and of slopes made with them, are distributed as PyMC's own.

    Two empirical distributions of one law differ by more than the sum of the two DKW bounds with a probability of at
    most the two tails together (Massart 1990, Annals of Probability 18(3), corollary 1). Compared are the scale of each
    slope, the ratio of two scales and each slope itself.
    """
    import pymc as pm

    from mapsto.engines.pymc.families import slopes

    if not isinstance(prior, ScaleMixture):
        return
    with pm.Model(coords={"feature": [f"x{j}" for j in range(p)]}) as model:
        slopes(prior, p, np.float64(1.0))
    wanted: Any = [model["w_scale"], model["w"]]
    scales, drawn = pm.draw(wanted, draws=size, random_seed=3, mode="FAST_COMPILE")
    rng = np.random.default_rng(4)
    ours = prior.scales(10 * size, p, rng)
    yield holds(ours.shape == (10 * size, p), "the shape of the scales")
    if ours.shape != (10 * size, p):
        return
    made = ours * rng.standard_normal(ours.shape)

    def facts(s: Matrix, w: Matrix) -> list[Vector]:
        return [*s.T, *w.T, *(s[:, 0] / s[:, j] for j in range(1, p)), *(w[:, 0] * w[:, j] for j in range(1, p))]

    pairs = list(zip(facts(ours, made), facts(scales, drawn), strict=True))
    tail = FALSE_ALARM / (2 * len(pairs))  # of one sample in one comparison
    bound = float(sum(np.sqrt(np.log(2 / tail) / (2 * len(sample))) for sample in pairs[0]))
    for one, other in pairs:
        yield Seen(_distance(one, other), bound, "the distribution of the scales against PyMC's draws")


def _distance(one: Vector, other: Vector) -> float:
    """Largest gap between two empirical distribution functions; a tie within rounding is a tie."""
    pair = [np.sort(sample.astype(np.float32)) for sample in (one, other)]
    both = np.concatenate(pair)
    below = [np.searchsorted(sample, both, side="right") / len(sample) for sample in pair]
    return float(np.abs(below[0] - below[1]).max())
