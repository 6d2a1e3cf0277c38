"""Priors for the noise: what is believed of sigma when it is learned instead of given.

Each also says where in sigma its density lives, so that one integral over sigma gives the exact posterior.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from mapsto.errors import BadInput
from mapsto.scales import positive


class NoisePrior(ABC):
    """A prior density over sigma, the standard deviation of the noise, in units of y."""

    name: ClassVar[str]
    """What users call it."""
    label: ClassVar[str]
    """The name as a sentence has it."""
    formula: ClassVar[str]
    """The density, in LaTeX."""
    reference: ClassVar[str]
    """Where it is from."""
    proper: ClassVar[bool] = True
    """Whether the density has an integral; without one there is no evidence."""

    @abstractmethod
    def log_density(self, sigma: float) -> float:
        """log p(sigma), in nats; normalised unless improper."""

    @abstractmethod
    def to_pymc(self) -> Any:
        """Register sigma inside the current PyMC model, as a user would write it, and return it."""

    @property
    @abstractmethod
    def pymc_code(self) -> str:
        """The lines a user would type for :meth:`to_pymc`."""

    @property
    def params(self) -> dict[str, float]:
        """The parameters as plain data, for the record."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]


@dataclass(frozen=True)
class HalfNormalNoise(NoisePrior):
    """sigma ~ HalfNormal(scale), in units of y."""

    scale: float

    name: ClassVar[str] = "half_normal"
    label: ClassVar[str] = "half-Normal"
    formula: ClassVar[str] = r"\sigma\sim\mathrm{HalfNormal}(s)"
    reference: ClassVar[str] = "Gelman (2006), Bayesian Analysis 1(3), section 7.1"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the half-normal prior on sigma"))

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`."""
        return 0.5 * math.log(2 / math.pi) - math.log(self.scale) - 0.5 * (sigma / self.scale) ** 2

    def to_pymc(self) -> Any:
        """See :class:`NoisePrior`."""
        import pymc as pm  # here, not above: PyMC takes seconds to import

        return pm.HalfNormal("sigma", sigma=np.float64(self.scale))

    @property
    def pymc_code(self) -> str:
        """See :class:`NoisePrior`."""
        return f"sigma = pm.HalfNormal('sigma', sigma={self.scale!r})"


@dataclass(frozen=True)
class InverseGammaNoise(NoisePrior):
    """sigma^2 ~ InverseGamma(shape, scale); ``scale`` in squared units of y. Conjugate."""

    shape: float
    scale: float

    name: ClassVar[str] = "inverse_gamma"
    label: ClassVar[str] = "inverse-gamma"
    formula: ClassVar[str] = r"\sigma^2\sim\mathrm{InverseGamma}(a,\,b)"
    reference: ClassVar[str] = "Gelman et al. (2013), Bayesian Data Analysis, section 14.8"

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", positive(self.shape, "the shape of the inverse-gamma prior on sigma^2"))
        object.__setattr__(self, "scale", positive(self.scale, "the scale of the inverse-gamma prior on sigma^2"))

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`; 2 sigma is the Jacobian from the variance to sigma."""
        a, b = self.shape, self.scale
        of_variance = a * math.log(b) - math.lgamma(a) - (a + 1) * 2 * math.log(sigma) - b / sigma**2
        return of_variance + math.log(2 * sigma)

    def to_pymc(self) -> Any:
        """See :class:`NoisePrior`."""
        import pymc as pm  # here, not above: PyMC takes seconds to import

        variance = pm.InverseGamma("sigma2", alpha=np.float64(self.shape), beta=np.float64(self.scale))
        return pm.Deterministic("sigma", pm.math.sqrt(variance))

    @property
    def pymc_code(self) -> str:
        """See :class:`NoisePrior`."""
        return (
            f"sigma2 = pm.InverseGamma('sigma2', alpha={self.shape!r}, beta={self.scale!r})\n"
            "    sigma = pm.Deterministic('sigma', pm.math.sqrt(sigma2))"
        )


@dataclass(frozen=True)
class JeffreysNoise(NoisePrior):
    """p(sigma) = 1 / sigma: flat in log sigma, improper."""

    name: ClassVar[str] = "jeffreys"
    label: ClassVar[str] = "Jeffreys"
    formula: ClassVar[str] = r"p(\sigma)\propto 1/\sigma"
    reference: ClassVar[str] = "Jeffreys (1961), Theory of Probability, section 3.10"
    proper: ClassVar[bool] = False

    def log_density(self, sigma: float) -> float:
        """See :class:`NoisePrior`."""
        return -math.log(sigma)

    def to_pymc(self) -> Any:
        """See :class:`NoisePrior`."""
        import pymc as pm  # here, not above: PyMC takes seconds to import

        return pm.Deterministic("sigma", pm.math.exp(pm.Flat("log_sigma")))

    @property
    def pymc_code(self) -> str:
        """See :class:`NoisePrior`."""
        return "sigma = pm.Deterministic('sigma', pm.math.exp(pm.Flat('log_sigma')))"


NOISE_PRIORS: dict[str, type[NoisePrior]] = {
    kind.name: kind for kind in (HalfNormalNoise, InverseGammaNoise, JeffreysNoise)
}


def is_noise_prior(value: Any) -> NoisePrior | None:
    """``value`` as it is if it is None or a NoisePrior, or BadInput."""
    if value is None or isinstance(value, NoisePrior):
        return value
    raise BadInput(
        f"the prior on sigma is {value!r}; expected one of {', '.join(NOISE_PRIORS)}, as in HalfNormalNoise(scale=50)"
    )
