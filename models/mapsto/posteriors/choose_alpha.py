"""Alpha where none was given: by evidence, by leaving rows out, and by its posterior, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.posteriors.intervals import PROB, TAILS
from mapsto.posteriors.quadrature import log_grid
from mapsto.posteriors.ridge_path import Spectrum
from mapsto.rounding import gamma
from mapsto.runs.lessons.figure import Figure, Mark, Series

DEPTH_SHOWN = 12.0  # nats below the peak


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
            f"No α was given. The evidence is highest at α = {self.by_evidence:.4g} (prior scale "
            f"{self.scale:.4g}); leaving one row out at a time errs least at α = {self.by_rows:.4g}; the posterior "
            f"mean of the prior scale is {self.scale_mean:.4g} ({PROB:.0%} interval {low:.4g} to {high:.4g}), which is "
            f"α = {self.by_posterior:.4g}, with a half-normal prior of scale {self.hyper_scale:.4g} on it.",
            "Used: the α of the evidence.",
            *([self.at_edge] if self.at_edge else []),
        ]

    def figures(self) -> tuple[Figure, Figure]:
        """Evidence and prediction error over alpha, with the three answers marked."""
        marks = (
            Mark(self.by_evidence, "evidence"),
            Mark(self.by_rows, "rows left out"),
            Mark(self.by_posterior, "posterior"),
        )
        told = (
            f"evidence at {self.by_evidence:.3g}, rows left out at {self.by_rows:.3g}, posterior at "
            f"{self.by_posterior:.3g}"
        )
        height = self.evidence - self.evidence.max()
        return (
            Figure(
                title="How probable the data are under each α",
                caption=f"The log evidence below its peak. Three answers to how large α should be: {told}. The "
                "peak is the one used; where the curve is flat the data hardly care.",
                alt=f"A curve of log evidence over α with its peak at {self.by_evidence:.3g}; marks: {told}.",
                x_label="α",
                y_label="log evidence, nats below its peak",
                series=(Series("log evidence", self.grid.tolist(), height.tolist()),),
                marks=marks,
                x_log=True,
                fit_y=(-DEPTH_SHOWN, 0.5),
            ),
            Figure(
                title="How well each α predicts a row it has not seen",
                caption="The root mean square error of each row predicted from all the others. Its lowest point is "
                "what cross-validation would choose.",
                alt=f"A curve of prediction error over α, lowest at {self.by_rows:.3g}; marks: {told}.",
                x_label="α",
                y_label="error on rows left out, in units of the target",
                series=(Series("leave-one-out error", self.grid.tolist(), self.error.tolist()),),
                marks=marks,
                x_log=True,
            ),
        )


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
        edge = "The evidence is still rising at the least α tried: the data ask for no penalty at all."
    if best >= grid[-1]:
        edge = "The evidence is still rising at the largest α tried: the columns explain nothing of the target."
    noise = spectrum.noise_given(best) if sigma is None else sigma
    error = spectrum.left_out_errors(grid)
    by_rows = _highest(lambda alpha: -spectrum.left_out_error(alpha), grid, -error)
    mean, eti = _posterior_scale(spectrum, noise, hyper_scale, noise / math.sqrt(best))
    return Choice(noise, best, by_rows, mean, eti, hyper_scale, grid, values, error, edge)


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
