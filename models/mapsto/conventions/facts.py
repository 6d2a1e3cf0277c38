"""What a fitted estimator does not keep though its penalty depends on it: rows, weights, sigma, a result's penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.numbers import real_numbers
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.scales import finite, positive


@dataclass(frozen=True, eq=False)
class Facts:
    """What the caller knows in addition to the fit.

    Attributes:
        rows: number of rows n, or None.
        weight: sum of the sample weights (n without any), or None.
        X: the table, shape (n, p), or None.
        y: the response, shape (n,), or None.
        sample_weight: shape (n,), or None.
        noise_sd: sigma in units of y, or None.
        alpha: the penalty weight(s) of a result that does not keep them.
        L1_wt: their share of L1, likewise.
    """

    rows: float | None = None
    weight: float | None = None
    X: Matrix | None = None
    y: Vector | None = None
    sample_weight: Vector | None = None
    noise_sd: float | None = None
    alpha: Any = None
    L1_wt: float | None = None

    @classmethod
    def gather(
        cls,
        *,
        X: Any = None,
        y: Any = None,
        n: float | None = None,
        sample_weight: Any = None,
        noise_sd: float | None = None,
        alpha: Any = None,
        L1_wt: float | None = None,
    ) -> Facts:
        """Check what came and let n, X, y and the weights fill in for each other.

        Raises:
            BadInput: lengths that contradict each other, or numbers that are out of range.
        """
        table = None if X is None else _numbers(X, "X", 2)
        response = None if y is None else _numbers(y, "y", 1)
        weights = None if sample_weight is None else _numbers(sample_weight, "sample_weight", 1)
        lengths = {
            name: len(a) for name, a in (("X", table), ("y", response), ("sample_weight", weights)) if a is not None
        }
        if n is not None:
            lengths["n"] = positive(n, "n")  # type: ignore[assignment]
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{name}: {length:g}" for name, length in lengths.items())
            raise BadInput(f"the numbers of rows contradict each other ({said}); pass those of one fit")
        rows = float(next(iter(lengths.values()))) if lengths else None
        return cls(
            rows=rows,
            weight=rows if weights is None else positive(float(weights.sum()), "the sum of sample_weight"),
            X=table,
            y=response,
            sample_weight=weights,
            noise_sd=None if noise_sd is None else positive(noise_sd, "noise_sd"),
            alpha=alpha,
            L1_wt=None if L1_wt is None else finite(L1_wt, "L1_wt"),
        )

    def need_rows(self, source: str) -> float:
        """N, or BadInput saying why it is needed."""
        if self.rows is None:
            raise BadInput(
                f"{source} divides its loss by the number of rows and does not keep it; pass n=, or X= and y="
            )
        return self.rows

    def need_weight(self, source: str) -> float:
        """The sum of the sample weights (n without any), or BadInput saying why it is needed."""
        self.need_rows(source)
        assert self.weight is not None  # it comes with the rows
        return self.weight


def _numbers(values: Any, label: str, dimensions: int) -> Any:
    array = real_numbers(values, label, copy=False)
    if label == "y" and array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != dimensions or not np.isfinite(array).all():
        raise BadInput(f"{label} has shape {array.shape}; expected {dimensions} dimension(s) of finite numbers")
    return array
