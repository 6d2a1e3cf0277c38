"""XGBoost's linear booster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from mapsto.conventions.base import Convention, Params, Reading
from mapsto.conventions.numbers import column_names, not_negative
from mapsto.conventions.rates import Factors, Intercept, Rates, halved_loss
from mapsto.scales import positive


class Gblinear(Convention):
    """RSS/2 + n (lambda/2 ||w||^2 + alpha ||w||_1), the bias free."""

    key = "gblinear"
    name = "xgboost.gblinear"
    library = "XGBoost gblinear"
    objective = r"\mathrm{RSS}/2 + n (\tfrac{\lambda}{2} \|w\|^2 + \alpha \|w\|_1)"
    prior = r"R = n \lambda; \; s = \sigma^2/(n \alpha)"
    intercept = "free; the booster is deprecated"
    known = "run"
    package = "xgboost-cpu"
    version = "3.4"
    intercepts: ClassVar[tuple[Intercept, ...]] = ("free",)
    call = "gblinear"

    def factors(self, *, n: float) -> Factors:
        """It is n times a mean loss with halves."""
        return halved_loss(n)

    def strengths(self, *, reg_lambda: float, reg_alpha: float = 0.0) -> Rates:
        """As passed."""
        return Rates(not_negative(reg_lambda, "reg_lambda"), not_negative(reg_alpha, "reg_alpha"))

    def parameters(self, strengths: Rates) -> Params:
        """For the linear booster."""
        return {"booster": "gblinear", "reg_lambda": strengths.l2, "reg_alpha": strengths.l1}

    def from_numbers(
        self,
        *,
        reg_lambda: float,
        n: float,
        reg_alpha: float = 0.0,
        features: Sequence[str] | None = None,
        p: int | None = None,
        noise_sd: float | None = None,
    ) -> Reading:
        """The prior that its numbers say.

        Args:
            reg_lambda: as passed.
            n: rows.
            reg_alpha: as passed.
            features: names of the columns.
            p: how many, where there are no names.
            noise_sd: sigma in units of y.

        Raises:
            BadInput: a number out of its range.
        """
        rows, names = positive(n, "n"), column_names(features, p)
        rates = self.to_rates({"reg_lambda": reg_lambda, "reg_alpha": reg_alpha}, n=rows)
        return self.implied(rates, names, n=rows, noise_sd=noise_sd)
