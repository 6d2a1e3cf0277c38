"""The contract of a prior. One file a prior; everything else about it is derived."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from inspect import signature
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Matrix, SufficientStatistics, Vector
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.notebook import Formula, shown

SPECIAL = ("erf", "erfc", "expit", "gammaln")
"""Functions that an expression may use although NumPy has them not: scipy, PyTensor and JAX do."""
TINY = 1e-60  # stands for zero where a quotient of slope and coefficient is wanted
STEP = 1e-5  # of a difference quotient, relative to the coefficient or to the width of the penalty


@dataclass(frozen=True, eq=False)
class Gaussian:
    """w ~ Normal(mean, root root').

    Attributes:
        mean: shape (p,).
        root: a standard deviation for each slope, shape (p,), or a lower triangular matrix, shape (p, p).
    """

    mean: Vector
    root: Vector | Matrix

    @property
    def matrix(self) -> Matrix:
        """The root as a lower triangular matrix, shape (p, p)."""
        return np.diag(self.root) if self.root.ndim == 1 else self.root


@dataclass(frozen=True, eq=False)
class PiecewiseQuadratic:
    """A penalty sum_j (l1_j |w_j| + l2_j w_j^2 / 2), perhaps with w >= 0: what an active-set method solves exactly.

    Attributes:
        l1: slope at zero, shape (p,): on both sides, or where ``l1_down`` is given upwards only.
        l2: second derivative, shape (p,).
        nonnegative: whether the slopes may not be below zero.
        l1_down: how steeply it rises below zero, shape (p,); None where that is ``l1``.
    """

    l1: Vector
    l2: Vector
    nonnegative: bool = False
    l1_down: Vector | None = None

    @property
    def down(self) -> Vector:
        """How steeply the penalty rises below zero, shape (p,)."""
        return self.l1 if self.l1_down is None else self.l1_down

    @property
    def symmetric(self) -> bool:
        """Whether w and -w have the same penalty."""
        return not self.nonnegative and np.array_equal(self.l1, self.down)


@dataclass(frozen=True, eq=False)
class GroupNorms:
    """A penalty sum_g rate_g ||w_g||: the lengths of groups of coefficients, with a kink where one is zero.

    Attributes:
        groups: the positions of the coefficients of each group; each coefficient is in one.
        rates: one for each group, shape (number of groups,).
    """

    groups: tuple[tuple[int, ...], ...]
    rates: Vector


@dataclass(frozen=True, eq=False)
class LearnedScale:
    """A prior that is Normal once one scale is given: log p(scale), a typical scale, and the prior given it."""

    log_density: Callable[[float], float]
    typical: float
    given: Callable[[float], Prior]


CAPITALS = {"normal": "Normal", "laplace": "Laplace", "cauchy": "Cauchy", "student": "Student", "r2d2": "R2D2"}
CAPITALS |= {"gamma": "Gamma", "jeffreys": "Jeffreys", "huber": "Huber"}


def label_of(name: str) -> str:
    """The name of a distribution as a sentence has it: in words, people's names with their capitals."""
    return " ".join(CAPITALS.get(word, word) for word in name.split("_"))


class Prior(ABC):
    """A prior density over the slopes w, in the statistician's units. It states facts and knows no engine.

    A subclass is a frozen dataclass whose fields are its parameters. It states its density and its penalty
    independently of each other, so that their agreement can be tested. A parameter that is a tuple holds one number
    for each coefficient. At least one of :meth:`family` and :meth:`expression` says the density once more, for the
    engines that evaluate it themselves.
    """

    name: ClassVar[str]
    """What users call it: the name of its file."""
    formula: ClassVar[str]
    """The density of one slope, in LaTeX."""
    penalty_formula: ClassVar[str]
    """The penalty phi of one slope, minus the log density without its constants, in LaTeX."""
    reference: ClassVar[str]
    """Where the formula is from: work and equation."""
    paragraph: ClassVar[str]
    """What it believes and what its mode hides, in a few sentences of marked text (see ``mapsto.marks``)."""
    constant_formula: ClassVar[str] = r"\log\text{ of the normaliser}"
    """The constant of the log density, in LaTeX."""
    proper: ClassVar[bool] = True
    """Whether the density has an integral."""
    convex: ClassVar[bool] = True
    """Whether the penalty is convex, so that a stationary point is the mode and not one of several."""
    kinked: ClassVar[bool] = False
    """Whether the penalty has a kink or an edge at zero, so that a mode can be exactly zero."""
    no_mode: ClassVar[str] = ""
    """Why there is no usable joint mode, for a prior that has a posterior only; marked text."""
    separable: ClassVar[bool] = True
    """Whether the density is a product over slopes; False where they are coupled."""
    ordered: ClassVar[bool] = False
    """Whether the order of the columns means something that no parameter carries, as with neighbours in time."""
    lengths: ClassVar[Mapping[str, int]] = MappingProxyType({"scale": 1})
    """The parameters that are lengths in the slopes' own units, and the power in which they are: 2 for a variance."""
    unbounded: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The parameters that may be zero or negative, and why: all others have to refuse that."""

    def _repr_html_(self) -> str:
        parameters = [(name, getattr(self, name)) for name in signature(type(self)).parameters]
        formulas = [("density", Formula(self.formula)), ("penalty", Formula(self.penalty_formula))]
        return shown(f"{self.label} prior", [*parameters, *formulas])

    @classmethod
    @abstractmethod
    def examples(cls, p: int) -> tuple[Prior, ...]:
        """Two or more instances for p slopes, for the conformance tests."""

    @abstractmethod
    def log_density(self, w: Vector) -> float:
        """log p(w), normalised, in nats; w has shape (p,)."""

    @abstractmethod
    def penalty(self, w: Vector) -> float:
        """phi(w), the part of -log p(w) that moves with w, in nats; zero where the prior pulls nowhere."""

    @abstractmethod
    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        """Distance of -gradient to the subdifferential of the penalty at w, coefficient by coefficient (p,).

        ``gradient`` is that of the data's half, so zeros everywhere mean that w is a stationary point.
        """

    def slope(self, w: Vector) -> Vector:
        """The derivative of the penalty at w, away from kinks, shape (p,): read off the stationarity."""
        steep = self.stationarity(w, np.zeros_like(w))
        return np.where(self.stationarity(w, -steep) <= self.stationarity(w, steep), steep, -steep)

    def family(self, p: int) -> Family | None:
        """The standard family that this density of p slopes is, with its parameters; None if it has no name.

        Where :attr:`in_units_of_sigma` holds it is the family of w / sigma.
        """
        del p
        return None

    def expression(self, w: Any, xp: Any, p: int) -> Any:
        """The log density of all slopes, with its constant, as a scalar over the arrays of another library.

        Args:
            w: the slopes: an array, a variable of PyTensor, or a symbol that prints what is done to it.
            xp: functions for it: ``abs``, ``sqrt``, ``log``, ``log1p``, ``exp``, ``expm1``, ``tanh``, ``logaddexp``,
                ``sum``, ``where``, ``maximum``, ``minimum`` and others under the names that NumPy, PyTensor and
                jax.numpy share; and those in :data:`SPECIAL`.
            p: how many slopes there are, for a constant that depends on it.

        Constants are Python floats or NumPy arrays, worked out beforehand by ``math``. Where :meth:`family` says
        what the density is, this may be left out; None means that it was.
        """
        del w, xp, p

    def gaussian(self, p: int) -> Gaussian | None:
        """Mean and root of the covariance, where the prior is Normal; None where it is not."""
        del p
        return None

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        """The penalty as absolute values, squares and signs, where it is made of these."""
        del p
        return None

    def group_norms(self, p: int) -> GroupNorms | None:
        """The penalty as the lengths of groups of coefficients, where it is made of these."""
        del p
        return None

    def groups(self, p: int) -> tuple[tuple[int, ...], ...] | None:
        """The groups of coefficients at which a penalty has its kinks, each as a whole; None where it is each alone."""
        norms = self.group_norms(p)
        return None if norms is None else norms.groups

    def simulate(self, size: int, p: int, rng: np.random.Generator) -> Matrix | None:
        """``size`` independent draws of p slopes, shape (size, p), where they are coupled and not Normal; else None.

        Draws of a Normal prior, of a mixture of scales and of independent slopes follow from what these state.
        """
        del size, p, rng
        return None

    def learned_scale(self) -> LearnedScale | None:
        """The one scale that makes this prior Normal once it is known, where there is one."""
        return None

    def curvature(self, w: Vector) -> Matrix:
        """Second derivatives of the penalty at w, shape (p, p), away from kinks.

        A formula where the prior is Normal or piecewise quadratic; else central differences of :meth:`slope`, all
        coefficients at once where the prior is separable. Rows and columns of slopes that a kink may hold are zero.
        """
        p = len(w)
        normal, shape = self.gaussian(p), self.piecewise_quadratic(p)
        if shape is not None:
            return np.diag(shape.l2)
        if normal is not None:
            inverse = np.linalg.inv(normal.matrix)
            precision: Matrix = inverse.T @ inverse
            return precision
        c = self.centre(p)
        # relative to the distance from the centre, for the slope may be steep or flat there as any power of it
        away = np.abs(w - c)
        if not away.all():
            away = np.where(w == c, self.widths(p), away)
        steps = STEP * np.maximum(away, 1e-3 * np.abs(c))
        held = (w == 0) & self.kinked
        if self.separable:
            w = np.where(held, self.widths(p), w)  # a difference there would cross the kink, or an edge
            steps = np.where(held, STEP * w, steps)
            apart = (w + steps) - (w - steps)
            return np.diag(np.where(held, 0.0, (self.slope(w + steps) - self.slope(w - steps)) / apart))
        columns = []
        for j in range(p):
            along = np.where(np.arange(p) == j, steps[j], 0.0)
            apart = (w[j] + steps[j]) - (w[j] - steps[j])
            columns.append((self.slope(w + along) - self.slope(w - along)) / apart)
        H = np.where(held | held[:, np.newaxis], 0.0, np.column_stack(columns))
        symmetric: Matrix = (H + H.T) / 2
        return symmetric

    def is_parabola_at_centre(self, p: int) -> bool:
        """Whether the penalty has a finite and positive curvature at its centre, as a Normal prior has.

        Read off the slope next to zero. A kink, infinite curvature and a penalty that is flat there have none.
        """
        if self.gaussian(p) is not None or not self.proper:
            return True
        weights = [self.slope(np.full(p, size)) / size for size in (TINY, math.sqrt(TINY))]
        return bool((weights[0] > 0).all() and np.allclose(weights[0], weights[1], rtol=1e-6, atol=0.0))

    def is_infinitely_steep(self, p: int) -> bool:
        """Whether the slope of the penalty grows without bound next to zero, as that of sqrt(|w|) does."""
        if not self.kinked:
            return False
        with np.errstate(all="ignore"):
            near, nearer = self.slope(np.full(p, TINY**0.5)), self.slope(np.full(p, TINY))
        return bool((nearer > 1.5 * near).any())

    def centre(self, p: int) -> Vector:
        """Where the penalty is zero, shape (p,): the mean of a Normal prior, else zero."""
        normal = self.gaussian(p)
        return np.zeros(p) if normal is None else normal.mean

    def widths(self, p: int) -> Vector:
        """Lengths on which the density of each slope lives, shape (p,): one over its height at the centre.

        Where the penalty is not convex the density may be higher elsewhere, and its height is looked for along the
        axes. Coupled slopes that have no density of their own share the root of what they have together.
        """
        ones = [self.marginal(j, p) for j in range(p)]
        if any(one is None for one in ones):
            along = np.eye(p)[0]
            return np.full(p, np.exp(-_height(self, self.centre(p), along) / p))
        return np.array([np.exp(-_height(one, one.centre(1), np.ones(1))) for one in ones if one is not None])

    def marginal(self, j: int, p: int) -> Prior | None:
        """The prior of slope ``j`` of p alone, a density of one slope; None where it has no formula.

        Where slopes are independent, a parameter with one number for each gives its j-th.
        """
        if not self.separable:
            return None
        values = {name: value[j] for name, value in self.params.items() if isinstance(value, tuple)}
        return replace(self, **values) if values else self  # type: ignore[type-var]

    @property
    def label(self) -> str:
        """The name as a sentence has it: in words, people's names with their capitals."""
        return label_of(self.name)

    @property
    def named(self) -> str:
        """The label with its article: "a Laplace prior"."""
        return f"{'an' if self.label[0] in 'aeiouR' else 'a'} {self.label} prior"

    @property
    def in_units_of_sigma(self) -> bool:
        """Whether w / sigma, and not w, has the density stated here."""
        return False

    def at(self, noise_sd: float) -> Prior:
        """The prior of w itself once sigma is ``noise_sd``: another than this only if it is in units of sigma."""
        del noise_sd
        return self

    def fitted_to(self, statistics: SufficientStatistics) -> Prior:
        """The prior once the table is known: another than this only if the columns of the table are a part of it."""
        del statistics
        return self

    def check(self, p: int) -> None:
        """Raise BadInput if a parameter that holds one number for each coefficient holds another count than p."""
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, tuple) and len(value) != p:
                raise BadInput(
                    f"the {self.name} prior has {len(value)} numbers in {field.name!r} and the table {p} columns; "
                    "give one number for all, or one for each column"
                )

    def symbols(self, p: int) -> Mapping[str, Any]:
        """The numbers behind symbols of the formulas that are no parameter, by symbol: ``{"r": ...}``, ``{"nu": ...}``.

        Parameters are found by themselves: the formulas are evaluated with each of them in each symbol's place.
        """
        del p
        return {}

    @property
    def params(self) -> dict[str, Any]:
        """The parameters as plain data, for the record."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]


def _height(prior: Prior, c: Vector, along: Vector) -> float:
    """The largest log density at the centre and, where the penalty is not convex, on either side of it."""
    here = prior.log_density(c)
    if prior.convex or prior.no_mode or not prior.proper:
        return here
    reach = np.exp(-here / len(c)) * 10.0 ** np.linspace(-8, 1, 55)
    return max(here, *(prior.log_density(c + sign * r * along) for r in reach for sign in (1.0, -1.0)))


def each(value: float | tuple[float, ...], p: int) -> Vector:
    """One number, or one for each coefficient, as a vector of shape (p,)."""
    vector: Vector = np.broadcast_to(np.asarray(value, dtype=np.float64), (p,))
    return vector
