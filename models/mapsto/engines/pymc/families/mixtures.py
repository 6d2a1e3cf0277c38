"""Priors with learned scales in PyMC, in coordinates without a funnel; the variables, and the same as a user types it.

Each registers the slopes "w" as scale times a standard Normal "w_standard_raw", and the scales as "w_scale", so that a
report can show how much each slope was shrunk. In the printed lines the names are the same without ``_raw``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pymc as pm
import pytensor.tensor as pt

Params = Mapping[str, Any]


class Mixture(NamedTuple):
    """A family with learned scales: what registers its variables, and the source of that."""

    register: Callable[[Params], Any]
    code: Callable[[Params], tuple[str, ...]]


def _slopes(scale: Any) -> Any:
    standard = pm.Normal("w_standard_raw", 0, 1, dims="feature")
    pm.Deterministic("w_scale", scale, dims="feature")
    return pm.Deterministic("w", scale * standard, dims="feature")


SLOPES = ('w = pm.Deterministic("w", scale * pm.Normal("w_standard", 0, 1, dims="feature"), dims="feature")',)


def _hierarchical_normal(params: Params) -> Any:
    shared = pm.HalfNormal("w_sd", sigma=np.float64(params["scale"]))
    return _slopes(shared * np.ones(len(pm.modelcontext(None).coords["feature"])))


def _hierarchical_normal_code(params: Params) -> tuple[str, ...]:
    return (f'scale = pm.HalfNormal("w_sd", sigma={float(params["scale"])!r})', *SLOPES)


def _regularized_horseshoe(params: Params) -> Any:
    df, slab = np.float64(params["slab_df"]), np.float64(params["slab_scale"])
    tau = pm.HalfCauchy("w_global", beta=np.float64(params["global_scale"]))
    local = pm.HalfCauchy("w_local", beta=1, dims="feature")
    slab2 = pm.InverseGamma("w_slab2", alpha=df / 2, beta=df * slab**2 / 2)
    return _slopes(tau * local * pm.math.sqrt(slab2 / (slab2 + (tau * local) ** 2)))


def _regularized_horseshoe_code(params: Params) -> tuple[str, ...]:
    df, slab, tau = (float(params[name]) for name in ("slab_df", "slab_scale", "global_scale"))
    return (
        f'tau = pm.HalfCauchy("w_global", beta={tau!r})',
        'local = pm.HalfCauchy("w_local", beta=1, dims="feature")',
        f'slab2 = pm.InverseGamma("w_slab2", alpha={df / 2!r}, beta={df * slab**2 / 2!r})',
        "scale = tau * local * pm.math.sqrt(slab2 / (slab2 + (tau * local) ** 2))",
        *SLOPES,
    )


def _shapes(params: Params) -> tuple[float, float]:
    """The shapes of the Beta that R^2 has."""
    return params["mean"] * params["precision"], (1 - params["mean"]) * params["precision"]


def _r2d2(params: Params) -> Any:
    a, b = _shapes(params)
    # R^2 / (1 - R^2) of a Beta is a quotient of Gammas, and a Dirichlet is Gammas over their sum: no corners.
    explained = pm.Gamma("w_explained_raw", alpha=np.float64(a), beta=1)
    unexplained = pm.Gamma("w_unexplained_raw", alpha=np.float64(b), beta=1)
    parts = pm.Gamma("w_parts_raw", alpha=np.float64(params["concentration"]), beta=1, dims="feature")
    pm.Deterministic("w_r2", explained / (explained + unexplained))
    return _slopes(np.float64(params["scale"]) * pt.sqrt(parts / pt.sum(parts) * explained / unexplained))


def _r2d2_code(params: Params) -> tuple[str, ...]:
    a, b = _shapes(params)
    return (
        "# R² / (1 - R²) of a Beta is a quotient of two Gammas, and a Dirichlet is Gammas over their sum",
        f'explained = pm.Gamma("w_explained", alpha={float(a)!r}, beta=1)',
        f'unexplained = pm.Gamma("w_unexplained", alpha={float(b)!r}, beta=1)',
        f'parts = pm.Gamma("w_parts", alpha={float(params["concentration"])!r}, beta=1, dims="feature")',
        'pm.Deterministic("w_r2", explained / (explained + unexplained))',
        f"scale = {float(params['scale'])!r} * pm.math.sqrt(parts / pm.math.sum(parts) * explained / unexplained)",
        *SLOPES,
    )


MIXTURES: dict[str, Mixture] = {
    "hierarchical_normal": Mixture(_hierarchical_normal, _hierarchical_normal_code),
    "r2d2": Mixture(_r2d2, _r2d2_code),
    "regularized_horseshoe": Mixture(_regularized_horseshoe, _regularized_horseshoe_code),
}
