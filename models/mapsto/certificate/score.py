r"""Do the draws have our score? Stein's identities on draws, where no exact posterior is at hand.

    E[h'(x_j) + h(x_j) d/dx_j log p(x)] = 0

for every coordinate and every smooth bounded h, where x has the density p. Two are asked for each coordinate, one that
finds a shift (h = 1) and one that finds another width (h = x - m, bounded), and the sum of the latter over the slopes.
At a kink or an edge at zero h is zero, so that no slope has to be finite there. Source: Stein (1972), Proc. Sixth
Berkeley Symposium 2; Gorham & Mackey (2015), Advances in Neural Information Processing Systems 28, equation 3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from scipy.special import ndtri

from mapsto.certificate.checks import Check
from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.marks import quoted
from mapsto.posteriors.joint.point import learned_scales
from mapsto.posteriors.joint.score import scores
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture

FALSE_ALARM = 1e-9
"""Of Normal means. The terms are skewed, and so far out a thousand of them exceed a bound more often than that."""
DRAWS = 1000
"""How many draws are asked: with these a width is known to 3 % of itself."""
FEWEST = 200
ENTRIES = 4e8
"""Of the rows that are read at most, all draws together, unless that leaves fewer draws than ``FEWEST``."""

NAMES = {"b": "the intercept", "sigma": r"$\log\sigma$", "w_sd": r"$\log\sigma_w$"}

Found = tuple[str, Vector]


def score_checks(problem: Problem, prior: Prior, drawn: Mapping[str, Matrix], sampler: str) -> list[Check]:
    """The check that the draws have the score of the joint density; none where it is not stated.

    Args:
        problem: data and likelihood.
        prior: as it was given.
        drawn: by name, shape (chains, draws, ...): ``w``, ``b``, and each learned scale.
        sampler: what names the check.
    """
    names = learned_scales(problem, prior)
    several = isinstance(prior, ScaleMixture) and prior.learned_scale() is None
    missing = [name for name in (*names, *(("b",) if problem.intercept else ())) if name not in drawn]
    if several or missing:
        return []
    from arviz_stats.base import array_stats  # type: ignore[attr-defined]  # imported late, with ArviZ

    some = _thinned(problem, drawn)
    chains, draws = some["w"].shape[:2]
    flat = {name: part.reshape(chains * draws, *part.shape[2:]) for name, part in some.items()}
    try:
        score = scores(
            problem, prior, flat["w"], flat.get("b") if problem.intercept else None, {n: flat[n] for n in names}
        )
    except ArithmeticError:
        return []
    found = list(_identities(problem, prior, flat, score))
    worst, where = 0.0, ""
    for name, values in found:
        shaped = values.reshape(chains, draws)
        spread = float(values.std(ddof=1))
        size = float(array_stats.ess(shaped, chain_axis=0, draw_axis=1, method="mean"))  # type: ignore[no-untyped-call]
        off = abs(float(values.mean())) * math.sqrt(size) / spread if spread > 0 else math.inf
        if not off <= worst:
            worst, where = off, name
    tolerance = -float(ndtri(FALSE_ALARM / (2 * len(found))))
    reason = (
        f"The mean of the score over {chains * draws} draws in {len(found)} of Stein's identities, each zero for draws "
        f"of this posterior, in Monte Carlo standard errors; the largest is that of {where}."
    )
    return [Check(f"{sampler}-draws-have-our-score", worst, tolerance, reason)]


def _thinned(problem: Problem, drawn: Mapping[str, Matrix]) -> dict[str, Matrix]:
    """Evenly spaced draws of every chain."""
    chains, draws = drawn["w"].shape[:2]
    read = 1 if problem.likelihood.has_statistics else problem.n
    most = max(FEWEST, min(DRAWS, int(ENTRIES / (read * problem.p))))
    keep = np.unique(np.linspace(0, draws - 1, max(2, most // chains)).astype(int))
    return {name: np.asarray(part)[:, keep] for name, part in drawn.items()}


def _identities(
    problem: Problem, prior: Prior, drawn: Mapping[str, Matrix], score: Mapping[str, Matrix]
) -> Iterator[Found]:
    """Each identity's values at the draws, by what to call it; every coordinate in units of its own width."""
    for name, by in score.items():
        x = drawn[name].reshape(by.shape)
        x = x if name in ("w", "b") else np.log(x)
        m = np.median(x, axis=0)
        s = np.median(np.abs(x - m), axis=0)
        s = np.where(s > 0, s, 1.0)
        g, (h, dh) = by * s, _bounded((x - m) / s)
        f, df = np.ones_like(x), np.zeros_like(x)
        if name == "w" and prior.kinked:
            c = np.maximum(np.abs(m), s)
            f, df = _bounded(x / c)
            df = df * s / c
        shift, width = df + f * g, df * h + f * dh + f * h * g
        for k in range(by.shape[1]):
            called = quoted(problem.features[k]) if name == "w" else _called(problem, name)
            yield f"{called}, which finds a shift", shift[:, k]
            yield f"{called}, which finds another width", width[:, k]
        if name == "w" and by.shape[1] > 1:
            yield "all slopes together, which finds another width", width.sum(axis=1)


def _called(problem: Problem, name: str) -> str:
    return NAMES[name] if name in NAMES else rf"$\log {problem.likelihood.learnable[name]}$"


def _bounded(z: Matrix) -> tuple[Matrix, Matrix]:
    """z / sqrt(1 + z^2), and its derivative."""
    root = np.sqrt(1 + z**2)
    return z / root, root**-3
