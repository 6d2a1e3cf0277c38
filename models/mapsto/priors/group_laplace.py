"""The group Laplace prior: its penalty is the group lasso, with a kink where a whole group is zero."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from scipy.special import gammaln, kve

from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.priors.base import GroupNorms, Prior, each
from mapsto.priors.laplace import Laplace
from mapsto.scales import Each, positive_each

SMALLEST_SQUARE = 1e-300  # stands for the square of a length of zero, whose root has no derivative


@dataclass(frozen=True)
class GroupLaplace(Prior):
    """p(w_g) proportional to exp(-||w_g||_2 / scale_g), independently over the groups g of coefficients.

    Attributes:
        group: which group each coefficient is in, shape (p,): whole numbers, the same for those that go together.
        scale: in units of y per unit of the column: one for all, or one for each coefficient, which has to be the
            same within a group. Yuan and Lin's weights are a scale over the root of the size of the group.
    """

    group: tuple[int, ...]
    scale: Each

    name: ClassVar[str] = "group_laplace"
    formula: ClassVar[str] = (
        r"\frac{\Gamma(k/2)}{2\,\pi^{k/2}\,\Gamma(k)\,s^k}\exp\left(-\frac{\lVert w_g\rVert}{s}\right)"
    )
    penalty_formula: ClassVar[str] = r"\frac{\lVert w_g\rVert}{s}"
    constant_formula: ClassVar[str] = r"-\sum_g\log\frac{2\,\pi^{k/2}\,\Gamma(k)\,s^k}{\Gamma(k/2)}"
    reference: ClassVar[str] = (
        "Yuan & Lin (2006), JRSS B 68(1), equation 2.1; Kyung, Gill, Ghosh & Casella (2010), Bayesian Analysis 5(2), "
        "equation 9"
    )
    paragraph: ClassVar[str] = (
        "Slopes of one group, such as those of the levels of one factor, are thought large together or small together. "
        "The penalty is the group lasso: a mode keeps or drops a group as a whole, and turns with the axes within it. "
        "The posterior drops none: that a group is exactly zero is a property of the peak and not of the belief."
    )
    unbounded: ClassVar[Mapping[str, str]] = MappingProxyType({"group": "it is a label and not a size"})
    kinked: ClassVar[bool] = True
    separable: ClassVar[bool] = False

    def __post_init__(self) -> None:
        try:
            labels = tuple(int(one) for one in self.group)
            whole = labels == tuple(self.group)
        except (TypeError, ValueError, OverflowError):
            labels, whole = (), False
        if not whole or not labels:
            raise BadInput(
                f"group of the group Laplace prior is {self.group!r}; expected a whole number for each coefficient, "
                "the same for those of one group"
            )
        object.__setattr__(self, "group", labels)
        object.__setattr__(self, "scale", positive_each(self.scale, "the scale of the group Laplace prior"))
        if isinstance(self.scale, tuple) and len(set(zip(labels, self.scale, strict=False))) > len(set(labels)):
            raise BadInput(
                "the scale of the group Laplace prior differs within a group; give every coefficient of a group the "
                "same"
            )

    @classmethod
    def examples(cls, p: int) -> tuple[GroupLaplace, ...]:
        pairs = tuple(j // 2 for j in range(p))
        return (
            cls(pairs, 0.5),
            cls((0,) * p, 20.0),
            cls(tuple(reversed(pairs)), tuple(0.4 + 0.3 * g for g in reversed(pairs))),
        )

    def group_norms(self, p: int) -> GroupNorms:
        scales = each(self.scale, p)
        blocks = [tuple(j for j in range(p) if self.group[j] == g) for g in dict.fromkeys(self.group)]
        return GroupNorms(tuple(blocks), np.array([1 / scales[block[0]] for block in blocks]))

    def log_density(self, w: Vector) -> float:
        total = 0.0
        for block, b in self._blocks(len(w)):
            total -= float(np.linalg.norm(w[block])) / b + _log_volume(len(block)) + len(block) * math.log(b)
        return total

    def penalty(self, w: Vector) -> float:
        return float(sum(_length(w[block]) / b for block, b in self._blocks(len(w))))

    def simulate(self, size: int, p: int, rng: np.random.Generator) -> Matrix:
        """Draws: the length of a group of k is Gamma(k) times its scale, its direction uniform."""
        drawn = rng.standard_normal((size, p))
        for block, b in self._blocks(p):
            lengths = b * rng.gamma(len(block), size=size) / np.linalg.norm(drawn[:, block], axis=1)
            drawn[:, block] *= lengths[:, np.newaxis]
        return drawn

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        """The distance of a group as a whole, spread over its coefficients: its squares sum to the group's."""
        off = np.empty(len(w))
        for block, b in self._blocks(len(w)):
            length, pull = _length(w[block]), gradient[block]
            if length > 0:
                off[block] = np.abs(pull + w[block] / length / b)
                continue
            size = _length(pull)
            off[block] = np.abs(pull) * (max(size - 1 / b, 0.0) / size if size > 0 else 0.0)
        return off

    def curvature(self, w: Vector) -> Matrix:
        """Second derivatives of the penalty, shape (p, p); zero in the rows of a group that is zero."""
        H = np.zeros((len(w), len(w)))
        for block, b in self._blocks(len(w)):
            length = _length(w[block])
            if length > 0:
                u = w[block] / length
                H[np.ix_(block, block)] = (np.eye(len(block)) - np.outer(u, u)) / (b * length)
        return H

    def expression(self, w: Any, xp: Any, p: int) -> Any:
        total = -sum(_log_volume(len(block)) + len(block) * math.log(b) for block, b in self._blocks(p))
        for block, b in self._blocks(p):
            total = total - xp.sqrt(xp.maximum(xp.sum(w[block] ** 2), SMALLEST_SQUARE)) / b
        return total

    def marginal(self, j: int, p: int) -> Prior:
        """The density of one slope of its group, a variance-gamma density."""
        size = sum(one == self.group[j] for one in self.group)
        b = float(each(self.scale, p)[j])
        return Laplace(b) if size == 1 else _OneOfGroup(b, size)

    def _blocks(self, p: int) -> list[tuple[list[int], float]]:
        norms = self.group_norms(p)
        scales = each(self.scale, p)
        return [(list(block), float(scales[block[0]])) for block in norms.groups]


@dataclass(frozen=True)
class _OneOfGroup(Prior):
    """One slope of a group of ``size``: the density (|x|/2)^v K_v(|x|) / (scale sqrt(pi) Gamma(v + 1/2)).

    x = w / scale and v = size / 2. Source: Kotz, Kozubowski & Podgorski (2001), equation 4.1.32.
    """

    scale: float
    size: int

    name: ClassVar[str] = "group_laplace"
    formula: ClassVar[str] = r"\frac{(\lvert x\rvert/2)^{\nu}K_{\nu}(\lvert x\rvert)}{s\sqrt{\pi}\,\Gamma(\nu+1/2)}"
    penalty_formula: ClassVar[str] = r"-\log p(w)"
    reference: ClassVar[str] = GroupLaplace.reference
    paragraph: ClassVar[str] = GroupLaplace.paragraph

    @classmethod
    def examples(cls, p: int) -> tuple[_OneOfGroup, ...]:
        del p
        return ()

    def log_density(self, w: Vector) -> float:
        order = self.size / 2
        x = np.abs(w) / self.scale
        at_zero = gammaln(order) - math.log(2)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            logs = order * np.log(x / 2) + np.log(kve(order, x)) - x
        logs = np.where(np.isfinite(logs), logs, at_zero)
        return float(logs.sum() - len(w) * (math.log(self.scale) + 0.5 * math.log(math.pi) + gammaln(order + 0.5)))

    def penalty(self, w: Vector) -> float:
        return self.log_density(np.zeros_like(w)) - self.log_density(w)

    def stationarity(self, w: Vector, gradient: Vector) -> Vector:
        order = self.size / 2
        x = np.maximum(np.abs(w) / self.scale, np.finfo(float).tiny)
        off: Vector = np.abs(gradient + np.sign(w) * kve(order - 1, x) / kve(order, x) / self.scale)
        return off


def _length(v: Vector) -> float:
    """The Euclidean length of a vector, which does not underflow before its entries do."""
    top = float(np.abs(v).max())
    return top * float(np.sqrt(np.sum((v / top) ** 2))) if top > 0 else 0.0


def _log_volume(size: int) -> float:
    """Log of the integral of exp(-||w||) over so many dimensions: the sphere's surface times Gamma(size)."""
    return math.log(2) + 0.5 * size * math.log(math.pi) - float(gammaln(size / 2)) + float(gammaln(size))
