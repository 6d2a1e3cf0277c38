"""The scale of the noise: known, plugged in, or learned. It is one of the three and never a mixture of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.noise_priors.registry import is_noise_prior
from mapsto.scales import positive

Kind = Literal["known", "plugged", "learned"]
GIVEN = "It was given."
RESIDUAL_SD = "It is the residual standard deviation of least squares."


@dataclass(frozen=True)
class Known:
    """sigma is a number, in units of y; ``how`` says in a sentence where it is from."""

    value: float
    how: str = GIVEN
    kind: ClassVar[Kind] = "known"

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", positive(self.value, "noise_sd"))


@dataclass(frozen=True)
class PluggedIn:
    """sigma was estimated from the same data, and is then used as if it were known."""

    value: float
    how: str = RESIDUAL_SD
    kind: ClassVar[Kind] = "plugged"

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", positive(self.value, "the estimated noise_sd"))


@dataclass(frozen=True)
class Learned:
    """sigma has a prior and a posterior; a point estimate is taken ``at`` a known or plugged-in value all the same."""

    prior: NoisePrior
    at: Known | PluggedIn
    kind: ClassVar[Kind] = "learned"

    def __post_init__(self) -> None:
        if is_noise_prior(self.prior) is None:
            raise BadInput("sigma is to be learned and no prior on it came; pass one, as in HalfNormalNoise(scale=50)")

    @property
    def value(self) -> float:
        """The sigma of the point estimate, in units of y."""
        return self.at.value

    @property
    def how(self) -> str:
        """Where that value is from."""
        return self.at.how


Sigma = Known | PluggedIn | Learned
ONE = Known(1.0)


def sigma_of(value: Any) -> Sigma:
    """A number as a known sigma; a Sigma as it is.

    Raises:
        BadInput: something else, or a number that is not positive.
    """
    return value if isinstance(value, Known | PluggedIn | Learned) else Known(value)


def point_of(sigma: Sigma) -> Known | PluggedIn:
    """The sigma of the point estimate, without any prior on it."""
    return sigma.at if isinstance(sigma, Learned) else sigma
