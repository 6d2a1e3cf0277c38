"""Scalers as what they are: one affine map a column, z = (x - shift) / scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapsto.conventions.libraries.sklearn.fitted import attribute, name_of
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput


@dataclass(frozen=True, eq=False)
class Affine:
    """z_k = (x_source[k] - shift[k]) / scale[k], a column of the model for each k.

    Attributes:
        source: position of the raw column that each comes from, shape (m,).
        shift: in the raw column's units, shape (m,).
        scale: in the raw column's units, shape (m,).
    """

    source: NDArray[np.intp]
    shift: Vector
    scale: Vector

    @classmethod
    def identity(cls, p: int) -> Affine:
        """The columns as they are."""
        return cls(np.arange(p), np.zeros(p), np.ones(p))

    def then(self, after: Affine) -> Affine:
        """This map, and ``after`` of what it makes."""
        k = after.source
        return Affine(self.source[k], self.shift[k] + after.shift * self.scale[k], self.scale[k] * after.scale)


def affine(step: Any, p: int) -> Affine:
    """A fitted step of a pipeline as an affine map of its p columns.

    Raises:
        BadInput: a step that is not fitted, or that does more than shift and scale columns.
    """
    if step is None or step == "passthrough":
        return Affine.identity(p)
    for kind in type(step).__mro__:
        if kind.__module__.partition(".")[0] == "sklearn" and kind.__qualname__ in SCALERS:
            return SCALERS[kind.__qualname__](step, p)
    raise BadInput(
        f"{name_of(step)} cannot be folded into a prior over the raw columns: it does more than shift and scale each "
        f"(known: {', '.join(sorted(SCALERS))}); apply it to X first and pass prior_of the steps after it"
    )


def _standard(step: Any, p: int) -> Affine:
    attribute(step, "n_samples_seen_")
    return Affine(np.arange(p), _or(step.mean_ if step.with_mean else None, 0.0, p), _or(step.scale_, 1.0, p))


def _min_max(step: Any, p: int) -> Affine:
    scale = 1 / np.asarray(attribute(step, "scale_"), dtype=float)
    return Affine(np.arange(p), -np.asarray(step.min_, dtype=float) * scale, scale)


def _max_abs(step: Any, p: int) -> Affine:
    return Affine(np.arange(p), np.zeros(p), _or(attribute(step, "scale_"), 1.0, p))


def _robust(step: Any, p: int) -> Affine:
    attribute(step, "n_features_in_")
    return Affine(np.arange(p), _or(step.center_, 0.0, p), _or(step.scale_, 1.0, p))


def _function(step: Any, p: int) -> Affine:
    if step.func is not None:
        raise BadInput(
            f"{name_of(step)} with func {step.func!r} cannot be folded into a prior over the raw columns: nothing says "
            "that it is linear; apply it to X first and pass prior_of the steps after it"
        )
    return Affine.identity(p)


def _pipeline(step: Any, p: int) -> Affine:
    whole = Affine.identity(p)
    for _, inner in step.steps:
        whole = whole.then(affine(inner, len(whole.source)))
    return whole


def _columns(step: Any, p: int) -> Affine:
    attribute(step, "transformers_")
    parts: list[Affine] = []
    # as fit resolved them: names, slices, masks and callables have become positions
    positions = step._transformer_to_input_indices
    for name, inner, _ in step.transformers_:
        taken = np.asarray(positions[name], dtype=np.intp)
        if isinstance(inner, str) and inner == "drop":
            continue
        before = Affine(taken, np.zeros(len(taken)), np.ones(len(taken)))
        parts.append(before.then(affine(inner, len(taken))))
    del p
    joined = [np.concatenate([getattr(part, field) for part in parts]) for field in ("source", "shift", "scale")]
    return Affine(*joined)


SCALERS: dict[str, Callable[[Any, int], Affine]] = {
    "StandardScaler": _standard,
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": _max_abs,
    "RobustScaler": _robust,
    "FunctionTransformer": _function,
    "Pipeline": _pipeline,
    "ColumnTransformer": _columns,
}


def _or(values: Any, default: float, p: int) -> Vector:
    return np.full(p, default) if values is None else np.asarray(values, dtype=np.float64)
