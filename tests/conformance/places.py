"""Where a prior lives: its centre, its widths, and slopes to look at it from."""

from dataclasses import replace

import numpy as np

from mapsto.priors import MultivariateNormal


def centre(prior, p):
    """Where the penalty is zero, shape (p,)."""
    return prior.centre(p)


def widths(prior, p):
    """Lengths on which the density of each slope lives, shape (p,): one over its height at the centre.

    A coupled prior whose slopes have no density of their own is measured by its curvature there, as a Normal one is.
    """
    if prior.no_mode:
        return np.median(prior.scales(1_001, p, np.random.default_rng(0)), axis=0)
    ones = [prior.marginal(j, p) for j in range(p)]
    if None in ones:
        return np.sqrt(2 * np.pi / np.diag(prior.curvature(centre(prior, p))))
    return np.array([np.exp(-one.log_density(centre(one, 1))) for one in ones])


def raw_points(prior, p=3):
    """Slopes at random and far out on all sides, in the prior's widths, wherever the prior ends; none on a kink."""
    rng = np.random.default_rng(11)
    signs = rng.choice([-1.0, 1.0], (8, p))
    sizes = np.concatenate([rng.uniform(0.05, 3.0, (6, p)), rng.uniform(10.0, 1000.0, (2, p))])
    return list(centre(prior, p) + widths(prior, p) * signs * sizes)


def points(prior, p=3):
    """The centre, then slopes as in :func:`raw_points`, but inside: on the positive side of a prior with an edge."""
    found = [w if np.isfinite(prior.log_density(w)) else np.abs(w) for w in raw_points(prior, p)]
    return [centre(prior, p), *found]


def is_symmetric(prior, p=3):
    """Whether w and -w are equally likely."""
    return all(prior.penalty(-w) == prior.penalty(w) for w in points(prior, p))


def permuted(prior, order):
    """The prior of the slopes in another order: every parameter with a number for each slope goes along.

    Where the order of the columns means something, a Normal prior is still one of any order; None if it is not Normal.
    """
    if prior.ordered:
        normal = prior.gaussian(len(order))
        if normal is None:
            return None
        C = normal.matrix[order] @ normal.matrix[order].T
        return MultivariateNormal(normal.mean[order], (C + C.T) / 2)

    def turned(value):
        rows = [value[j] for j in order]
        return tuple(turned(row) if isinstance(row, tuple) else row for row in rows)

    return replace(prior, **{name: turned(v) for name, v in prior.params.items() if isinstance(v, tuple)})


def wider(prior, factor):
    """The prior of the slopes in another unit: every length times ``factor``, as the prior itself says."""

    def times(value, by):
        return tuple(times(one, by) for one in value) if isinstance(value, tuple) else value * by

    known = {name: power for name, power in prior.lengths.items() if name in prior.params}
    return replace(prior, **{name: times(prior.params[name], float(factor) ** power) for name, power in known.items()})
