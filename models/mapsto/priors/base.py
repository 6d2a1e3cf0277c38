"""The contract of a prior. One file a prior; everything else about it is derived."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from mapsto.conjugate import GaussianPosterior
from mapsto.estimate import Estimate, Unsupported
from mapsto.problem import Problem
from mapsto.sufficient import Vector


@dataclass(frozen=True)
class Recipe:
    """A scikit-learn estimator as data: its name in ``sklearn.linear_model`` and its parameters."""

    estimator: str
    params: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Solution:
    """A closed-form answer: the mode, and the exact posterior where the prior is conjugate."""

    mode: Estimate
    posterior: GaussianPosterior | Unsupported


class Prior(ABC):
    """A prior density over the slopes w, in the statistician's units.

    A subclass is a frozen dataclass whose fields are its parameters. It states its density and its penalty
    independently of each other, so that their agreement can be tested.
    """

    name: ClassVar[str]
    """What users call it, in kebab-case."""
    formula: ClassVar[str]
    """The density of one slope, in LaTeX."""
    penalty_formula: ClassVar[str]
    """The penalty phi, minus the log density without its constants, in LaTeX."""
    reference: ClassVar[str]
    """Where the formula is from: work and equation."""

    @classmethod
    @abstractmethod
    def examples(cls) -> tuple[Prior, ...]:
        """Two or more instances the conformance tests use."""

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

    @abstractmethod
    def to_pymc(self, name: str, dims: str) -> Any:
        """Register the random variable a user would write, inside the current PyMC model, and return it."""

    def pymc_code(self, params: str) -> str:
        """The line a user would type for :meth:`to_pymc`, given the parameters as ``name=value`` text."""
        return f"pm.{type(self).__name__}('w', {params}, dims='feature')"

    @abstractmethod
    def to_sklearn(self, problem: Problem) -> Recipe | Unsupported:
        """The estimator whose penalty this is, or why there is none."""

    @abstractmethod
    def closed_form(self, problem: Problem) -> Solution | Unsupported:
        """The mode as a formula, with the exact posterior where it is conjugate, or why there is none."""

    def alpha(self, problem: Problem) -> float | None:
        """The ridge penalty this prior amounts to, where one number says it."""
        del problem
        return None

    @property
    def params(self) -> dict[str, Any]:
        """The parameters as plain data, for the record."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
