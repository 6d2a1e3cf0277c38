r"""The contract of a likelihood: one file each, which states facts of y given the linear predictor eta = b + X w.

    -log p(y | w, b)  =  sum_i loss_i / factor  +  terms without w             what a loss keeps, and what it drops

A subclass states the facts of one row. What follows for a whole table is worked out here from them, row by row; a
likelihood that has sufficient statistics overrides these with something faster.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

import numpy as np

from mapsto.data.products import predictor_size, products, sizes, squares
from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.likelihoods.sigma import Learned, Sigma, point_of, sigma_of

INTERCEPT_STEPS = 200


@dataclass(frozen=True)
class Term:
    """One term of the log posterior: its LaTeX formula, its value in nats, and whether the loss keeps it."""

    term: str
    formula: str
    value: float
    kept: bool
    reason: str


class Likelihood(ABC):
    """p(y | eta), a density or probability for each row, given its linear predictor.

    A subclass is a frozen dataclass whose fields are its parameters. Where the noise has a scale, the field is called
    ``sigma`` and holds a :data:`~mapsto.likelihoods.sigma.Sigma`. It states its density and its loss independently of
    each other, so that their agreement can be tested.
    """

    name: ClassVar[str]
    """What users call it: the name of its file."""
    label: ClassVar[str]
    """The name as a sentence has it."""
    formula: ClassVar[str]
    """The density of one row, in LaTeX."""
    loss_formula: ClassVar[str]
    """The loss over all rows, in LaTeX."""
    exponent_formula: ClassVar[str]
    """The part of log p(y | w, b) that moves with w, in LaTeX."""
    factor_formula: ClassVar[str] = "1"
    """What minus the log density is multiplied by to give the loss, in LaTeX; "1" where the loss is in nats already."""
    constant_formula: ClassVar[str]
    """The part of -log p(y | w, b) that does not move with w, in LaTeX."""
    reference: ClassVar[str]
    """Where the formula is from: work and equation."""
    paragraph: ClassVar[str]
    """What it says of the data, in a few sentences for the report."""
    convex: ClassVar[bool] = True
    """Whether minus the log density is convex in eta."""
    has_statistics: ClassVar[bool] = False
    """Whether a table's least-squares statistics are all that it needs of the rows."""
    location: ClassVar[bool] = True
    """Whether eta is in the units of y; False where a link function stands between them."""
    kinked: ClassVar[bool] = False
    """Whether minus the log density has a kink at eta = y (``likelihoods/base_kinked.py``)."""
    learnable: ClassVar[Mapping[str, str]] = {}
    """Positive parameters besides sigma that a posterior may learn, each with its symbol in LaTeX."""
    newton: ClassVar[bool] = False
    """Whether the mode is sought by Newton's method with step halving, and not by parabolas that lie above the loss."""

    # --- facts of a row -------------------------------------------------------------------------------------------

    @classmethod
    @abstractmethod
    def examples(cls) -> tuple[Likelihood, ...]:
        """One or more instances, for the conformance tests."""

    @abstractmethod
    def log_density(self, y: Vector, eta: Vector, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """log p(y_i | eta_i), normalised, in nats; arrays broadcast.

        Args:
            y: responses.
            eta: linear predictors.
            q: weights of the rows.
            sigma: scales of the noise, such as draws of it; by default that of the point estimate.
        """

    @abstractmethod
    def loss(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """The part of -log p that moves with eta, times :attr:`factor`, as libraries write it."""

    @property
    @abstractmethod
    def factor(self) -> float:
        """What minus the log density is multiplied by to give the loss (2 sigma^2 for Gaussian noise)."""

    @property
    def dispersion(self) -> float:
        """D in J = 2 D (-log likelihood) + penalty, by which libraries' penalties are compared: sigma^2, or 1."""
        return self.factor

    @abstractmethod
    def gradient(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """Derivative of -log p(y_i | eta_i) by eta_i, in nats per unit of eta."""

    @abstractmethod
    def curvature(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """Second derivative of -log p(y_i | eta_i) by eta_i."""

    def majoriser(self, y: Vector, eta: Vector, q: Vector | float = 1.0) -> Vector:
        """Curvature of a parabola that touches -log p at eta_i and lies above it; the curvature itself if none does."""
        return self.curvature(y, eta, q)

    @abstractmethod
    def simulate(self, eta: Vector, rng: np.random.Generator, q: Vector | float = 1.0, sigma: Any = None) -> Vector:
        """A response for each linear predictor; arguments as in :meth:`log_density`."""

    def check(self, y: Vector, q: Vector | float = 1.0) -> None:
        """Raise BadInput if y, shape (n,), holds what this likelihood gives no probability to, or q what it cannot."""
        del y, q

    def mean(self, eta: Vector) -> Vector:
        """The expected response for each linear predictor, in units of y."""
        return eta

    def link(self, y: Vector, q: Vector | float = 1.0) -> Vector:
        """A linear predictor under which each y is likely: where a search begins."""
        del q
        return y

    def recedes(self, y: Vector) -> Vector:
        """The direction in which each row's loss falls for ever: +1 or -1, or 0 where it has a lowest point."""
        return np.zeros_like(y)

    @abstractmethod
    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """The terms of log p(y | w, b): the one that a loss keeps, then those that it drops, and why."""

    def misfit(self, table: Table, w: Vector, b: float, why: str, formula: str | None = None) -> Term:
        """The term of :meth:`ledger_terms` that a loss keeps: minus the loss over its factor, in nats.

        Args:
            table: the rows.
            w: slopes, shape (p,).
            b: intercept.
            why: what there is to say of it, after that it depends on w.
            formula: in LaTeX, where it is not ``exponent_formula``.
        """
        value = -self.total_loss(table, w, b) / self.factor
        reason = f"It depends on $w$, so it moves the peak. {why}"
        return Term("data misfit", formula or self.exponent_formula, value, kept=True, reason=reason)

    @abstractmethod
    def family(self) -> Family:
        """Its standard family; ``params`` hold what is neither the predictor nor the scale."""

    # --- the scale of the noise -----------------------------------------------------------------------------------

    @property
    def scale(self) -> Sigma | None:
        """The scale of the noise, or None for a likelihood without one."""
        return getattr(self, "sigma", None)

    @classmethod
    def has_scale(cls) -> bool:
        """Whether its noise has a scale sigma."""
        return any(field.name == "sigma" for field in fields(cls))  # type: ignore[arg-type]

    def with_sigma(self, sigma: Sigma | float) -> Self:
        """The same likelihood with another scale of the noise.

        Raises:
            BadInput: it has none.
        """
        if not self.has_scale():
            raise BadInput(f"the {self.label} likelihood has no sigma; leave out noise_sd and any prior on sigma")
        return replace(self, sigma=sigma_of(sigma))  # type: ignore[type-var]

    def given(self, **values: Any) -> Self:
        """The same likelihood with other values of parameters that may be learned: numbers, or draws of them.

        Draws are arrays that broadcast with the linear predictors; the facts of a row take them as they take numbers.
        """
        other = copy(self)
        for name, value in values.items():
            object.__setattr__(other, name, value)  # past the check of one number
        return other

    def at_point(self) -> Self:
        """The same likelihood with sigma held at the value of the point estimate."""
        return self.with_sigma(point_of(self.scale)) if isinstance(self.scale, Learned) else self

    def symbols(self) -> Mapping[str, Any]:
        """The numbers and functions behind symbols of the formulas that are no parameter, by symbol: ``{"Z_c": ...}``.

        Parameters are found by themselves, as those of a prior.
        """
        return {}

    @property
    def params(self) -> dict[str, Any]:
        """The parameters other than sigma, as plain data for the record."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "sigma"}  # type: ignore[arg-type]

    # --- what follows for a table ---------------------------------------------------------------------------------

    def log_likelihood(self, table: Table, w: Vector, b: float) -> float:
        """log p(y | w, b) of all rows, normalised, in nats."""
        return float(self.log_density(table.rows[1], table.predictor(w, b), table.q).sum())

    def total_loss(self, table: Table, w: Vector, b: float) -> float:
        """The loss of all rows."""
        return float(self.loss(table.rows[1], table.predictor(w, b), table.q).sum())

    def loss_size(self, table: Table, w: Vector, b: float) -> float:
        """How far the rounding of the linear predictor moves the loss, over the unit roundoff; 0.0 if no more than it.

        Where the loss is a curve of y - eta its own size says it already.
        """
        del table, w, b
        return 0.0

    def losses(self, table: Table, slopes: Matrix, intercepts: Vector) -> Vector:
        """:meth:`total_loss` at many points: slopes (k, p) and intercepts (k,)."""
        return np.array([self.total_loss(table, w, float(b)) for w, b in zip(slopes, intercepts, strict=True)])

    def log_likelihoods(self, table: Table, slopes: Matrix, intercepts: Vector) -> Vector:
        """:meth:`log_likelihood` at many points: slopes (k, p) and intercepts (k,)."""
        return np.array([self.log_likelihood(table, w, float(b)) for w, b in zip(slopes, intercepts, strict=True)])

    def intercept_curvature(self, table: Table, w: Vector, b: float) -> tuple[float, Vector]:
        """Second derivative of -log p(y | w, b) by b, and the columns' means with the rows' curvatures as weights."""
        X, y = table.rows
        curvature = self.curvature(y, table.predictor(w, b), table.q)
        total = float(curvature.sum())
        return total, curvature @ X / total if total > 0 else np.zeros(table.p)

    def best_intercept(self, table: Table, w: Vector, near: float | None = None) -> float:
        """The intercept of least loss for slopes w, the one that ``near`` leads down to; 0.0 without an intercept.

        Steps of the majoriser never raise the loss (Hunter & Lange 2004, section 3.2); Newton's take over where they
        help. It ends where rounding error stops the steps from shrinking.
        """
        if not table.intercept:
            return 0.0
        (X, y), q = table.rows, table.q
        fixed = X @ w
        b = float(np.median(self.link(y, q) - fixed)) if near is None else near
        last = math.inf
        for _ in range(INTERCEPT_STEPS):
            slope = float(self.gradient(y, fixed + b, q).sum())
            second_derivative = float(self.curvature(y, fixed + b, q).sum())
            above = float(self.majoriser(y, fixed + b, q).sum())
            if not max(above, second_derivative) > 0:  # flat in every row: no step is known
                break
            step = slope / (second_derivative if second_derivative > 0.5 * above else above)
            if not abs(step) < last:
                break
            b, last = b - step, abs(step) if abs(step) < 1e-6 * (abs(b) + 1e-300) else math.inf
        return b

    def slopes_gradient(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """Gradient over w of -log p(y | w, b) at the best intercept, shape (p,)."""
        (X, y), b = table.rows, self.best_intercept(table, w, near)
        return products(X, table.moments.x_mean, self.gradient(y, table.predictor(w, b), table.q))[0][:-1]

    def gradient_size(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """Size of the parts that cancel in :meth:`slopes_gradient`, shape (p,): rounding errs relative to it."""
        (X, y), b = table.rows, self.best_intercept(table, w, near)
        eta = table.predictor(w, b)
        parts = np.abs(self.majoriser(y, eta, table.q)) * (np.abs(y) + predictor_size(X, w, b))
        return sizes(X, table.moments.x_mean, parts + np.abs(self.gradient(y, eta, table.q)))

    def intercept_size(self, table: Table, w: Vector, b: float) -> float:
        """Size of the parts that cancel in the best intercept, in units of eta: rounding errs relative to it."""
        s = table.moments
        return abs(s.y_mean) + abs(b) + float(np.abs(s.x_mean) @ np.abs(w))

    def hessian(self, table: Table, w: Vector, near: float | None = None) -> Matrix:
        """Second derivatives over w of -log p(y | w, b) at the best intercept, which follows w; shape (p, p)."""
        (X, y), b = table.rows, self.best_intercept(table, w, near)
        c = self.curvature(y, table.predictor(w, b), table.q)
        mean = c @ X / c.sum() if table.intercept and c.any() else np.zeros(table.p)
        return products(X, mean, c, c)[1][:-1, :-1]

    def information(self, table: Table, w: Vector, near: float | None = None) -> Matrix:
        """:meth:`hessian`; where the loss has kinks and no second derivative, its expected information."""
        return self.hessian(table, w, near)

    def raw_sizes(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """Length of each column before centring, in the units of the curvature, shape (p,)."""
        (X, y), b = table.rows, self.best_intercept(table, w, near)
        above = self.majoriser(y, table.predictor(w, b), table.q)
        return np.sqrt(squares(X, above))
