"""From a belief to a penalty: how large a slope would be a surprise says the scale, and so the penalty.

The way back of ``prior_of``. With P(|w| > q) = prob a Normal prior has sd q / z, z being the upper prob / 2 point of
the standard Normal, and a Laplace prior scale q / log(1 / prob).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.special import ndtr, ndtri

from mapsto.conventions.implied import ImpliedPrior
from mapsto.conventions.rates import Intercept
from mapsto.conventions.registry import targets
from mapsto.conventions.translation import translate
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.likelihoods.problem import Problem
from mapsto.marks import number
from mapsto.posteriors.ridge.formulas import shares
from mapsto.priors.laplace import Laplace
from mapsto.priors.normal import Normal
from mapsto.scales import positive, probability

Family = Literal["normal", "laplace"]
DRAWS, MOST_ROWS = 2000, 500
RANGES = (0.5, 0.95)


@dataclass(frozen=True, eq=False)
class Elicited:
    """What a belief about one slope amounts to on one table.

    Attributes:
        beyond, prob: a slope beyond +-``beyond`` would come as a surprise, with probability ``prob``.
        family: of the prior.
        scale: sd (Normal) or scale (Laplace) of each slope, in the units of ``beyond``.
        noise_sd: sigma, in units of y.
        per_sd: whether ``beyond`` is for one sd of a column and not for one unit of it.
        alpha: the penalty of scikit-learn's Ridge, sigma^2 / scale^2; None for a Laplace prior.
        degrees_of_freedom: how many freely fitted slopes the ridge fit amounts to; None for a Laplace prior.
        p: number of slopes.
        settings: by library, what to set for columns in the units of ``beyond``.
        reach: half the width of the central 50 % and 95 % of the fitted values that the prior expects, in units of y:
            of a row taken at random and slopes drawn from the prior, about the mean of y (0 without an intercept).
        observed: least and lower quartile of the responses, what the fitted values are about, upper quartile and
            largest, in units of y.
        eigenvalues: of X'X, centred where there is an intercept, in squared units; what the degrees of freedom need.
    """

    beyond: float
    prob: float
    family: Family
    scale: float
    noise_sd: float
    per_sd: bool
    alpha: float | None
    degrees_of_freedom: float | None
    p: int
    settings: Mapping[str, Mapping[str, Any]]
    reach: tuple[float, float]
    observed: tuple[float, ...]
    eigenvalues: Vector

    @property
    def prior(self) -> Normal | Laplace:
        """The prior itself, for columns in the units of ``beyond``."""
        return Normal(scale=self.scale) if self.family == "normal" else Laplace(scale=self.scale)

    def __str__(self) -> str:
        unit = "sd of its column" if self.per_sd else "unit of its column"
        lines = [
            f"A slope beyond ±{number(self.beyond)} for one {unit}, {number(100 * self.prob)} times in 100:",
            f"prior       {self.family}, scale {number(self.scale)}",
            f"sigma       {number(self.noise_sd)}",
        ]
        if self.alpha is not None and self.degrees_of_freedom is not None:
            lines.append(f"alpha       {number(self.alpha, 4)} (Ridge)")
            lines.append(f"df          {number(self.degrees_of_freedom)} of {self.p} slopes")
        low, high = (number(one) for one in self.reach)
        lines.append(f"expects     fitted values within ±{low} (50 %) and ±{high} (95 %) of the mean response")
        width = max(map(len, self.settings), default=0)
        lines += [f"{name:{width}}  {settings_in_words(own)}" for name, own in self.settings.items()]
        return "\n".join(lines).replace("$", "")


def settings_in_words(own: Mapping[str, Any]) -> str:
    """Numbers of a library as one types them, to four digits."""

    def told(value: Any) -> str:
        if isinstance(value, list | tuple | np.ndarray):
            return f"[{', '.join(map(told, value))}]" if len(value) <= 3 else f"[{told(value[0])}, {told(value[1])}, …]"
        return f"{value:.4g}" if isinstance(value, float) else repr(value)

    return ", ".join(f"{name}={told(value)}" for name, value in own.items())


def elicit(
    problem: Problem, beyond: float, prob: float = 0.05, *, family: Family = "normal", per_sd: bool = False
) -> Elicited:
    """The prior and the penalties of "a slope beyond +-``beyond`` would surprise me with probability ``prob``".

    Args:
        problem: a table with its rows and Gaussian noise; its sigma turns a scale into a penalty.
        beyond: q > 0, in units of y for one unit of a column, or for one sd of it.
        prob: P(|w| > q), between 0 and 1; one time in twenty is 0.05.
        family: "normal" (ridge) or "laplace" (lasso).
        per_sd: whether q is for one sd of a column. The settings then are for columns divided by their sds.

    Raises:
        BadInput: numbers out of range, another family or likelihood, or a table whose rows are gone.
    """
    q = positive(beyond, "beyond")
    prob = probability(prob, "prob")
    if family not in ("normal", "laplace"):
        raise BadInput(f"the family is {family!r}; expected normal or laplace")
    if problem.X is None or problem.y is None or problem.likelihood.name != "gaussian":
        raise BadInput(
            "a belief is turned into a penalty for Gaussian noise and a table with its rows; pass such a one"
        )
    sigma, s = problem.noise_sd, problem.statistics
    scale = q / -float(ndtri(prob / 2)) if family == "normal" else q / -math.log(prob)
    by = np.sqrt(s.weight) / s.column_norms if per_sd else np.ones(problem.p)
    if not np.isfinite(by).all():
        raise BadInput("a column is constant, so it has no sd; leave it out, or give the belief per unit of a column")
    X = (problem.X - s.x_mean if problem.intercept else np.asarray(problem.X)) * by
    eigenvalues = np.linalg.svd(s.R * by, compute_uv=False) ** 2
    alpha = (sigma / scale) ** 2 if family == "normal" else None
    y = problem.y
    return Elicited(
        q,
        float(prob),
        family,
        scale,
        sigma,
        per_sd,
        alpha,
        None if alpha is None else float(shares(eigenvalues, alpha).sum()),
        problem.p,
        _settings(problem, scale, family, y),
        _reach(X, scale, family),
        _observed(y, float(y.mean()) if problem.intercept else 0.0),
        eigenvalues,
    )


def _settings(problem: Problem, scale: float, family: Family, y: Vector) -> dict[str, dict[str, Any]]:
    """What each library that can say it has to be told; those that need other facts of the columns are left out."""
    sigma, p = problem.noise_sd, problem.p
    rate = (sigma / scale) ** 2 if family == "normal" else 2 * sigma**2 / scale
    l2, l1 = ((rate,) * p, (0.0,) * p) if family == "normal" else ((0.0,) * p, (rate,) * p)
    intercept: Intercept = "free" if problem.intercept else "none"
    names = tuple(map(str, problem.features))
    implied = ImpliedPrior(names, l2, l1, intercept, "this belief", n=float(problem.n))
    told: dict[str, dict[str, Any]] = {}
    for name, target in targets().items():
        if target.likelihood != "gaussian":
            continue
        facts = target.units(n=float(problem.n), sd_y=float(y.std()))
        try:
            told[name] = translate(replace(implied, n=float(problem.n)), name, **facts)
        except BadInput:
            continue
    return told


def _observed(y: Vector, about: float) -> tuple[float, ...]:
    low, lower, upper, high = (float(v) for v in np.quantile(y, [0, 0.25, 0.75, 1]))
    return low, lower, about, upper, high


def _reach(X: Any, scale: float, family: Family) -> tuple[float, float]:
    """Half-widths that hold a share of the fitted values x_i w, over the rows and the prior."""
    length = np.linalg.norm(X, axis=1)
    if family == "normal":  # x_i w is Normal with sd |x_i| scale: a mixture over the rows
        return tuple(scale * _mixture_half_width(length, share) for share in RANGES)  # type: ignore[return-value]
    rng = np.random.default_rng(0)
    rows = X if len(X) <= MOST_ROWS else X[np.sort(rng.choice(len(X), MOST_ROWS, replace=False))]
    fitted = np.abs(rng.laplace(size=(DRAWS, X.shape[1])) @ rows.T)
    inner, outer = np.quantile(fitted, RANGES)
    return float(scale * inner), float(scale * outer)


def _mixture_half_width(sds: Vector, share: float) -> float:
    """c with P(|v| <= c) = share for a mixture of Normals about zero with these sds, by bisection."""
    sds = sds[sds > 0]
    if not len(sds):
        return 0.0
    low, high = 0.0, -float(ndtri((1 - share) / 2)) * float(sds.max())
    for _ in range(200):
        middle = (low + high) / 2
        if float(np.mean(2 * ndtr(middle / sds) - 1)) < share:
            low = middle
        else:
            high = middle
    return high
