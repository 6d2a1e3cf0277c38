"""The problem, checked once, and the one convention for the objective.

    -log p(w, b | y)  =  ||y - b - X w||^2 / (2 sigma^2)  +  phi(w)  +  constants,      phi = -log prior
    J(w, b)           =  ||y - b - X w||^2  +  2 sigma^2 phi(w)                         (the part that moves)

Where rows have weights q, ||r||^2 stands for sum_i q_i r_i^2: the noise of row i has variance sigma^2 / q_i, as in
weighted least squares. For a Normal(0, sigma_w^2) prior J is scikit-learn's ridge loss with alpha = sigma^2 /
sigma_w^2. This is the only place where the convention is written; every other module refers to it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from mapsto.data.statistics import Matrix, SufficientStatistics, Vector
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors import NoisePrior, is_noise_prior
from mapsto.rounding import gamma
from mapsto.scales import LARGEST, positive

GIVEN = "It was given."
RESIDUAL_SD = "It is the residual standard deviation of least squares."


@dataclass(frozen=True, eq=False)
class Problem:
    """A linear model with Gaussian noise, y ~ Normal(b + X w, noise_sd), before any prior.

    Make one with :meth:`from_rows` or :meth:`from_statistics`, which check what they are given.

    Attributes:
        statistics: all that the likelihood needs of the rows.
        noise_sd: sigma, the standard deviation of the noise, in units of y: known, or plugged in. A point estimate
            needs one, so where sigma is learned this is the value at which the mode is taken.
        features: a name for each column.
        target: the name of y.
        X: the rows, shape (n, p), or None where only the statistics are at hand.
        y: the responses, shape (n,), or None likewise.
        weights: q_i > 0 of each row, shape (n,), where the noise of row i has variance sigma^2 / q_i; or None.
        noise_prior: what is believed of sigma where the posterior is to learn it, or None.
        plugged_in: whether ``noise_sd`` was estimated from these data.
        noise_from: a sentence that says where ``noise_sd`` is from.
    """

    statistics: SufficientStatistics
    noise_sd: float
    features: tuple[str, ...]
    target: str = "y"
    X: Matrix | None = None
    y: Vector | None = None
    weights: Vector | None = None
    noise_prior: NoisePrior | None = None
    plugged_in: bool = False
    noise_from: str = GIVEN

    @classmethod
    def from_rows(
        cls,
        X: Any,
        y: Any,
        *,
        noise_sd: float | Literal["auto"],
        noise_prior: NoisePrior | None = None,
        features: Sequence[str] | None = None,
        target: str | None = None,
        intercept: bool = True,
        weights: Any = None,
    ) -> Problem:
        """Check a table and take its statistics.

        Args:
            X: numbers of shape (n, p): an array, or a data frame whose column names are taken over.
            y: numbers of shape (n,).
            noise_sd: sigma > 0, in units of y; "auto" plugs in the residual sd of least squares.
            noise_prior: a prior over sigma, if the posterior is to learn it; None takes noise_sd for known.
            features: names for the columns; by default the data frame's, or x0, x1, ...
            target: name of y; by default its own ``name``, or "y".
            intercept: whether the model has a free (flat) intercept.
            weights: q_i > 0, shape (n,), of rows whose noise has variance sigma^2 / q_i (the mean of q measurements
                has weight q); None for equal ones.

        Raises:
            BadInput: a table that is empty, has one row, or holds text, NaN or infinity; a constant target;
                names that are repeated or too few; a sigma that is not a positive number; weights that are not.
        """
        target = str(target if target is not None else getattr(y, "name", None) or "y")
        rows, response = _numbers(X, "X"), _numbers(y, "y")
        if rows.ndim != 2:
            raise BadInput(f"X has shape {rows.shape}; expected rows and columns: pass a table of shape (n, p)")
        if response.shape != rows.shape[:1]:
            raise BadInput(f"y has shape {response.shape} beside {len(rows)} rows of X; pass one number for each row")
        if rows.size == 0:
            raise BadInput(f"the table is empty: X has shape {rows.shape}; pass at least two rows and one column")
        if len(rows) == 1:
            raise BadInput("the table has one row, which says nothing about a spread; pass at least two rows")
        names = _names(features if features is not None else getattr(X, "columns", None), rows.shape[1])
        _refuse_gaps(rows, "X", names)
        _refuse_gaps(response[:, np.newaxis], "y", (target,))
        if np.ptp(response) == 0:
            raise BadInput(
                f"the target is constant (every value is {response[0]:g}), so there is nothing to explain; "
                "check which column is the target"
            )
        heavy = None if weights is None else _weights(weights, len(rows))
        statistics = SufficientStatistics.from_rows(rows, response, centred=intercept, weights=heavy)
        return cls(
            statistics=statistics,
            noise_sd=_plug_in(statistics) if noise_sd == "auto" else positive(noise_sd, "noise_sd"),
            features=names,
            target=target,
            X=rows,
            y=response,
            weights=heavy,
            noise_prior=is_noise_prior(noise_prior),
            **_provenance(noise_sd),
        )

    @classmethod
    def from_statistics(
        cls,
        statistics: SufficientStatistics,
        *,
        noise_sd: float | Literal["auto"],
        noise_prior: NoisePrior | None = None,
        features: Sequence[str] | None = None,
        target: str = "y",
    ) -> Problem:
        """A problem whose rows are somewhere else (or too many to keep).

        Raises:
            BadInput: names that are repeated or too few; a sigma that is not a positive number.
        """
        sigma = _plug_in(statistics) if noise_sd == "auto" else positive(noise_sd, "noise_sd")
        return cls(
            statistics,
            sigma,
            _names(features, statistics.p),
            target,
            noise_prior=is_noise_prior(noise_prior),
            **_provenance(noise_sd),
        )

    def with_noise_sd(self, noise_sd: float) -> Problem:
        """The same data where sigma is ``noise_sd``, in units of y."""
        return replace(self, noise_sd=noise_sd)

    def with_noise_prior(self, noise_prior: NoisePrior | None) -> Problem:
        """The same data where sigma is learned under ``noise_prior``, or known where that is None."""
        return replace(self, noise_prior=noise_prior)

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.statistics.n

    @property
    def p(self) -> int:
        """Number of columns."""
        return self.statistics.p

    @property
    def intercept(self) -> bool:
        """Whether the model has a free intercept."""
        return self.statistics.centred

    @property
    def rounding(self) -> float:
        """Backward error of solving the normal equations with rounding, p gamma(n + 3p + 1) (dimensionless).

        Source: Higham (2002), "Accuracy and Stability of Numerical Algorithms", theorem 10.4 and section 20.4.
        """
        return self.p * gamma(self.n + 3 * self.p + 1)

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of the data: names, then X, y and any weights as little-endian doubles (or the statistics)."""
        s = self.statistics
        parts: Iterable[Any] = (
            (s.R, s.z, s.x_mean, [s.y_mean, s.left_over, s.n]) if self.X is None else (self.X, self.y)
        )
        if self.weights is not None:
            parts = (*parts, self.weights)
        digest = hashlib.sha256("\0".join((*self.features, self.target)).encode())
        for part in parts:
            digest.update(np.ascontiguousarray(part, dtype="<f8").tobytes())
        return digest.hexdigest()

    def log_likelihood(self, w: Vector, b: float) -> float:
        """log p(y | w, b), normalised, in nats."""
        sigma2 = self.noise_sd**2
        constant = 0.5 * (self.statistics.log_weights - self.n * math.log(2 * math.pi * sigma2))
        return constant - self.statistics.misfit(w, b) / (2 * sigma2)

    def objective(self, w: Vector, b: float, penalty: float) -> float:
        """J = ||y - b - X w||^2 + 2 sigma^2 phi(w), in squared units of y; ``penalty`` is phi(w)."""
        return self.statistics.misfit(w, b) + 2 * self.noise_sd**2 * penalty

    def data_gradient(self, w: Vector) -> Vector:
        """Gradient over w of ||y - b - X w||^2 / (2 sigma^2) at the best intercept, shape (p,)."""
        s = self.statistics
        gradient: Vector = s.R.T @ (s.R @ w - s.z) / self.noise_sd**2
        return gradient


def _provenance(noise_sd: Any) -> dict[str, Any]:
    return {"plugged_in": True, "noise_from": RESIDUAL_SD} if noise_sd == "auto" else {}


def _plug_in(s: SufficientStatistics) -> float:
    """The residual standard deviation of least squares, the usual stand-in for an unknown sigma, in units of y."""
    ols, _, rank, _ = np.linalg.lstsq(s.R, s.z)
    left = s.n - s.centred - int(rank)
    residual = s.misfit(ols, s.best_intercept(ols))  # more than left_over where the columns repeat each other
    if left < 1 or not residual > 0:
        raise BadInput(
            f"noise_sd cannot be estimated: least squares leaves {max(left, 0)} degrees of freedom and residuals of "
            f"size {math.sqrt(residual):g}; give noise_sd as a number"
        )
    return positive(math.sqrt(residual / left), "the estimated noise_sd")


def _names(given: Any, p: int) -> tuple[str, ...]:
    names = tuple(f"x{j}" for j in range(p)) if given is None else tuple(str(name) for name in given)
    if len(names) != p:
        raise BadInput(f"{len(names)} feature names came for {p} columns; pass one name for each column")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadInput(f"feature names are repeated ({', '.join(map(repr, repeated))}); give each column its own name")
    return names


def _numbers(values: Any, label: str) -> Any:
    """``values`` as an array of float64 of their own, or BadInput naming the columns that hold something else."""
    try:
        array = np.asarray(values)
        if array.dtype.kind == "O" and not any(isinstance(value, str | complex) for value in array.flat):
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise BadInput(f"{_text_columns(values, label)}; expected numbers: encode or drop them") from None
    if array.dtype.kind not in "biuf":
        raise BadInput(f"{_text_columns(values, label)}; expected real numbers: encode or drop them")
    return np.array(array, dtype=np.float64, order="C")


def _weights(values: Any, n: int) -> Vector:
    weights: Vector = _numbers(values, "weights")
    if weights.shape != (n,):
        raise BadInput(f"weights have shape {weights.shape} beside {n} rows; pass one number for each row")
    _refuse_gaps(weights[:, np.newaxis], "weights", ("weights",))
    if not weights.min() > 0:
        bad = int((weights <= 0).sum())
        raise BadInput(
            f"weights hold {bad} numbers that are not above zero (the least is {weights.min():g}); a row of weight 0 "
            "says nothing: leave it out"
        )
    return weights


def _refuse_gaps(rows: Matrix, label: str, names: Sequence[str]) -> None:
    bad = ~np.isfinite(rows)
    if bad.any():
        where = ", ".join(f"{name!r} ({count})" for name, count in zip(names, bad.sum(axis=0), strict=True) if count)
        raise BadInput(f"{label} holds NaN or infinity in {where}; drop or fill those values first")
    if np.abs(rows).max() > LARGEST:
        raise BadInput(
            f"{label} holds a value of {np.abs(rows).max():g}; expected at most {LARGEST:g}: change the units"
        )


def _text_columns(values: Any, label: str) -> str:
    kinds = getattr(values, "dtypes", None)
    if kinds is not None and hasattr(kinds, "items"):
        text = [str(name) for name, kind in kinds.items() if getattr(kind, "kind", "O") not in "biuf"]
        if text:
            return f"{label} has non-numeric columns: {', '.join(map(repr, text))}"
    return f"{label} holds values that are not numbers"
