"""The regularised horseshoe: most slopes shrunk to almost nothing, a few hardly at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mapsto.data.statistics import Matrix
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

    def to_pymc(self, name: str, dims: str) -> Any:
        import pymc as pm  # here, not above: PyMC takes seconds to import

        df, slab = np.float64(self.slab_df), np.float64(self.slab_scale)
        tau = pm.HalfCauchy(f"{name}_global", beta=np.float64(self.global_scale))
        local = pm.HalfCauchy(f"{name}_local", beta=1, dims=dims)
        slab2 = pm.InverseGamma(f"{name}_slab2", alpha=df / 2, beta=df * slab**2 / 2)
        scale = tau * local * pm.math.sqrt(slab2 / (slab2 + (tau * local) ** 2))
        standard = pm.Normal(f"{name}_standard_raw", 0, 1, dims=dims)
        pm.Deterministic(f"{name}_scale", scale, dims=dims)
        return pm.Deterministic(name, scale * standard, dims=dims)

    def pymc_code(self, params: str) -> str:
        del params
        df, slab = self.slab_df, self.slab_scale
        return (
            f"tau = pm.HalfCauchy('w_global', beta={self.global_scale!r})\n"
            "    local = pm.HalfCauchy('w_local', beta=1, dims='feature')\n"
            f"    slab2 = pm.InverseGamma('w_slab2', alpha={df / 2!r}, beta={df * slab**2 / 2!r})\n"
            "    scale = tau * local * pm.math.sqrt(slab2 / (slab2 + (tau * local)**2))\n"
            "    w = pm.Deterministic('w', scale * pm.Normal('w_standard', 0, 1, dims='feature'), dims='feature')"
        )
