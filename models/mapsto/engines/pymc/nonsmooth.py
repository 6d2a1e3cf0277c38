"""Climbing PyMC's log density where it has kinks or an edge at zero, to coefficients that are exactly zero.

Coefficients are either held at zero or free on one side of it. Newton's step moves the free ones; those that would
cross zero stop there and are held; a held one is let go, to the side that the data pull it to, where the prior's
subdifferential does not hold it. Source: Lee, Battle, Raina & Ng (2007), "Efficient sparse coding algorithms", NIPS 19,
algorithm 1 (feature-sign search), which ends after finitely many steps.
"""

from __future__ import annotations

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.pymc.densities.log_density import LogDensity
from mapsto.priors.base import Prior

Groups = tuple[tuple[int, ...], ...]

ROUNDS = 30  # of Newton's method where the curvature moves along
OFF_ZERO = 1e-9  # how far a coefficient is first moved off zero, in its own widths
BESIDE = 1e-60  # how far beside a kink a slope is taken, in its own widths: too little to move the data's part
HELD = 1e-11  # relative pull beyond the subdifferential that rounding explains
FLAT = 1e-10  # relative curvature that differences of the gradient cannot tell from none, nor its sign
FAR = 0.1 / FLAT  # how far to go where there is none, in units of the slope: short of any peak that is there


def maximise(density: LogDensity, prior: Prior, x: Vector, *, quadratic: bool = True) -> Vector:
    """The highest point of a log density that is concave and smooth but for zeros of w.

    Args:
        density: the log density.
        prior: tells what holds a coefficient at zero.
        x: where to start; the slopes start at zero where the data's part is quadratic.
        quadratic: whether the data's part is quadratic, so that its curvature is the same everywhere.
    """
    at = density.slices["w"]
    p = at.stop - at.start
    if (groups := prior.groups(p)) is not None:
        return maximise_groups(density, prior, groups, x)
    unit, H = _off_kinks(density, x, at)
    x = x.copy()
    if quadratic:
        x[at] = 0.0
    for _ in range(50 * (p + 1)):
        x = _free_step(density, x, at, H if quadratic else beside_zero(density, x, at, unit))
        w, gradient = x[at], _of_data(density, prior, x, at, unit)
        pull = np.where(w == 0, prior.stationarity(w, -gradient), 0.0) * unit[at]
        # an edge lets go on one side only, where the pull is not infinite
        j = int(np.argmax(pull))
        if not pull[j] > HELD * (1 + np.abs(gradient * unit[at]).max()):
            break
        x[at.start + j] = np.sign(gradient[j]) * OFF_ZERO * unit[at.start + j]
    for _ in range(1 if quadratic else ROUNDS):
        before, x = x, _free_step(density, x, at, H if quadratic else beside_zero(density, x, at, unit))
        if (x == before).all():
            break
    return x


def _of_data(density: LogDensity, prior: Prior, x: Vector, at: slice, unit: Vector) -> Vector:
    """What the data add to the gradient in the slopes, shape (p,): taken beside the kinks and without the prior's.

    At a kink it is for PyTensor to choose which slope it gives, so that a point just above zero is asked instead.
    """
    beside = x.copy()
    beside[at] = np.where(x[at] == 0, BESIDE * unit[at], x[at])
    gradient: Vector = density(beside)[1][at] + prior.slope(beside[at])
    return gradient


def beside_zero(
    density: LogDensity, x: Vector, at: slice, unit: Vector, share: float = 0.5, near: Vector | None = None
) -> Matrix:
    """Minus the Hessian at x by central differences that stay on each coefficient's side of zero.

    Args:
        density: the log density.
        x: where, shape (size,).
        at: where the slopes are in x.
        unit: widths of the coordinates, shape (size,): steps are short beside these.
        share: steps are at most this share of a slope.
        near: how far each slope is from a kink, shape (p,); by default its distance from zero.
    """
    step = 1e-5 * unit
    w = np.abs(x[at]) if near is None else near
    step[at] = np.minimum(step[at], np.where(w > 0, share * w, step[at]))
    columns = []
    for j in range(len(x)):
        ahead, behind = x.copy(), x.copy()
        ahead[j] += step[j]
        behind[j] -= step[j]
        columns.append((density(behind)[1] - density(ahead)[1]) / (ahead[j] - behind[j]))
    H: Matrix = np.column_stack(columns)
    return np.asarray((H + H.T) / 2)


def _off_kinks(density: LogDensity, x: Vector, at: slice) -> tuple[Vector, Matrix]:
    """Widths, and minus the Hessian, at a point a width inside the positive orthant: no step there meets a kink."""
    inside = x.copy()
    inside[at] = 1.0
    for _ in range(3):  # the widths are found from where they say
        curvature = density.curvature(inside)
        inside[at] = curvature.unit[at]
    return curvature.unit, curvature.matrix / np.outer(curvature.unit, curvature.unit)


def _free_step(density: LogDensity, x: Vector, at: slice, H: Matrix) -> Vector:
    """Newton steps among the coefficients that are free, on their side of zero, until they stop helping."""
    best = np.inf
    for _ in range(4 * len(x) + 20):
        free = np.ones(len(x), dtype=bool)
        free[at] = x[at] != 0
        gradient = density(x)[1]
        scale = np.sqrt(np.diag(H)[free])
        reduced = H[np.ix_(free, free)] / np.outer(scale, scale)
        step, pull = np.zeros(len(x)), gradient[free] / scale
        newton = np.linalg.lstsq(reduced, pull, rcond=FLAT)[0]
        # what no curvature answers (more free than the data hold) leads straight up until a coefficient is zero
        left = pull - reduced @ newton
        known = HELD * (1 + np.linalg.norm(pull) + np.linalg.norm(x[free] * scale))
        step[free] = (newton + FAR * left * (np.linalg.norm(left) > known)) / scale
        ahead = x + step
        crossing = np.zeros(len(x), dtype=bool)
        crossing[at] = (x[at] != 0) & (np.sign(ahead[at]) != np.sign(x[at]))
        if crossing.any():
            x, best = _stop_at_zero(density, x, step, crossing), np.inf
            continue
        size = float(np.linalg.norm(gradient[free] / scale))
        if not size < best:
            break
        x, best = ahead, size
    return x


def _stop_at_zero(density: LogDensity, x: Vector, step: Vector, crossing: Vector) -> Vector:
    """The best point on the way to x + step at which some coefficient is exactly zero."""
    shares = -x[crossing] / step[crossing]
    candidates = []
    for share in np.unique(shares):
        point = x + share * step
        gone = crossing.copy()
        gone[crossing] = shares <= share
        point[gone] = 0.0
        candidates.append(point)
    best: Vector = max(candidates, key=lambda point: density(point)[0])
    return best


def maximise_groups(density: LogDensity, prior: Prior, groups: Groups, x: Vector) -> Vector:
    """As :func:`maximise`, where groups of coefficients are held at zero as a whole.

    Groups are let go one at a time, along the pull of the data. Newton's method moves those that are free, and a
    group whose absence is no worse is held again.
    """
    at = density.slices["w"]
    unit, _ = _off_kinks(density, x, at)
    x = x.copy()
    x[at] = 0.0
    x = _free_groups(density, groups, x, at, unit)
    for _ in range(50 * (len(groups) + 1)):
        w, gradient = x[at], _of_data(density, prior, x, at, unit)
        pull = np.where(w == 0, prior.stationarity(w, -gradient), 0.0) * unit[at]
        block = max((list(group) for group in groups), key=lambda one: float(np.linalg.norm(pull[one])))
        if not np.linalg.norm(pull[block]) > HELD * (1 + np.abs(gradient * unit[at]).max()):
            break
        let_go = _let_go(density, x, at, block, gradient[block] * unit[at][block] ** 2)
        if let_go is None:
            break
        x = _free_groups(density, groups, let_go, at, unit)
    return x


def _let_go(density: LogDensity, x: Vector, at: slice, block: list[int], along: Vector) -> Vector | None:
    """A point with the group off zero that is higher; None where rounding hides it."""
    here = density(x)[0]
    for share in 0.5 ** np.arange(60.0):
        ahead = x.copy()
        ahead[at.start + np.array(block)] = share * along
        if density(ahead)[0] > here:
            return ahead
    return None


def _free_groups(density: LogDensity, groups: Groups, x: Vector, at: slice, unit: Vector) -> Vector:
    """Newton steps among what is off zero, each no lower than the last; groups without which it is no lower go."""
    for _ in range(ROUNDS * 10):
        value, gradient = density(x)
        for group in groups:
            without = x.copy()
            without[at.start + np.array(group)] = 0.0
            if x[at][list(group)].any() and density(without)[0] >= value:
                x = without
                value, gradient = density(x)
        lengths = np.zeros(at.stop - at.start)
        for group in groups:
            lengths[list(group)] = np.linalg.norm(x[at][list(group)])
        free = np.ones(len(x), dtype=bool)
        free[at] = lengths > 0
        H = beside_zero(density, x, at, unit, 1e-3, lengths)[np.ix_(free, free)]
        width = 1 / np.sqrt(np.maximum(np.abs(np.diag(H)), np.finfo(float).tiny))
        step = np.zeros(len(x))
        step[free] = width * np.linalg.lstsq(H * np.outer(width, width), gradient[free] * width)[0]
        size = float(np.linalg.norm(gradient[free] * width))
        for share in 0.5 ** np.arange(30.0):
            ahead = x + share * step
            higher, next_gradient = density(ahead)
            rounding = 1e-13 * (1 + abs(value))
            shrinks = float(np.linalg.norm(next_gradient[free] * width)) < size
            if higher > value + rounding or (higher >= value - rounding and shrinks):
                break
        else:
            return x
        x = ahead
    return x
