"""The regularised horseshoe: most slopes shrunk to almost nothing, a few hardly at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from mapsto.data.statistics import Matrix
from mapsto.family import Family
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.scales import positive


@dataclass(frozen=True)
class RegularizedHorseshoe(ScaleMixture):
    """w_j ~ Normal(0, tau l_j), with local scales l_j that a slab keeps from growing beyond ``slab_scale``.

    tau ~ HalfCauchy(global_scale), lambda_j ~ HalfCauchy(1), c^2 ~ InverseGamma(df / 2, df slab_scale^2 / 2) and
    l_j^2 = c^2 lambda_j^2 / (c^2 + tau^2 lambda_j^2). A global_scale of p0 / (p - p0) sigma / sqrt(n) expects p0
    slopes that matter.
    """

    global_scale: float
    slab_scale: float
    slab_df: float = 4.0

    name: ClassVar[str] = "regularized_horseshoe"
    formula: ClassVar[str] = (
        r"w\mid\lambda,\tau,c\sim\mathrm{Normal}\left(0,\tau\tilde\lambda\right),\quad "
        r"\tilde\lambda^2=\frac{c^2\lambda^2}{c^2+\tau^2\lambda^2}"
    )
    reference: ClassVar[str] = "Piironen & Vehtari (2017), Electronic Journal of Statistics 11(2), equation 2.8"
    paragraph: ClassVar[str] = (
        "A few slopes are believed to matter and the rest to be close to zero, without saying which. Each slope has a "
        "scale of its own: the posterior shrinks most slopes almost completely and leaves the large ones alone, up "
        "to the slab. The density is infinite at zero, so a mode would be all zeros whatever the data say."
    )
    no_mode: ClassVar[str] = (
        "The density is infinite where a slope and its scale are zero, whatever the data say. The joint mode is "
        "therefore all zeros and meaningless; the posterior is well behaved."
    )

    lengths: ClassVar[Mapping[str, int]] = MappingProxyType({"global_scale": 1, "slab_scale": 1})

    def __post_init__(self) -> None:
        for name in ("global_scale", "slab_scale", "slab_df"):
            object.__setattr__(self, name, positive(getattr(self, name), f"{name} of the regularised horseshoe"))

    @classmethod
    def examples(cls, p: int) -> tuple[RegularizedHorseshoe, ...]:
        del p
        return cls(global_scale=0.1, slab_scale=2.0), cls(global_scale=1.0, slab_scale=20.0, slab_df=6.0)

    def scales(self, size: int, p: int, rng: np.random.Generator) -> Matrix:
        tau = self.global_scale * np.abs(rng.standard_cauchy((size, 1)))
        local = np.abs(rng.standard_cauchy((size, p)))
        slab2 = 0.5 * self.slab_df * self.slab_scale**2 / rng.gamma(0.5 * self.slab_df, size=(size, 1))
        # c / hypot(c, tau lambda) in this order, for tau lambda may be huge
        scales: Matrix = tau * local * np.sqrt(slab2) / np.hypot(np.sqrt(slab2), tau * local)
        return np.maximum(scales, np.finfo(float).tiny)

    def marginal(self, j: int, p: int) -> RegularizedHorseshoe:
        del j, p
        return self

    def family(self, p: int) -> Family:
        del p
        return Family("regularized_horseshoe", self.params)
