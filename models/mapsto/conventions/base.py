"""The contract of a convention: what one estimator, or one objective, of one library minimises, in one place."""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior, Likelihood, NotAPrior
from mapsto.conventions.numbers import column_names, one
from mapsto.conventions.rates import Factors, Intercept, Rates
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput

Known = Literal["run", "source", "docs", "algebra"]
Reading = ImpliedPrior | NotAPrior
Params = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Seen:
    """The rows as a solver saw them: centred where there is an intercept, times the root of their weights.

    Under a likelihood other than the Gaussian the weights are the second derivatives of J / 2 by the linear predictor
    at the fit, so that X'X is the second derivative by the slopes, as it is for least squares.

    Attributes:
        X: the columns, shape (n, p).
        y: the response, shape (n,).
        longest: the largest absolute slope of the fit.
        total: the sum of the row weights (n without any).
        objective: J / 2 at the fit.
        steepest_row: the largest squared length of a row as it was passed, times its weight.
    """

    X: Matrix
    y: Vector
    longest: float
    total: float = 0.0
    objective: float = 0.0
    steepest_row: float = 0.0

    @property
    def gram(self) -> Matrix:
        """|X'X|, entry by entry, shape (p, p)."""
        return np.abs(self.X.T @ self.X)

    def slope_above(self, fall: float) -> float:
        """The steepest slope of J / 2 at a point that is ``fall`` above its floor: sqrt(2 |X'X| fall)."""
        return math.sqrt(2 * float(np.linalg.norm(self.X, 2)) ** 2 * fall)


class Convention(ABC):
    """What one estimator of a library minimises, and how that is J.

    J = 2 D (-log likelihood) + sum_j R_j w_j^2 + sum_j L_j |w_j|, in the raw units of the columns (see
    :mod:`mapsto.conventions.implied`). Besides its texts a convention states three things: how its own numbers are a
    strength of each part (:meth:`strengths`), by what factor J holds that strength (:meth:`factors`), and how a
    strength is written in its own numbers (:meth:`parameters`). Reading and translating follow from these.
    """

    key: ClassVar[str]
    """A short name in small letters, unique: its place on the page of conventions."""
    name: ClassVar[str]
    """As users write it, unique: ``"sklearn.Lasso"``, ``"glmnet"``."""
    library: ClassVar[str]
    """As people call it."""
    objective: ClassVar[str]
    """What it minimises, in LaTeX."""
    prior: ClassVar[str]
    """What that says of a slope, in LaTeX."""
    intercept: ClassVar[str]
    """Whether it is penalised, and what else to know; mathematics between dollar signs."""
    known: ClassVar[Known]
    """How this is known: "run" by a test of this repository, or from "source", "docs", "algebra"."""
    package: ClassVar[str]
    """The distribution that a test runs, or where to read about it."""
    version: ClassVar[str] = ""
    """Its major and minor number, as run or read."""
    source: ClassVar[str] = ""
    """What a prior read from its numbers says it is from; by default ``library``."""

    likelihood: ClassVar[Likelihood] = "gaussian"
    l2: ClassVar[bool] = True
    """Whether its penalty has squares."""
    l1: ClassVar[bool] = True
    """Whether its penalty has absolute values."""
    l2_name: ClassVar[str] = "l2"
    """What the strength of the squares is called where it has to be one number for all columns."""
    per_column: ClassVar[bool] = False
    """Whether it takes a penalty for each column."""
    nonnegative: ClassVar[bool] = False
    """Whether it keeps the slopes at or above zero."""
    intercepts: ClassVar[tuple[Intercept, ...]] = ("none", "free")
    """What it can do to the intercept."""
    normalises_weights: ClassVar[bool] = True
    """Whether n, where it divides by it, is the sum of the sample weights and not the number of rows."""

    reads: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Package -> names of the fitted classes that :meth:`read` knows."""
    call: ClassVar[str] = ""
    """The attribute of ``prior_of`` that reads its numbers, where it has one."""
    minimises: ClassVar[Callable[..., float] | None] = None
    """What it minimises, in code, as a method of (X, y, w, b) and its own numbers by keyword: the check of its factors.

    Stated apart from :meth:`factors`, as :attr:`objective` is, so that their agreement can be tested.
    """
    strictest: ClassVar[Mapping[str, Any]] = {}
    """Parameters with which its search stops as late as it can."""
    backward: ClassVar[float | None] = None
    """Relative distance from stationarity at which it stops then: 0.0 if it solves directly, None if unknown."""

    def strict(self, parameters: Mapping[str, Any]) -> tuple[Params, float]:
        """Its numbers with those that make its search stop as late as it can, and ``backward`` then."""
        return {**parameters, **self.strictest}, self.backward or 0.0

    def longest_search(self, fitted: Any) -> Params:
        """Parameters with which a fitted estimator, fitted again, would search as long as it can; {} if unknown."""
        del fitted
        return dict(self.strictest)

    @abstractmethod
    def factors(self, *args: Any, **units: Any) -> Factors:
        """(R_j per unit of strength of w_j^2, L_j per unit of strength of |w_j|): numbers or shape (p,).

        What they depend on are keyword arguments: ``n``, ``sd_y``, ``sd_x``. A part that it lacks has any factor.
        """

    @abstractmethod
    def strengths(self, *args: Any, **parameters: Any) -> Rates:
        """Its own numbers, by keyword, as a strength of each part."""

    def parameters(self, strengths: Rates) -> Params:
        """Its own numbers that give these strengths; a convention without this cannot be translated to."""
        raise BadInput(f"{self.name} is read and not translated to")

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """The prior of a fitted object of one of the classes in ``reads``, in the raw units of its columns.

        Raises:
            BadInput: it is not fitted, or the facts it does not keep are missing.
        """
        raise BadInput(f"{self.name} reads no fitted object")

    def recognises(self, fitted: Any) -> bool:
        """Whether a fitted object of a class in ``reads`` is this convention's, where several read one class."""
        del fitted
        return True

    def row_weights(self, fitted: Any) -> Vector | None:
        """The row weights that a fitted object keeps, shape (n,), or None."""
        del fitted
        return None

    def stops(self, fitted: Any, seen: Seen) -> tuple[Vector, str]:
        """The slope of J / 2 that its search may have left, shape (p,), and its rule; zeros and "" if it solves."""
        del fitted
        return np.zeros(seen.X.shape[1]), ""

    def condition(self, fitted: Any, X: Matrix) -> float:
        """A condition number of the columns X (n, p) that its way of solving costs, or 1.0."""
        del fitted, X
        return 1.0

    def to_rates(self, parameters: Mapping[str, Any], **units: Any) -> Rates:
        """R_j and L_j of J from its own numbers.

        Args:
            parameters: what :meth:`strengths` takes.
            units: what :meth:`factors` takes.
        """
        return self.strengths(**parameters).times(self.factors(**units))

    def from_rates(self, rates: Rates, **units: Any) -> Params:
        """Its own numbers from R_j and L_j of J.

        Args:
            rates: each part one number, or shape (p,).
            units: what :meth:`factors` takes.

        Raises:
            BadInput: columns that differ where it takes one number for all; a part, or a bound, that it lacks.
        """
        if (np.any(rates.l2) and not self.l2) or (np.any(rates.l1) and not self.l1):
            has = "squares" if self.l2 else "absolute values" if self.l1 else "nothing"
            raise BadInput(
                f"{self.name} penalises {has} alone, and {rates.source} more than that: try sklearn.ElasticNet"
            )
        if rates.nonnegative != self.nonnegative:
            either = "keeps" if self.nonnegative else "does not keep"
            raise BadInput(f"{self.name} {either} its slopes at or above zero, unlike {rates.source}")
        own = rates.over(self.factors(**units))
        if not self.per_column:
            own = replace(own, l2=one(own.l2, rates.source, self.l2_name), l1=one(own.l1, rates.source, "l1"))
        return self.parameters(own)

    def units(self, **known: Any) -> dict[str, Any]:
        """Those of some known facts, by name, that :meth:`factors` takes."""
        takes = inspect.signature(self.factors).parameters
        return {name: value for name, value in known.items() if name in takes}

    def from_numbers(self, *args: Any, **numbers: Any) -> Reading:
        """The prior that its numbers say, without a fit; all by keyword.

        Args:
            args: none.
            numbers: what :meth:`strengths` and :meth:`factors` take; ``features`` (names of the columns) or ``p`` (how
                many); ``noise_sd``, sigma in units of y.

        Raises:
            BadInput: a number it does not take, or one that is missing.
        """
        if args:
            raise BadInput(f"the numbers of {self.name} are given by name")
        features, p, noise_sd = (numbers.pop(name, None) for name in ("features", "p", "noise_sd"))
        own, units = inspect.signature(self.strengths).parameters, inspect.signature(self.factors).parameters
        takes = {**own, **units}
        odd = sorted(set(numbers) - set(takes))
        missing = [name for name, one in takes.items() if one.default is one.empty and name not in numbers]
        if odd or missing:
            came = f"takes no {', '.join(odd)}" if odd else f"depends on {', '.join(missing)}"
            raise BadInput(f"{self.name} {came}; it takes {', '.join(takes) or 'nothing'}")
        rates = self.to_rates(
            {name: value for name, value in numbers.items() if name in own},
            **{name: value for name, value in numbers.items() if name in units},
        )
        return self.implied(rates, column_names(features, p), n=numbers.get("n"), noise_sd=noise_sd)

    def implied(
        self, rates: Rates, names: tuple[str, ...], *, noise_sd: float | None = None, **more: Any
    ) -> ImpliedPrior:
        """The reading of rates over named columns."""
        l2, l1 = (tuple(float(v) for v in np.broadcast_to(part, (len(names),))) for part in (rates.l2, rates.l1))
        made = ImpliedPrior(
            names,
            l2,
            l1,
            rates.intercept if rates.intercept in self.intercepts else self.intercepts[0],
            self.source or self.library,
            self.likelihood,
            float(rates.intercept_l2),
            float(rates.intercept_l1),
            **more,
        )
        return made if noise_sd is None else made.with_noise(noise_sd, "given")

    def rows(self, facts: Facts, source: str) -> float:
        """The n that it divides by: the sum of the weights, or the number of rows where it does not normalise them.

        Raises:
            BadInput: nothing says it.
        """
        return facts.need_weight(source) if self.normalises_weights else facts.need_rows(source)


class NoPrior(Convention):
    """What no prior amounts to: it has words for the table, and says why when its numbers are asked for."""

    @abstractmethod
    def from_numbers(self, *args: Any, **numbers: Any) -> Reading:
        """Why it is not a prior."""

    def factors(self, *args: Any, **units: Any) -> Factors:
        """It has none."""
        raise BadInput(f"{self.name}: not a prior")

    def strengths(self, *args: Any, **parameters: Any) -> Rates:
        """It has none."""
        raise BadInput(f"{self.name}: not a prior")
