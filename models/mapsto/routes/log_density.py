"""A PyMC model's own log density and gradient, compiled once, as a plain function of one vector."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor
from pymc.pytensorf import join_nonshared_inputs

from mapsto.estimate import Estimate
from mapsto.sufficient import Matrix, Vector

# PyTensor asks for a BLAS at link time; these products are a few columns wide and need none.
pytensor.config.blas__ldflags = ""
if platform.machine() == "x86_64" and "march" not in pytensor.config.gcc__cxxflags:
    # What PyTensor would find by compiling three test programs, each time it starts.
    pytensor.config.gcc__cxxflags = f"{pytensor.config.gcc__cxxflags} -march=native".strip()

Evaluation = tuple[float, Vector]


@dataclass(frozen=True, eq=False)
class Curvature:
    """Minus the Hessian H of a log density, in units that make every coordinate equally steep.

    Attributes:
        unit: width of the density along each coordinate, shape (size,).
        matrix: H * outer(unit, unit), with ones on its diagonal, shape (size, size).
    """

    unit: Vector
    matrix: Matrix


class LogDensity:
    """log p(x) of a PyMC model and its gradient, in nats, over the stacked values x of its free variables."""

    def __init__(self, model: Any, x_mean: Vector) -> None:
        self._x_mean = x_mean
        start = model.initial_point()
        (value,), joined = join_nonshared_inputs(start, [model.logp()], model.value_vars)
        self._function = pytensor.function([joined], [value, pytensor.grad(value, joined)], mode=_mode())
        self._function.trust_input = True
        self.start: Vector = np.concatenate([np.ravel(start[v.name]) for v in model.value_vars]).astype(float)
        ends = np.cumsum([np.size(start[v.name]) for v in model.value_vars])
        self.slices = {
            v.name: slice(int(end - np.size(start[v.name])), int(end))
            for v, end in zip(model.value_vars, ends, strict=True)
        }

    def __call__(self, x: Vector) -> Evaluation:
        """The log density and its gradient at x, shape (size,)."""
        value, gradient = self._function(x)
        return float(value), gradient

    def join(self, estimate: Estimate) -> Vector:
        """An estimate as one vector x, in this density's order."""
        parts = {"w": estimate.coef, "a": [estimate.intercept + self._x_mean @ estimate.coef]}
        return np.concatenate([parts[name] for name in self.slices])

    def split(self, x: Vector) -> tuple[Vector, Vector]:
        """Vectors x (..., size) as slopes w (..., p) and intercepts b (...), zero where the model has none."""
        w = x[..., self.slices["w"]]
        a = x[..., self.slices["a"]][..., 0] if "a" in self.slices else 0.0
        return w, a - w @ self._x_mean

    def separate_copy(self) -> Callable[[Vector], list[Any]]:
        """The same function with storage of its own: PyTensor functions are not thread-safe."""
        copied: Callable[[Vector], list[Any]] = self._function.copy()
        copied.trust_input = True  # type: ignore[attr-defined]
        return copied

    def curvature(self, x: Vector) -> Curvature:
        """Minus the Hessian at x, by central differences of the gradient (exact for a quadratic but for rounding)."""
        size = len(x)
        diagonal = np.array([self._slope(x, j, 1e-4 * max(1.0, abs(x[j])))[j] for j in range(size)])
        unit = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        # A thousandth of each coordinate's own width: cubic terms weigh a millionth, rounding less.
        columns = np.column_stack([self._slope(x, j, 1e-3 * unit[j]) for j in range(size)])
        matrix = columns * np.outer(unit, unit)
        return Curvature(unit, (matrix + matrix.T) / 2)

    def _slope(self, x: Vector, j: int, step: float) -> Vector:
        ahead, behind = x.copy(), x.copy()
        ahead[j] += step
        behind[j] -= step
        slope: Vector = (self(behind)[1] - self(ahead)[1]) / (ahead[j] - behind[j])
        return slope


def _mode() -> str:
    """Generated C where there is a compiler (30 us a call), plain Python where there is none (250 us).

    numba, PyTensor's default, needs 50 s to compile what these take 14 s and 1 s for.
    """
    return "CVM" if pytensor.config.cxx else "FAST_COMPILE"


def log_density_at(model: Any, estimate: Estimate) -> float:
    """A model's log density at one point in w and b, without spending a compiler on it."""
    point = {"w": estimate.coef, "b": np.float64(estimate.intercept)}
    at = {variable.name: point[variable.name] for variable in model.value_vars}
    return float(model.compile_logp(mode="FAST_COMPILE")(at))
