"""R's Cyclops: large regressions with a prior that is given as one."""

from __future__ import annotations

import math
from typing import ClassVar

from mapsto.conventions.base import Convention
from mapsto.conventions.implied import Likelihood
from mapsto.conventions.rates import Factors, Rates, halved_loss
from mapsto.errors import BadInput
from mapsto.scales import positive


class Cyclops(Convention):
    """-log likelihood - log prior, with the prior's variance: 2 b^2 for a Laplace prior of scale b."""

    key = "cyclops"
    name = "Cyclops"
    library = "Cyclops (R)"
    objective = r"\text{a prior, given as its variance}"
    prior = r"\text{Laplace: variance} = 2 s^2"
    intercept = "penalised unless it is excluded from the prior"
    known = "docs"
    package = "Cyclops (R)"
    likelihood: ClassVar[Likelihood] = "bernoulli"

    def factors(self) -> Factors:
        """J is twice minus the log posterior."""
        return halved_loss()

    def strengths(self, *, variance: float, prior: str = "laplace") -> Rates:
        """1 / variance for "normal", 1 / b for "laplace"."""
        size = positive(variance, "variance")
        if prior not in ("laplace", "normal"):
            raise BadInput(f"prior is {prior!r}; expected 'laplace' or 'normal'")
        return Rates(1 / size) if prior == "normal" else Rates(0.0, math.sqrt(2 / size))
