"""A likelihood with a link of rows that are somewhere else: every sum over the rows is a pass, and none is made twice.

A pass at a point (w, b) gives everything that is asked of the rows there: the log likelihood, its gradient and second
derivatives about the columns' means, and the sizes of what cancels in them. Blocks add up with ``+``, as what a step of
iteratively reweighted least squares needs does (McCullagh & Nelder 1989, "Generalized Linear Models", section 2.5).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Self

import numpy as np

from mapsto.data.products import predictor_size, products, sizes, squares
from mapsto.data.statistics import Matrix, Vector
from mapsto.data.sweeps import Sweeps
from mapsto.data.table import Table
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood, Term
from mapsto.likelihoods.base_glm import GeneralisedLinear, Slopes, lowest

MOST_KEPT = 8  # points whose sums are remembered
AT_ONCE = 4_000_000  # linear predictors of many points in memory


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over rows at a point, about given means of the columns: A = [X - mean, 1].

    Attributes:
        log_likelihood: in nats.
        loss: as libraries write it.
        gradient: A' of minus the log likelihood's derivatives by eta, shape (p + 1,).
        hessian: A' diag(curvature) A, shape (p + 1, p + 1).
        steepness: sum of the derivatives' sizes.
        parts: size of what cancels in the gradient of the slopes, shape (p,).
        intercept_parts: likewise of the intercept.
        raw: sums of squares of the columns before centring, times the curvature, shape (p,).
        loss_size: how far rounding of the linear predictor moves the loss, over the unit roundoff.
        terms: the value of each term of the ledger.
    """

    log_likelihood: float
    loss: float
    gradient: Vector
    hessian: Matrix
    steepness: float
    parts: Vector
    intercept_parts: float
    raw: Vector
    loss_size: float
    terms: Vector

    def __add__(self, other: Self) -> Self:
        """Of both sets of rows."""
        return type(self)(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, eq=False)
class _Totals:
    """Numbers of many points that add up."""

    values: Vector

    def __add__(self, other: Self) -> Self:
        return type(self)(self.values + other.values)


class Swept(GeneralisedLinear):
    """What a likelihood with a link answers where a table's rows are passed over; of rows at hand it is what it was.

    The class of such a likelihood is made by :func:`swept`.
    """

    def sums(self, table: Table, w: Vector, b: float) -> Sums:
        """All sums at a point; the last few points are remembered with the rows."""
        rows = rows_of(table)
        kept: dict[Any, Sums] = rows.__dict__.setdefault("sums", {})
        key = (type(self), tuple(self.params.values()), w.tobytes(), float(b))
        if key not in kept:
            while len(kept) >= MOST_KEPT:
                kept.pop(next(iter(kept)))
            kept[key] = rows.total(lambda X, y, q: self._of_block(table, X, y, q, w, b))
        return kept[key]

    def ledger_of_block(self, block: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """The terms of rows that are at hand."""
        return super().ledger_terms(block, w, b)  # type: ignore[safe-super]

    def _of_block(self, table: Table, X: Matrix, y: Vector, q: Vector | None, w: Vector, b: float) -> Sums:
        self.check(y, 1.0 if q is None else q)
        X = np.ascontiguousarray(X)
        block = Table(table.features, table.target, table.intercept, X, y, q)
        weights, mean, eta = block.q, table.moments.x_mean, b + X @ w
        slope, bent = self.gradient(y, eta, weights), np.asarray(self.curvature(y, eta, weights))
        size = predictor_size(X, w, b)
        parts = bent * size + self.parts(y, eta, weights)
        gradient, hessian = products(X, mean, slope, bent)
        return Sums(
            log_likelihood=float(self.log_density(y, eta, weights).sum()),
            loss=float(self.loss(y, eta, weights).sum()),
            gradient=gradient,
            hessian=hessian,
            steepness=float(np.abs(slope).sum()),
            parts=sizes(X, mean, parts),
            intercept_parts=float(parts.sum()),
            raw=squares(X, bent),
            loss_size=float(np.abs(slope) @ size) * self.factor,
            terms=np.array([term.value for term in self.ledger_of_block(block, w, b)]),
        )

    # --- what is asked of a table

    def log_likelihood(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`."""
        return super().log_likelihood(table, w, b) if _here(table) else self.sums(table, w, b).log_likelihood

    def total_loss(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`."""
        return super().total_loss(table, w, b) if _here(table) else self.sums(table, w, b).loss

    def loss_size(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`."""
        return super().loss_size(table, w, b) if _here(table) else self.sums(table, w, b).loss_size

    def log_likelihoods(self, table: Table, slopes: Matrix, intercepts: Vector) -> Vector:
        """See :class:`Likelihood`: one pass for all points."""
        if _here(table):
            return super().log_likelihoods(table, slopes, intercepts)

        def of(X: Matrix, y: Vector, q: Vector | None) -> _Totals:
            found = np.zeros(len(slopes))
            step = max(1, AT_ONCE // len(slopes))
            for start in range(0, len(y), step):
                rows = slice(start, start + step)
                eta = intercepts[:, np.newaxis] + slopes @ X[rows].T
                found += self.log_density(y[rows], eta, 1.0 if q is None else q[rows]).sum(axis=1)
            return _Totals(found)

        return rows_of(table).total(of).values

    def best_intercept(self, table: Table, w: Vector, near: float | None = None) -> float:
        """See :class:`GeneralisedLinear`: the same steps, each of which is a pass."""
        if _here(table) or not table.intercept:
            return super().best_intercept(table, w, near)
        if near is None:
            assert table.sample is not None
            near = super().best_intercept(sample_of(table), w, None)

        def at(b: float) -> Slopes:
            sums = self.sums(table, w, b)
            return float(sums.gradient[-1]), sums.steepness, lambda: float(sums.hessian[-1, -1])

        return lowest(at, near)

    def slopes_gradient(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """See :class:`Likelihood`."""
        if _here(table):
            return super().slopes_gradient(table, w, near)
        return self.sums(table, w, self.best_intercept(table, w, near)).gradient[:-1]

    def gradient_size(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """See :class:`Likelihood`."""
        if _here(table):
            return super().gradient_size(table, w, near)
        return self.sums(table, w, self.best_intercept(table, w, near)).parts

    def intercept_size(self, table: Table, w: Vector, b: float) -> float:
        """See :class:`Likelihood`."""
        if _here(table):
            return super().intercept_size(table, w, b)
        at = self.sums(table, w, b)
        return at.intercept_parts / max(float(at.hessian[-1, -1]), np.finfo(float).tiny)

    def intercept_curvature(self, table: Table, w: Vector, b: float) -> tuple[float, Vector]:
        """See :class:`Likelihood`."""
        if _here(table):
            return super().intercept_curvature(table, w, b)
        H = self.sums(table, w, b).hessian
        return float(H[-1, -1]), H[-1, :-1] / H[-1, -1] + table.moments.x_mean

    def hessian(self, table: Table, w: Vector, near: float | None = None) -> Matrix:
        """See :class:`Likelihood`: without the intercept's share (a Schur complement)."""
        if _here(table):
            return super().hessian(table, w, near)
        H = self.sums(table, w, self.best_intercept(table, w, near)).hessian
        return without_intercept(H) if table.intercept else H[:-1, :-1]

    def raw_sizes(self, table: Table, w: Vector, near: float | None = None) -> Vector:
        """See :class:`Likelihood`."""
        if _here(table):
            return super().raw_sizes(table, w, near)
        return np.sqrt(self.sums(table, w, self.best_intercept(table, w, near)).raw)

    def ledger_terms(self, table: Table, w: Vector, b: float) -> tuple[Term, ...]:
        """See :class:`Likelihood`: each term is a sum over the rows."""
        if _here(table):
            return self.ledger_of_block(table, w, b)
        values = self.sums(table, w, b).terms
        named = self.ledger_of_block(sample_of(table), w, b)
        return tuple(
            Term(term.term, term.formula, float(value), term.kept, term.reason)
            for term, value in zip(named, values, strict=True)
        )


def swept(likelihood: Likelihood) -> Swept:
    """The same likelihood for rows that are passed over.

    Raises:
        BadInput: its mode is not sought by Newton's method.
    """
    if isinstance(likelihood, Swept):
        return likelihood
    if not isinstance(likelihood, GeneralisedLinear):
        raise BadInput(
            f"the {likelihood.label} likelihood needs all rows in memory; give one file, or fewer rows: of tables that "
            "are read a piece at a time it is Gaussian, or one with a link, as bernoulli and poisson are"
        )
    values = {one.name: getattr(likelihood, one.name) for one in fields(likelihood)}  # type: ignore[arg-type]
    made: Swept = _kind(type(likelihood))(**values)
    return made


def without_intercept(H: Matrix) -> Matrix:
    """Second derivatives over the slopes where the intercept follows them, shape (p, p)."""
    along = H[-1, :-1]
    return np.asarray(H[:-1, :-1] - np.outer(along, along) / H[-1, -1]) if H[-1, -1] > 0 else H[:-1, :-1]


def rows_of(table: Table) -> Sweeps:
    """The rows that are passed over."""
    assert table.sweeps is not None
    return table.sweeps


def sample_of(table: Table) -> Table:
    """The rows of the sample as a table."""
    some = table.sample
    assert some is not None
    return Table(table.features, table.target, table.intercept, some.X, some.y, some.weights)


def _here(table: Table) -> bool:
    return table.sweeps is None


@cache
def _kind(of: type[GeneralisedLinear]) -> type[Any]:
    return type(of.__name__, (Swept, of), {"__doc__": of.__doc__, "__module__": of.__module__})
