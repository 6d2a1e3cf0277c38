"""A PyMC model's own log density and gradient, compiled once, as a plain function of one vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor
from pymc.pytensorf import join_nonshared_inputs

from mapsto.estimate import Estimate
from mapsto.sufficient import Matrix, Vector

# PyTensor asks for a BLAS at link time; these products are a few columns wide and need none.
pytensor.config.blas__ldflags = ""

Evaluation = tuple[float, Vector]


class LogDensity:
    """log p(x) of a PyMC model and its gradient, in nats, over the stacked values x of its free variables."""

    def __init__(self, model: Any) -> None:
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
        parts = {"w": estimate.coef, "b": np.array([estimate.intercept])}
        return np.concatenate([parts[name] for name in self.slices])

    def named(self, x: Vector) -> dict[str, Any]:
        """One vector x as values by variable, as PyMC takes them."""
        return {name: x[part][0] if name == "b" else x[part] for name, part in self.slices.items()}

    def separate_copy(self) -> Callable[[Vector], list[Any]]:
        """The same function with storage of its own: PyTensor functions are not thread-safe."""
        copied: Callable[[Vector], list[Any]] = self._function.copy()
        copied.trust_input = True  # type: ignore[attr-defined]
        return copied

    def precision(self, x: Vector) -> Matrix:
        """Minus the Hessian at x, by central differences of the gradient (exact for a quadratic but for rounding)."""
        size = len(x)
        columns = np.empty((size, size))
        for j in range(size):
            step = 1e-4 * max(1.0, abs(x[j]))  # near the cube root of the unit roundoff: both errors are small
            ahead, behind = x.copy(), x.copy()
            ahead[j] += step
            behind[j] -= step
            columns[:, j] = (self(behind)[1] - self(ahead)[1]) / (ahead[j] - behind[j])
        return (columns + columns.T) / 2


def _mode() -> str:
    """Generated C where there is a compiler (30 us a call), plain Python where there is none (250 us).

    numba, PyTensor's default, needs 50 s to compile what these take 14 s and 1 s for.
    """
    return "CVM" if pytensor.config.cxx else "FAST_COMPILE"


def log_density_at(model: Any, values: dict[str, Any]) -> float:
    """The model's log density at one point, without spending a compiler on it."""
    return float(model.compile_logp(mode="FAST_COMPILE")(values))
