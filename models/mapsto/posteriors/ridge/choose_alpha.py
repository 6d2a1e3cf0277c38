"""Alpha where none was given: by evidence, by leaving rows out, and by its posterior, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.marks import equals, number
from mapsto.posteriors.intervals import PROB, TAILS
from mapsto.posteriors.quadrature import log_grid
from mapsto.posteriors.ridge.path import Spectrum
from mapsto.rounding import gamma

ALPHA = r"\alpha"


@dataclass(frozen=True, eq=False)
class Choice:
    """Three answers to "how large should alpha be?", and the curves that they come from.

    Attributes:
        sigma: noise sd at which they hold, in units of y.
        by_evidence: alpha that makes the data most probable; this is the one used.
        by_rows: alpha with the least error on rows left out one at a time.
        scale_mean: posterior mean of sigma_w under its half-normal prior, in units of y per unit of a column (of its
            sd, where standardised).
        scale_eti89: 89 % interval of sigma_w.
        hyper_scale: scale of that half-normal prior.
        grid: penalties, shape (m,).
        evidence: log evidence at each, shape (m,), in nats.
        error: root mean square error of the rows left out at each, shape (m,), in units of y.
        rows: how many were left out, of all.
        of: how many rows there are.
        by_least_squares: alpha by Hoerl, Kennard & Baldwin's formula and by Lawless & Wang's, which start from least
            squares; None where that is not unique or leaves no residuals.
        at_edge: "" or what it means that the evidence has its highest value at an end of the grid.
    """

    sigma: float
    by_evidence: float
    by_rows: float
    scale_mean: float
    scale_eti89: tuple[float, float]
    hyper_scale: float
    grid: Vector
    evidence: Vector
    error: Vector
    at_edge: str
    rows: int
    of: int
    by_least_squares: tuple[float, float] | None = None

    def _by_formula(self) -> list[str]:
        if self.by_least_squares is None:
            return []
        first, second = self.by_least_squares
        return [
            f"From the least-squares fit, the formula of Hoerl, Kennard and Baldwin gives {equals(ALPHA, first, 4)}, "
            f"and that of Lawless and Wang {equals(ALPHA, second, 4)}."
        ]

    @property
    def _sampled(self) -> str:
        return "" if self.rows == self.of else f", of a random sample of {self.rows} rows,"

    @property
    def by_posterior(self) -> float:
        """Alpha at the posterior mean of sigma_w."""
        return (self.sigma / self.scale_mean) ** 2

    @property
    def scale(self) -> float:
        """sigma_w of the alpha used."""
        return self.sigma / math.sqrt(self.by_evidence)

    def sentences(self) -> list[str]:
        """The three, in words, and which was used."""
        low, high = self.scale_eti89
        return [
            rf"No $\alpha$ was given. The evidence is highest at {equals(ALPHA, self.by_evidence, 4)} (prior scale "
            f"{number(self.scale, 4)}). Leave-one-out error{self._sampled} is lowest at "
            f"{equals(ALPHA, self.by_rows, 4)}. The posterior mean of the prior scale, under a half-Normal prior "
            f"with scale {number(self.hyper_scale, 4)}, "
            f"is {number(self.scale_mean, 4)} ({PROB:.0%} interval {number(low, 4)} to {number(high, 4)}); that is "
            f"{equals(ALPHA, self.by_posterior, 4)}.",
            *self._by_formula(),
            r"This run uses the $\alpha$ with the highest evidence.",
            *([self.at_edge] if self.at_edge else []),
        ]


def _by_formula(spectrum: Spectrum) -> tuple[float, float] | None:
    try:
        return spectrum.hoerl_kennard_baldwin(), spectrum.lawless_wang()
    except BadInput:  # they need least squares, and the others do not
        return None


def choose(spectrum: Spectrum, sigma: float | None, hyper_scale: float) -> Choice:
    """The three answers.

    Args:
        spectrum: the columns and the response.
        sigma: noise sd in units of y, or None to choose it with alpha, by evidence.
        hyper_scale: scale of the half-normal prior on sigma_w.

    Raises:
        BadInput: sigma is to be chosen, and the data are the more probable the less noise there is.
    """
    grid = spectrum.grid()

    def evidence(alpha: float) -> float:
        return spectrum.log_evidence(alpha, spectrum.noise_given(alpha) if sigma is None else sigma)

    values = np.array([evidence(alpha) for alpha in grid])
    best = _highest(evidence, grid, values)
    edge = ""
    if sigma is None and (best <= grid[0] or np.ptp(values) <= gamma(spectrum.n) * np.abs(values).max()):
        raise BadInput(
            "noise_sd cannot be estimated: least squares leaves no residuals, and the data are as probable without "
            "noise as with it; give noise_sd as a number (--noise-sd)"
        )
    if best <= grid[0]:
        edge = r"The evidence still rises at the smallest $\alpha$ tried: the data call for no penalty at all."
    if best >= grid[-1]:
        edge = r"The evidence still rises at the largest $\alpha$ tried: the columns explain nothing of the target."
    noise = spectrum.noise_given(best) if sigma is None else sigma
    error = spectrum.left_out_errors(grid)
    by_rows = _highest(lambda alpha: -spectrum.left_out_error(alpha), grid, -error)
    mean, eti = _posterior_scale(spectrum, noise, hyper_scale, noise / math.sqrt(best))
    counts = len(spectrum.y), spectrum.n
    return Choice(
        noise, best, by_rows, mean, eti, hyper_scale, grid, values, error, edge, *counts, _by_formula(spectrum)
    )


def _highest(of: Callable[[float], float], grid: Vector, values: Vector) -> float:
    """Where a function with these values on a grid is highest: at an end of it, or searched for between points."""
    j = int(np.argmax(values))
    if j in (0, len(grid) - 1):
        return float(grid[j])
    around = (math.log(grid[j - 1]), math.log(grid[j + 1]))
    found = minimize_scalar(lambda t: -of(math.exp(t)), bounds=around, method="bounded", options={"xatol": 1e-10})
    return math.exp(float(found.x))


def _posterior_scale(
    spectrum: Spectrum, sigma: float, hyper_scale: float, guess: float
) -> tuple[float, tuple[float, float]]:
    """Posterior mean and 89 % interval of sigma_w ~ HalfNormal(hyper_scale), by one integral over its logarithm."""

    def log_density(t: float) -> float:
        scale = math.exp(t)
        log_prior = -0.5 * (scale / hyper_scale) ** 2 + t
        return spectrum.log_evidence((sigma / scale) ** 2, sigma) + log_prior

    nodes, _ = log_grid(log_density, math.log(min(guess, hyper_scale)))
    logs = np.array([log_density(t) for t in nodes])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    below = np.cumsum(weights) - weights / 2
    low, high = np.exp(np.interp(TAILS, below, nodes))
    return float(weights @ np.exp(nodes)), (float(low), float(high))
