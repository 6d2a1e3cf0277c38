"""R's glmnet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Params, Reading
from mapsto.conventions.implied import NotAPrior
from mapsto.conventions.numbers import column_names, common_share, equal, not_negative, share, spreads
from mapsto.conventions.rates import Factors, Intercept, Rates, halved_loss, split
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.scales import positive

STANDARD_Y = "the l2 part is divided by sd_y, so the same lambda is another prior for another y"
STANDARD_X = "with standardisation its scale follows the spread of the columns it was fitted to"


class Glmnet(Convention):
    """Gaussian: RSS/(2n) + lambda sum_j f_j [(1 - alpha)/2 s_j^2 w_j^2 / sd_y + alpha s_j |w_j|].

    Its documentation leaves out sd_y: glmnet standardises y first and hands its slopes back.
    """

    key = "glmnet"
    name = "glmnet"
    library = "glmnet (gaussian)"
    objective = r"\mathrm{RSS}/(2n) + \lambda [\tfrac{1-a}{2 \text{sd}_y} \|w\|^2 + a \|w\|_1]"
    prior = r"R = n \lambda (1-a)/\text{sd}_y; \; s = \sigma^2/(n \lambda a)"
    intercept = (
        r"free; its documentation leaves out $\text{sd}_y$ (divisor $n$); standardize divides the scale by "
        r"$\text{sd}_j$"
    )
    known = "source"
    package = "glmnet (R)"
    version = "4.1"
    source = "glmnet"
    per_column = True
    intercepts: ClassVar[tuple[Intercept, ...]] = ("free",)
    call = "glmnet"

    def factors(self, *, n: float, sd_y: float | None = None, sd_x: Any = None) -> Factors:
        """Without ``sd_y`` the l2 part has no factor; it is then zero (see :meth:`from_rates`).

        With ``sd_x`` they are those of standardize=TRUE, where the strengths are of columns divided by these sds.
        """
        on_l2, on_l1 = halved_loss(n)
        if sd_x is not None:
            s = np.array([positive(one, "sd_x") for one in np.atleast_1d(sd_x).tolist()])
            on_l2, on_l1 = on_l2 * s**2, on_l1 * s
        return on_l2 / (positive(sd_y, "sd_y") if sd_y is not None else 1.0), on_l1

    def strengths(self, *, lambda_: float, alpha: float = 1.0, sd_x: Any = 1.0, penalty_factor: Any = 1.0) -> Rates:
        """In raw columns; ``penalty_factor`` as passed: glmnet rescales them to sum to p."""
        f = np.asarray(penalty_factor, dtype=float)
        if not f.any():
            raise BadInput("penalty_factor holds nothing but zeros; pass at least one that is positive")
        both, s = split(lambda_, alpha), np.asarray(sd_x, dtype=float)
        f = f * f.size / f.sum()
        return Rates(both.l2 * f * s**2, both.l1 * f * s)

    def parameters(self, strengths: Rates) -> Params:
        """With standardize=FALSE (see :meth:`from_rates`); slopes that differ become its penalty.factor."""
        each = np.atleast_1d(strengths.l2 + strengths.l1)
        mean = float(each.mean())
        mix = common_share(np.atleast_1d(strengths.l1), each, strengths.source)
        params: Params = {"lambda": mean, "alpha": mix, "standardize": False}
        if mean and not equal(each):
            params["penalty.factor"] = [float(v) for v in each / mean]
        return params

    def from_rates(self, rates: Rates, **units: Any) -> Params:
        """As every convention, once ``sd_y`` is known where there is an l2 part.

        With ``sd_x``, the sd of each column with divisor n, they are those of standardize=TRUE, glmnet's default.
        """
        if np.any(rates.l2) and units.get("sd_y") is None:
            raise BadInput("glmnet divides its l2 part by the sd of y; pass sd_y= (with divisor n)")
        if (sd_x := units.get("sd_x")) is not None:
            size, columns = np.size(sd_x), max(np.size(rates.l2), np.size(rates.l1))
            if size != columns:
                raise BadInput(f"sd_x has {size} numbers and the prior {columns} slopes; pass the sd of each column")
        return {**super().from_rates(rates, **units), "standardize": sd_x is not None}

    def minimises(
        self,
        X: Matrix,
        y: Vector,
        w: Vector,
        b: float,
        *,
        lambda_: float,
        alpha: float,
        standardize: bool = True,
        penalty_factor: Any = 1.0,
    ) -> float:
        """From its source: on the response divided by its sd, with the columns divided by theirs if asked."""
        scale, factors = float(y.std()), np.broadcast_to(np.asarray(penalty_factor, dtype=float), w.shape)
        v = w * (X.std(axis=0) if standardize else 1.0) / scale
        penalty = 0.5 * (1 - alpha) * v**2 + alpha * np.abs(v)
        loss = np.mean(((y - b - X @ w) / scale) ** 2) / 2
        return float(loss + lambda_ / scale * np.sum(factors / factors.mean() * penalty))

    def from_numbers(
        self,
        *,
        lambda_: float,
        n: float,
        alpha: float = 1.0,
        sd_y: float | None = None,
        sd_x: Sequence[float] | None = None,
        standardize: bool = True,
        penalty_factor: Sequence[float] | None = None,
        features: Sequence[str] | None = None,
        p: int | None = None,
        noise_sd: float | None = None,
    ) -> Reading:
        """The prior that glmnet's numbers say.

        Args:
            lambda_: as passed.
            n: rows; of a fit with weights their sum as they were passed, whatever glmnet scales them to.
            alpha: as passed: 1 is the lasso, 0 ridge.
            sd_y: sd of y with divisor n; without it the l2 part is no prior.
            sd_x: sd of each column with divisor n, where ``standardize`` is on.
            standardize: as passed (glmnet's default is on).
            penalty_factor: as passed; glmnet rescales them to sum to p.
            features: names of the columns.
            p: how many columns, where nothing else says it.
            noise_sd: sigma in units of y.

        Raises:
            BadInput: a number out of its range, or one that is missing.
        """
        lam, mix, rows = not_negative(lambda_, "lambda_"), share(alpha, "alpha"), positive(n, "n")
        if mix < 1 and lam > 0 and sd_y is None:
            return NotAPrior(STANDARD_Y + "; pass sd_y (with divisor n) for the prior it was this time", self.source)
        names = column_names(features, p, sd_x, penalty_factor)
        s = spreads(sd_x, standardize, names, "standardize")
        f = np.array([1.0 if penalty_factor is None else not_negative(v, "factor") for v in penalty_factor or names])
        own = {"lambda_": lam, "alpha": mix, "sd_x": s, "penalty_factor": f}
        why = [note for note, holds in ((STANDARD_Y, mix < 1), (STANDARD_X, standardize)) if holds and lam > 0]
        return self.implied(
            self.to_rates(own, n=rows, sd_y=sd_y),
            names,
            n=rows,
            noise_sd=noise_sd,
            data_dependent="; ".join(why) or None,
        )
