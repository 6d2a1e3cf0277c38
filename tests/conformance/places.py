"""Where a prior lives: its centre, its widths, and slopes to look at it from."""

import numpy as np


def centre(prior, p):
    """Where the penalty is zero, shape (p,): the prior's mean if it has one, else zero."""
    mean = 0.0 if prior.no_mode else prior.params.get("mean", 0.0)
    return np.array(np.broadcast_to(np.asarray(mean, dtype=float), (p,)))


def widths(prior, p):
    """Lengths on which the density of each slope lives, shape (p,): one over its height at the centre."""
    if prior.no_mode:
        return np.median(prior.scales(1_001, p, np.random.default_rng(0)), axis=0)
    ones = [prior.of_one(j) for j in range(p)]
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
    """The prior of the slopes in another order: every parameter with a number for each slope goes along."""
    from dataclasses import replace

    def turned(value):
        rows = [value[j] for j in order]
        return tuple(turned(row) if isinstance(row, tuple) else row for row in rows)

    return replace(prior, **{name: turned(v) for name, v in prior.params.items() if isinstance(v, tuple)})


# Parameters that are lengths in the slopes' own units, and the power in which they are.
LENGTHS = {"scale": 1, "mean": 1, "laplace_scale": 1, "normal_scale": 1, "covariance": 2}


def wider(prior, factor):
    """The prior of the slopes in another unit: every length times ``factor``."""
    from dataclasses import replace

    def times(value, by):
        return tuple(times(one, by) for one in value) if isinstance(value, tuple) else value * by

    known = {name: times(v, factor ** LENGTHS[name]) for name, v in prior.params.items() if name in LENGTHS}
    return replace(prior, **known)
