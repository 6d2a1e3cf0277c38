"""The density of a prior with learned scales is that of Normal slopes averaged over draws of its scales."""

from __future__ import annotations

import numpy as np

from mapsto.certificate.facts.places import points
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture


def density_is_the_average(prior: Prior, p: int = 2, size: int = 40_000) -> Comparisons:
    """log_density is that of Normal slopes averaged over fresh draws of the scales, to their Monte Carlo error."""
    if not isinstance(prior, ScaleMixture):
        return
    s = prior.scales(size, p, np.random.default_rng(8))
    yield holds(bool((s > 0).all()), "a scale is not positive")
    for w in points(prior, p)[1:7]:
        logs = -0.5 * ((w / s) ** 2).sum(axis=1) - np.log(s).sum(axis=1) - 0.5 * p * np.log(2 * np.pi)
        heights = np.exp(logs - logs.max())
        average = np.log(heights.mean()) + logs.max()
        # of the fresh average, and of the prior's own, which may be an average over half as many
        error = np.sqrt(3) * heights.std() / heights.mean() / np.sqrt(size)
        # 6.5 standard errors: less than one in a million for all places together; the rest is that log is not straight
        off = abs(prior.log_density(w) - average)
        yield Seen(float(off), float(6.5 * error + (6.5 * error) ** 2), "the average over fresh draws of the scales")
