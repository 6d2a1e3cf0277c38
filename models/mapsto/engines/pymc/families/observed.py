"""What PyMC calls each likelihood's family: the observed variable of a model, and the line a user would type for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood

FAMILIES: dict[str, tuple[str, dict[str, str]]] = {
    "normal": ("Normal", {}),
    "student_t": ("StudentT", {"df": "nu"}),
}
"""Family -> PyMC's distribution and its names of the family's parameters; predictor and scale are mu and sigma."""


def observe(likelihood: Likelihood, name: str, **arguments: Any) -> Any:
    """Register the observed variable inside the current PyMC model and return it."""
    import pymc as pm

    distribution, own = _parts(likelihood)
    # PyTensor stores a Python float that fits into fewer bits as float32, and takes its logarithm there.
    exact = {key: np.float64(value) for key, value in own.items()}
    return getattr(pm, distribution)(name, **exact, **arguments)


def line(likelihood: Likelihood, mean: str, sigma: str) -> str:
    """The line a user would type for :func:`observe`, given the text of the predictor and of the scale."""
    distribution, own = _parts(likelihood)
    told = "".join(f"{key}={value!r}, " for key, value in own.items())
    return f'pm.{distribution}("y", {told}mu={mean}, sigma={sigma}, observed=y, dims="row")'


def _parts(likelihood: Likelihood) -> tuple[str, dict[str, float]]:
    family = likelihood.family()
    if family.name not in FAMILIES:
        raise BadInput(f"PyMC's engine has no distribution for the {likelihood.label} likelihood; add it to FAMILIES")
    distribution, names = FAMILIES[family.name]
    return distribution, {names[key]: value for key, value in family.params.items()}
