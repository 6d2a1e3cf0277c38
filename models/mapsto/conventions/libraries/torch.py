"""PyTorch's weight decay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from mapsto.conventions.base import Convention, NoPrior, Params, Reading
from mapsto.conventions.implied import NotAPrior
from mapsto.conventions.numbers import column_names, not_negative
from mapsto.conventions.rates import Factors, Intercept, Rates
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.scales import positive


class WeightDecay(Convention):
    """SGD or Adam on MSELoss: loss + weight_decay/2 ||w||^2."""

    key = "torch"
    name = "torch"
    library = "PyTorch SGD, Adam weight_decay"
    objective = r"\mathrm{loss} + \tfrac{\lambda}{2} \|w\|^2"
    prior = r"R = n \lambda/2 \text{ (mean squared error)}, \; \lambda/2 \text{ (summed)}"
    intercept = "penalised too, unless in a parameter group of its own"
    known = "docs"
    package = "torch.optim.SGD"
    source = "PyTorch weight_decay"
    l1 = False
    intercepts: ClassVar[tuple[Intercept, ...]] = ("none", "free", "penalised")
    call = "torch_weight_decay"

    def factors(self, *, n: float | None = None, reduction: str = "mean") -> Factors:
        """J is n times a mean loss, and a summed loss itself."""
        if reduction not in ("mean", "sum"):
            raise BadInput(f"reduction is {reduction!r}; expected 'mean' or 'sum'")
        if reduction == "mean" and n is None:
            raise BadInput("reduction='mean' divides the loss by the number of rows; pass n=")
        return (n or 1.0 if reduction == "mean" else 1.0) / 2, 0.0

    def strengths(self, *, weight_decay: float, bias_decays: bool = True) -> Rates:
        """The half is in the factor."""
        decay = not_negative(weight_decay, "weight_decay")
        held = bias_decays and decay > 0
        return Rates(decay, 0.0, "penalised" if held else "free", decay if held else 0.0)

    def parameters(self, strengths: Rates) -> Params:
        """The bias's decay is for a parameter group of its own."""
        params: Params = {"weight_decay": strengths.l2, "bias": strengths.intercept != "none"}
        return params | ({"bias_weight_decay": strengths.intercept_l2} if params["bias"] else {})

    def minimises(self, X: Matrix, y: Vector, w: Vector, b: float, *, weight_decay: float) -> float:
        """The mean squared error; half the decay times each weight is what the decay has as its derivative."""
        return float(np.mean((y - b - X @ w) ** 2) + 0.5 * weight_decay * float(w @ w))

    def from_numbers(
        self,
        *,
        weight_decay: float,
        n: float,
        reduction: Literal["mean", "sum"] = "mean",
        bias_decays: bool = True,
        features: Sequence[str] | None = None,
        p: int | None = None,
        noise_sd: float | None = None,
    ) -> Reading:
        """The prior that its numbers say.

        Args:
            weight_decay: as passed to the optimiser.
            n: rows of the whole table (a batch's gradient stands for the mean over all).
            reduction: as passed to the loss.
            bias_decays: whether the bias sits in the same parameter group, as it does by default.
            features: names of the columns.
            p: how many, where there are no names.
            noise_sd: sigma in units of y.

        Raises:
            BadInput: a number out of its range, or another reduction.
        """
        rows = positive(n, "n")
        rates = self.to_rates({"weight_decay": weight_decay, "bias_decays": bias_decays}, n=rows, reduction=reduction)
        return self.implied(rates, column_names(features, p), n=rows, noise_sd=noise_sd)


class AdamW(NoPrior):
    """PyTorch's or Keras's AdamW: not a prior."""

    key = "adamw"
    name = "torch.AdamW"
    library = "PyTorch AdamW"
    objective = r"\text{decoupled decay}"
    prior = r"\text{not a prior}"
    intercept = "what it ends at depends on data and steps"
    known = "docs"
    package = "torch.optim.AdamW"
    call = "adamw"

    def from_numbers(self, **numbers: Any) -> NotAPrior:
        """Why, whatever the numbers."""
        del numbers
        return NotAPrior(
            "decoupled decay shrinks the weights outside the adaptive step, not through the gradient, so where it ends "
            "depends on the step's scaling by the data; use Adam or SGD with weight_decay for a Normal prior",
            "AdamW",
        )
