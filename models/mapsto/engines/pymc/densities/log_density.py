"""A PyMC model's own log density and gradient, compiled once, as a plain function of one vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pymc.initial_point import make_initial_point_expression
from pymc.model.transform.conditioning import remove_value_transforms
from pymc.pytensorf import join_nonshared_inputs
from pytensor.graph.replace import vectorize_graph

from mapsto.data.statistics import Matrix, Vector
from mapsto.engines.pymc.compiled import Compiled, compiled
from mapsto.outcome import Estimate

NOT_KEPT = ("_raw", "log_sigma", "sigma2")  # variables that only serve to make others
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


def initial_point(model: Any) -> dict[str, Any]:
    """The model's initial point, by the names of its values: as ``model.initial_point()``, in a tenth of the time."""
    graphs = make_initial_point_expression(
        free_rvs=model.free_RVs,
        rvs_to_transforms=model.rvs_to_transforms,
        initval_strategies=model.rvs_to_initial_values,
        return_transformed=True,
    )
    names = [model.rvs_to_values[rv].name for rv in model.free_RVs]
    return dict(zip(names, compiled([], graphs, once=True)(), strict=True))


class Stacked:
    """A log density over variables that are stacked into one vector x.

    Attributes:
        start: x at the model's initial point.
        slices: where each variable is in x, by the name of its value.
    """

    def __init__(self, point: Mapping[str, Any], values: Sequence[Any]) -> None:
        self._point, self._values = point, values
        parts = [np.ravel(point[v.name]) for v in values]
        ends = np.cumsum([len(part) for part in parts])
        self.start: Vector = np.concatenate(parts).astype(float)
        self.slices = {
            v.name: slice(int(end) - len(part), int(end)) for v, part, end in zip(values, parts, ends, strict=True)
        }

    def __call__(self, x: Vector) -> Evaluation:
        """The log density and its gradient at x, shape (size,)."""
        raise NotImplementedError

    def by_name(self, x: Vector) -> dict[str, Vector]:
        """The values in x by their names, in their shapes."""
        return {name: x[at].reshape(np.shape(self._point[name])) for name, at in self.slices.items()}

    def _with_gradient(self, value: Any, surrogate: Any, constant: Sequence[Any] = ()) -> Compiled:
        """``value`` and the gradient of ``surrogate``, in which the ``constant`` are held, as a function of x."""
        with pytensor.config.change_flags(traceback__limit=0):  # nobody reads where each node was made
            slopes = pytensor.grad(surrogate, self._values, consider_constant=list(constant))
            gradient = pt.concatenate([slope.ravel() for slope in slopes])
            outputs, x = join_nonshared_inputs(self._point, [value, gradient], self._values)
            return compiled([x], outputs)

    def _at_all(self, variables: Sequence[Any]) -> Compiled:
        """The variables as a function of many x at once, shape (points, size)."""
        outputs, x = join_nonshared_inputs(self._point, variables, self._values)
        points = pt.matrix("points")
        # what x does not move is repeated for every point like the rest
        outputs = vectorize_graph([v + 0.0 * pt.sum(x) for v in outputs], {x: points})
        return compiled([points], outputs, once=True)

    def curvature(self, x: Vector) -> Curvature:
        """Minus the Hessian at x, by central differences of the gradient (exact for a quadratic but for rounding)."""
        size = len(x)
        diagonal = np.array([self._slope(x, j, 1e-4 * max(1.0, abs(x[j])))[j] for j in range(size)])
        unit = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        # A thousandth of each coordinate's own width: cubic terms weigh a millionth, rounding less.
        columns = np.column_stack([self._slope(x, j, 1e-3 * unit[j]) for j in range(size)])
        if not np.isfinite(columns).all():
            raise ArithmeticError(
                "the log density is so steep or so flat that its curvature is no number in double precision; give "
                "sigma, the scales and the columns in units in which they are nearer to 1"
            )
        matrix = columns * np.outer(unit, unit)
        return Curvature(unit, (matrix + matrix.T) / 2)

    def _slope(self, x: Vector, j: int, step: float) -> Vector:
        ahead, behind = x.copy(), x.copy()
        ahead[j] += step
        behind[j] -= step
        with np.errstate(all="ignore"):  # the caller looks at what came of it
            slope: Vector = (self(behind)[1] - self(ahead)[1]) / (ahead[j] - behind[j])
        return slope


class LogDensity(Stacked):
    """log p(x) of a PyMC model and its gradient, in nats, over the stacked values x of its free variables.

    With transforms (``as_sampled``) x is unbounded and the density has their Jacobian in it, which is what a sampler
    needs; without, x are the variables themselves, which is where a mode is a mode. ``slopes_as_they_are`` takes
    away the transform of the slopes alone.
    """

    def __init__(
        self, model: Any, x_mean: Vector, *, as_sampled: bool = True, slopes_as_they_are: bool = False
    ) -> None:
        self.x_mean = x_mean
        transformed = [rv for rv, transform in model.rvs_to_transforms.items() if transform is not None]
        if slopes_as_they_are:
            transformed = [rv for rv in transformed if rv.name == "w"]
        if transformed and (slopes_as_they_are or not as_sampled):
            model = remove_value_transforms(model, transformed)
        self.model = model
        super().__init__(initial_point(model), model.value_vars)
        value = model.logp()
        self._function = self._with_gradient(value, value)

    def __call__(self, x: Vector) -> Evaluation:
        """The log density and its gradient at x, shape (size,)."""
        value, gradient = self._function(x)
        return float(value), gradient

    @property
    def is_plain(self) -> bool:
        """Whether the free variables are the slopes, and the intercept if there is one, as they are."""
        return set(self.slices) <= {"w", "a"}

    def join(self, estimate: Estimate) -> Vector:
        """An estimate as one vector x; what is no slope and no intercept is left at the model's initial point."""
        x = self.start.copy()
        if "w" in self.slices:
            x[self.slices["w"]] = estimate.coef
        if "a" in self.slices:
            x[self.slices["a"]] = estimate.intercept + self.x_mean @ estimate.coef
        return x

    def split(self, x: Vector) -> tuple[Vector, Vector]:
        """Vectors x (..., size) as slopes w (..., p) and intercepts b (...), zero where the model has none."""
        w = x[..., self.slices["w"]]
        a = x[..., self.slices["a"]][..., 0] if "a" in self.slices else 0.0
        return w, a - w @ self.x_mean

    @cached_property
    def _recorded(self) -> tuple[list[str], Any]:
        model = self.model
        variables = [v for v in [*model.free_RVs, *model.deterministics] if not v.name.endswith(NOT_KEPT)]
        return [v.name for v in variables], self._at_all(model.replace_rvs_by_values(variables))

    def record(self, x: Matrix, seed: int = 0) -> dict[str, Matrix]:
        """The model's variables at vectors x (chains, draws, size), by name; ``b`` instead of ``a``."""
        del seed  # nothing is left to draw
        if self.is_plain:
            w, b = self.split(x)
            return {"w": w} | ({"b": b} if "a" in self.slices else {})
        names, function = self._recorded
        values = function(x.reshape(-1, x.shape[-1]))
        found = {name: v.reshape(*x.shape[:2], *v.shape[1:]) for name, v in zip(names, values, strict=True)}
        if "a" in found:
            found["b"] = found.pop("a") - found["w"] @ self.x_mean
        return found
