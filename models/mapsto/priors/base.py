"""The contract of a prior. One file a prior; everything else about it is derived."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.rounding import gamma


@dataclass(frozen=True, eq=False)
class Recipe:
    """A scikit-learn estimator as data.

    Attributes:
        estimator: its name in ``sklearn.linear_model``.
        params: its parameters.
        root: if given, the estimator is fitted to u in w = mean + root u: one factor for each coefficient (p,), or a
            matrix (p, p). That is how a penalty with one number serves a prior with a scale for each coefficient.
        mean: the prior mean, shape (p,), or None for zero.
        backward: relative distance from stationarity at which its own search stops; 0.0 if it does not search.
    """

    estimator: str
    params: dict[str, Any]
    root: Vector | Matrix | None = None
    mean: Vector | None = None
    backward: float = 0.0


@dataclass(frozen=True, eq=False)
class Solution:
    """A closed-form answer: the mode, and the exact posterior where the prior is conjugate.

    ``linear`` says that the formula solves one linear system, so that no search is wanted beside it.
    """

    mode: Estimate
    posterior: GaussianPosterior | Unsupported
    linear: bool = False


@dataclass(frozen=True, eq=False)
class PiecewiseQuadratic:
    """A penalty sum_j (l1_j |w_j| + l2_j w_j^2 / 2), perhaps with w >= 0: what an active-set method solves exactly."""

    l1: Vector
    l2: Vector
    nonnegative: bool = False


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
    """A prior density over the slopes w, in the statistician's units.

    A subclass is a frozen dataclass whose fields are its parameters. It states its density and its penalty
    independently of each other, so that their agreement can be tested. A parameter that is a tuple holds one number
    for each coefficient.
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

    @abstractmethod
    def to_pymc(self, name: str, dims: str) -> Any:
        """Register the random variable a user would write, inside the current PyMC model, and return it."""

    def pymc_code(self, params: str) -> str:
        """The line a user would type for :meth:`to_pymc`, given the parameters as ``name=value`` text."""
        return f"w = pm.{type(self).__name__}('w', {params}, dims='feature')"

    def to_sklearn(self, problem: Problem) -> Recipe | Unsupported:
        """The estimator whose penalty this is, or why there is none."""
        del problem
        return Unsupported(f"scikit-learn has no linear model with the penalty of the {self.label} prior.")

    def closed_form(self, problem: Problem) -> Solution | Unsupported:
        """The mode as a formula, with the exact posterior where it is conjugate, or why there is none.

        A penalty of absolute values and squares has one where the columns are orthogonal (a single column is): each
        coefficient is soft-thresholded by itself (Tibshirani 1996, JRSS B 58(1), equation 3).
        """
        reason = f"No formula gives the posterior under the {self.label} prior; NUTS samples it."
        shape, s = self.piecewise_quadratic(problem.p), problem.statistics
        gram = s.R.T @ s.R / problem.noise_sd**2
        across = np.sqrt(np.outer(np.diag(gram), np.diag(gram)))
        if shape is None or (np.abs(gram - np.diag(np.diag(gram))) > gamma(problem.n) * across).any():
            return Unsupported(f"No formula gives the mode under the {self.label} prior; it is searched for.")
        pull = s.R.T @ s.z / problem.noise_sd**2
        past = np.maximum((pull if shape.nonnegative else np.abs(pull)) - shape.l1, 0.0)
        w = np.sign(pull) * np.divide(past, np.diag(gram) + shape.l2, out=np.zeros_like(past), where=past > 0)
        return Solution(Estimate(w, s.best_intercept(w)), Unsupported(reason))

    def piecewise_quadratic(self, p: int) -> PiecewiseQuadratic | None:
        """The penalty as absolute values, squares and signs, where it is made of these."""
        del p
        return None

    def learned_scale(self) -> LearnedScale | None:
        """The one scale that makes this prior Normal once it is known, where there is one."""
        return None

    def alpha(self, problem: Problem) -> float | None:
        """The ridge penalty this prior amounts to, where one number says it."""
        del problem
        return None

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

    def check(self, p: int) -> None:
        """Raise BadInput if a parameter that holds one number for each coefficient holds another count than p."""
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, tuple) and len(value) != p:
                raise BadInput(
                    f"the {self.name} prior has {len(value)} numbers in {field.name!r} and the table {p} columns; "
                    "give one number for all, or one for each column"
                )

    def of_one(self, j: int) -> Prior:
        """The prior of coefficient ``j`` alone: a parameter with one number for each coefficient gives its j-th."""
        values = {name: value[j] for name, value in self.params.items() if isinstance(value, tuple)}
        return replace(self, **values) if values else self  # type: ignore[type-var]

    @property
    def params(self) -> dict[str, Any]:
        """The parameters as plain data, for the record."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]


def each(value: float | tuple[float, ...], p: int) -> Vector:
    """One number, or one for each coefficient, as a vector of shape (p,)."""
    vector: Vector = np.broadcast_to(np.asarray(value, dtype=np.float64), (p,))
    return vector
