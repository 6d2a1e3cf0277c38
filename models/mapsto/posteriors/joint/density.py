r"""Our own log p(y, w, b, log s) and its gradient, from the facts of likelihood and prior, in NumPy alone.

    log p  =  log p(y | w, b, sigma)  +  log p(w | scales)  +  sum_s [log p(s) + log s]

Every constant is kept; the flat prior on b is 1. The last term is the Jacobian of s = exp(log s). No engine has a part
in it, which is why engines are compared with it (see ``certificate/gate.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.sigma import Known
from mapsto.posteriors.joint.point import DensityAt, Point, learned_scales
from mapsto.priors.base import Prior

STEP = 0.005  # of a difference in the logarithm of a scale: its sixth power is near rounding
STENCIL = (45 / 60, -9 / 60, 1 / 60)  # Fornberg (1988), Mathematics of Computation 51(184), table 1, sixth order


@dataclass(frozen=True, eq=False)
class JointAt(DensityAt):
    """Our own density at a point, with the size of the parts that cancel in it: rounding errs relative to these.

    Attributes:
        size: of the parts of the value, in nats.
        gradient_size: of the parts of the gradient, coordinate by coordinate.
    """

    size: float = 0.0
    gradient_size: Vector = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, eq=False)
class _Term:
    """One term: its value, its derivatives by the blocks of coordinates that move it, and the sizes of both."""

    value: float
    size: float
    slopes: dict[str, Vector]
    sizes: dict[str, Vector]


def joint_at(problem: Problem, prior: Prior, point: Point) -> JointAt:
    """The log density of data and parameters at a point, and its gradient.

    Args:
        problem: rows and likelihood.
        prior: as it was given; one in units of sigma follows a learned sigma.
        point: in the coordinates of this question (see ``learned_scales``), off the kinks of the prior.

    Raises:
        ValueError: a point with the coordinates of another question.
    """
    if set(point.log_scales) != set(learned_scales(problem, prior)) or (point.b is not None) != problem.intercept:
        raise ValueError(f"the coordinates {', '.join(point.names)} are not those of this question")
    terms = list(_terms(problem, prior, point))
    blocks = ["w", *(["b"] if point.b is not None else []), *sorted(point.log_scales)]

    def joined(which: Callable[[_Term], dict[str, Vector]]) -> Vector:
        empty = {name: np.zeros(problem.p if name == "w" else 1) for name in blocks}
        return np.concatenate(
            [sum((which(t)[name] for t in terms if name in which(t)), empty[name]) for name in blocks]
        )

    return JointAt(
        sum(term.value for term in terms),
        joined(lambda term: term.slopes),
        size=sum(term.size for term in terms),
        gradient_size=joined(lambda term: term.sizes),
    )


def _terms(problem: Problem, prior: Prior, point: Point) -> Iterator[_Term]:
    log_sigma = point.log_scales.get("sigma")
    sigma = problem.noise_sd if log_sigma is None else math.exp(log_sigma)
    yield _of_data(problem, point, sigma)
    learned = prior.learned_scale()
    if learned is None:
        yield _of_slopes(prior.at(sigma), point.w, "sigma" if prior.in_units_of_sigma else "")
    else:
        yield _of_slopes(learned.given(math.exp(point.log_scales["w_sd"])), point.w, "w_sd")
        yield _of_scale(learned.log_density, point.log_scales["w_sd"], "w_sd")
    if problem.noise_prior is not None and log_sigma is not None:
        yield _of_scale(problem.noise_prior.log_density, log_sigma, "sigma")
    for name, belief in problem.learns.items():
        yield _of_scale(belief.log_density, point.log_scales[name], name)


def _of_data(problem: Problem, point: Point, sigma: float) -> _Term:
    """The log likelihood. Its noise is u = (y - eta) / sigma where it has a scale: d/d log sigma is -1 - u d/du."""
    (X, y), q, b = problem.table.rows, problem.table.q, point.b or 0.0
    logs = {name: point.log_scales[name] for name in problem.learns}
    likelihood = likelihood_at(problem, sigma, {name: math.exp(log) for name, log in logs.items()})
    eta = problem.table.predictor(point.w, b)
    rows, slope = likelihood.log_density(y, eta, q), -likelihood.gradient(y, eta, q)
    # what cancels in the predictor, and in y - eta or, behind a link, in y less its mean
    parts = np.abs(X) @ np.abs(point.w) + abs(b) + (np.abs(y) if likelihood.location else 0.0)
    bent = np.abs(likelihood.majoriser(y, eta, q))
    moves = bent * parts + np.abs(slope)
    through = np.zeros(len(y))
    if not likelihood.location:
        # a program that goes through a probability p has 1 - p with an error of its own
        through = q * np.exp(np.abs(eta))
        moves = moves + q * (np.abs(y) + np.abs(likelihood.mean(eta))) + through
    slopes = {"w": X.T @ slope, "b": np.array([slope.sum()])}
    sizes = {"w": np.abs(X).T @ moves, "b": np.array([moves.sum()])}
    if problem.sigma is not None:
        slopes["sigma"] = np.array([(y - eta) @ slope - len(y)])
        sizes["sigma"] = np.array([parts @ moves + len(y)])
    size = float(np.abs(rows).sum() + np.abs(slope) @ parts + through.sum())
    for name, log in logs.items():
        size += len(y) * math.exp(log) * (1 + abs(log))  # the log Gamma functions of a parameter cancel
        slopes[name] = np.array([slope_by_log_parameter(likelihood, name, y, eta, q)])
        sizes[name] = np.array([size / STEP])
    return _Term(float(rows.sum()), size, slopes, sizes)


def likelihood_at(problem: Problem, sigma: float, values: Mapping[str, float]) -> Likelihood:
    """The likelihood at values of what is learned of the noise."""
    likelihood = problem.likelihood.given(**values)
    return likelihood if problem.sigma is None else likelihood.with_sigma(Known(sigma))


def slope_by_log_parameter(likelihood: Likelihood, name: str, y: Vector, eta: Vector, q: Vector | float) -> float:
    """The slope of the log likelihood by the logarithm of a parameter, by differences of sixth order."""
    at = math.log(getattr(likelihood, name))
    return _slope(lambda t: float(likelihood.given(**{name: math.exp(t)}).log_density(y, eta, q).sum()), at)


def _of_slopes(prior: Prior, w: Vector, scale: str) -> _Term:
    """The log prior of the slopes given their scale, which moves it by -p - w d/dw."""
    value, slope = prior.log_density(w), -prior.slope(w)
    away = np.abs(w) + np.abs(prior.centre(len(w)))
    bent = np.abs(slope) + np.abs(prior.curvature(w)) @ away
    slopes, sizes = {"w": slope}, {"w": bent}
    if scale:
        slopes[scale] = np.array([-float(w @ slope) - len(w)])
        sizes[scale] = np.array([float(away @ bent) + len(w)])
    return _Term(value, abs(value) + float(away @ np.abs(slope)) + len(w), slopes, sizes)


def _of_scale(log_density: Callable[[float], float], log_scale: float, name: str) -> _Term:
    """The log prior of a learned scale, over its logarithm; its slope by differences of sixth order."""
    value, slope = log_density(math.exp(log_scale)) + log_scale, slope_by_log_scale(log_density, log_scale)
    # the rounding of the values is divided by the step; the truncation is far below that
    size = abs(value) + abs(log_scale) + abs(slope) + 1
    return _Term(value, size, {name: np.array([slope])}, {name: np.array([size / STEP])})


def slope_by_log_scale(log_density: Callable[[float], float], log_scale: float) -> float:
    """The slope of log p(s) + log s by log s, by differences of sixth order."""

    def at(t: float) -> float:
        return log_density(math.exp(t)) + t

    return _slope(at, log_scale)


def _slope(of: Callable[[float], float], at: float) -> float:
    ahead = (of(at + k * STEP) - of(at - k * STEP) for k in (1, 2, 3))
    return sum(weight * difference for weight, difference in zip(STENCIL, ahead, strict=True)) / STEP
