"""The R2D2 prior: a belief about the share of variance explained, divided among the slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapsto.data.statistics import Matrix
from mapsto.errors import BadInput
from mapsto.family import Family
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.scales import positive


@dataclass(frozen=True)
class R2D2(ScaleMixture):
    """w_j ~ Normal(0, scale^2 phi_j R^2 / (1 - R^2)), R^2 ~ Beta, phi ~ Dirichlet(concentration, ...).

    Attributes:
        scale: the noise's sd per standardised column, in units of y per unit of the columns: with columns of sd 1 it
            is sigma, and R^2 is then the share of variance that the slopes explain.
        mean: prior mean of R^2, between 0 and 1.
        precision: how firmly that is believed; Beta(mean * precision, (1 - mean) * precision).
        concentration: below 1 a few slopes take most of R^2, above 1 all share alike.
    """

    scale: float
    mean: float = 0.5
    precision: float = 4.0
    concentration: float = 0.5

    name: ClassVar[str] = "r2d2"
    formula: ClassVar[str] = (
        r"w_j\mid\phi,R^2\sim\mathrm{Normal}\left(0,\;s^2\phi_j\frac{R^2}{1-R^2}\right),\quad "
        r"R^2\sim\mathrm{Beta},\;\phi\sim\mathrm{Dirichlet}"
    )
    reference: ClassVar[str] = "Zhang, Naughton, Bondell & Reich (2022), JASA 117(538), equations 3 and 4"
    paragraph: ClassVar[str] = (
        "It states a belief about how much all slopes together explain, $R^2$, and not about the size of one. That "
        "share is then divided at random, so that a few slopes may take most of it. As a slope's share goes to zero "
        "its density at zero becomes infinite, so there is a posterior but no mode."
    )
    no_mode: ClassVar[str] = (
        "The joint density grows without bound as a slope and its share of $R^2$ go to zero together, whatever the "
        "data say. Its highest point is therefore meaningless; the posterior is well behaved."
    )

    def __post_init__(self) -> None:
        for name in ("scale", "mean", "precision", "concentration"):
            object.__setattr__(self, name, positive(getattr(self, name), f"{name} of the R2D2 prior"))
        if self.mean >= 1:
            raise BadInput(f"mean of the R2D2 prior is {self.mean:g}; expected a share of variance between 0 and 1")

    @classmethod
    def examples(cls, p: int) -> tuple[R2D2, ...]:
        del p
        return cls(scale=1.0), cls(scale=20.0, mean=0.3, precision=6.0, concentration=1.0)

    def scales(self, size: int, p: int, rng: np.random.Generator) -> Matrix:
        explained = rng.gamma(self.mean * self.precision, size=(size, 1))
        left = rng.gamma((1 - self.mean) * self.precision, size=(size, 1))
        shares = rng.gamma(self.concentration, size=(size, p))
        shares /= shares.sum(axis=1, keepdims=True)
        scales: Matrix = self.scale * np.sqrt(shares * explained / left)
        return np.maximum(scales, np.finfo(float).tiny)

    def family(self, p: int) -> Family:
        del p
        return Family("r2d2", self.params)
