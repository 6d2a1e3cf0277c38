"""What PyMC calls each likelihood's family: the observed variable of a model, and the line a user would type for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood

FAMILIES: dict[str, tuple[str, str, dict[str, str]]] = {
    "normal": ("Normal", "sigma", {}),
    "student_t": ("StudentT", "sigma", {"df": "nu"}),
    "logistic": ("Logistic", "s", {}),
    "laplace": ("Laplace", "b", {}),
}
"""Family -> PyMC's distribution, its name of the scale, and of the family's parameters; the predictor is mu."""


def known(likelihood: Likelihood) -> bool:
    """Whether PyMC's engine has a distribution for the likelihood's family."""
    return likelihood.family().name in FAMILIES


def observe(likelihood: Likelihood, name: str, **arguments: Any) -> Any:
    """Register the observed variable inside the current PyMC model and return it."""
    import pymc as pm

    distribution, scale, own = _parts(likelihood)
    arguments[scale] = arguments.pop("sigma")
    # PyTensor stores a Python float that fits into fewer bits as float32, and takes its logarithm there.
    exact = {key: np.float64(value) for key, value in own.items()}
    return getattr(pm, distribution)(name, **exact, **arguments)


def line(likelihood: Likelihood, mean: str, sigma: str) -> str:
    """The line a user would type for :func:`observe`, given the text of the predictor and of the scale."""
    distribution, scale, own = _parts(likelihood)
    told = "".join(f"{key}={value!r}, " for key, value in own.items())
    return f'pm.{distribution}("y", {told}mu={mean}, {scale}={sigma}, observed=y, dims="row")'


def _parts(likelihood: Likelihood) -> tuple[str, str, dict[str, float]]:
    family = likelihood.family()
    if family.name not in FAMILIES:
        raise BadInput(f"PyMC's engine has no distribution for the {likelihood.label} likelihood; add it to FAMILIES")
    distribution, scale, names = FAMILIES[family.name]
    return distribution, scale, {names[key]: value for key, value in family.params.items()}
