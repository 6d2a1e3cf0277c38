"""Where a prior lives, as the package says; and how a prior looks from the other side or in another order."""

from dataclasses import replace

from mapsto.certificate.facts.places import points, raw_points, wider, widths
from mapsto.priors import MultivariateNormal

__all__ = ["centre", "is_symmetric", "permuted", "points", "raw_points", "wider", "widths"]


def centre(prior, p):
    """Where the penalty is zero, shape (p,)."""
    return prior.centre(p)


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
