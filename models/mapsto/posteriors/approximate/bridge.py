r"""The evidence by bridge sampling: from draws of the posterior and of a Gaussian, with its error.

    p(y)  =  E_g[h(w) p(y, w)] / E_post[h(w) g(w)],      h = 1 / (s_1 p(y, w) / p(y) + s_2 g(w))

g is the Gaussian with the moments of the first half of the draws; the second half is asked. Sources: Meng &
Wong (1996), Statistica Sinica 6, equations 4.1 and 4.2; the error is that of Fruehwirth-Schnatter (2004), Econometrics
Journal 7, as in Gronau et al. (2017), Journal of Mathematical Psychology 81, equation 17.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from mapsto.data.statistics import Matrix, Vector
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior
from mapsto.scales import LOG_2PI

ROUNDS = 100
CLOSE = 1e-10  # a change of the log evidence that is far below any error of it


@dataclass(frozen=True)
class Bridge:
    """The log evidence by bridge sampling, in nats, and its Monte Carlo standard error; never exact."""

    log_evidence: float
    error: float


def bridge(problem: Problem, prior: Prior, draws: Matrix, most: int = 1_000, seed: int = 1) -> Bridge:
    """The evidence of slopes and intercept, all else held.

    Args:
        problem: rows and a likelihood whose scale and parameters are known.
        prior: of the slopes, with an integral; the intercept's flat prior has density 1.
        draws: of slopes, then the intercept where there is one, shape (chains, draws, k).
        most: how many draws of the posterior, and of the Gaussian, the joint density is worked out at.
        seed: of the Gaussian's draws.
    """
    from arviz_stats.base import array_stats  # type: ignore[attr-defined]  # imported late, with ArviZ

    chains, size, k = draws.shape
    first, second = draws[:, : size // 2].reshape(-1, k), draws[:, size // 2 :]
    some = np.unique(np.linspace(0, second.shape[1] - 1, max(2, most // chains)).astype(int))
    asked = second[:, some]
    mean, root = first.mean(axis=0), np.linalg.cholesky(np.atleast_2d(np.cov(first.T)))
    count = asked.shape[0] * asked.shape[1]
    proposed = mean + np.random.default_rng([seed, 5]).standard_normal((count, k)) @ root.T

    def ratios(points: Matrix) -> Vector:
        """log p(y, w) - log g(w)."""
        standard = solve_triangular(root, (points - mean).T, lower=True)
        of_g = -0.5 * (standard**2).sum(axis=0) - 0.5 * k * LOG_2PI - float(np.log(np.diag(root)).sum())
        p = problem.p
        joint = [
            prior.log_density(point[:p])
            + problem.log_likelihood(point[:p], float(point[p]) if problem.intercept else 0.0)
            for point in points
        ]
        return np.asarray(np.array(joint) - of_g)

    posterior, gaussian = ratios(asked.reshape(-1, k)), ratios(proposed)
    shape = asked.shape[:2]
    worth = float(array_stats.ess(posterior.reshape(shape), chain_axis=0, draw_axis=1, method="mean"))  # type: ignore[no-untyped-call]
    worth = min(worth, count) if math.isfinite(worth) else count
    s1, s2 = math.log(worth / (worth + count)), math.log(count / (worth + count))
    log_evidence = float(np.median(posterior))
    for _ in range(ROUNDS):
        above = logsumexp(gaussian - np.logaddexp(s1 + gaussian, s2 + log_evidence)) - math.log(count)
        below = logsumexp(-np.logaddexp(s1 + posterior, s2 + log_evidence)) - math.log(count)
        last, log_evidence = log_evidence, float(above - below)
        if abs(log_evidence - last) < CLOSE:
            break
    f1 = np.exp(gaussian - log_evidence - np.logaddexp(s1 + gaussian - log_evidence, s2))
    f2 = np.exp(-np.logaddexp(s1 + posterior - log_evidence, s2))
    held = float(array_stats.ess(f2.reshape(shape), chain_axis=0, draw_axis=1, method="mean"))  # type: ignore[no-untyped-call]
    held = min(held, count) if math.isfinite(held) else count
    variance = f1.var() / f1.mean() ** 2 / count + f2.var() / f2.mean() ** 2 / held
    return Bridge(log_evidence, math.sqrt(float(variance)))
