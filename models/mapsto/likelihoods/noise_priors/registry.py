"""How priors on sigma are found: the files of this folder, other packages' entry points, a file of the user's."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.plugins import Kind

NOISE_PRIORS = Kind(
    word="prior on sigma",
    package="mapsto.likelihoods.noise_priors",
    group="mapsto.noise_priors",
    base=NoisePrior,
    texts=("name", "formula", "reference"),
    one_of=("family", "expression"),
    formulas=("formula",),
)


@cache
def shipped() -> dict[str, type[NoisePrior]]:
    """Every prior on sigma with a file in this folder, by name."""
    return NOISE_PRIORS.shipped()


def parse_noise(text: str) -> NoisePrior:
    """A prior on sigma as the command line names it: ``half_normal:scale=50``, ``jeffreys``, ``FILE.py:Name``.

    Raises:
        BadInput: an unknown one, or parameters it has not.
    """
    made: NoisePrior = NOISE_PRIORS.parse(text, shipped())
    return made


def parse_learned(texts: Iterable[str]) -> dict[str, NoisePrior]:
    """Parameters of a likelihood that are to be learned, as ``size=half_cauchy:scale=5``, each with its prior.

    Raises:
        BadInput: no ``=``, a name that comes twice, or what :func:`parse_noise` refuses.
    """
    found: dict[str, NoisePrior] = {}
    for text in texts:
        name, equals, prior = text.partition("=")
        if not (name.isidentifier() and equals) or name in found:
            raise BadInput(
                f"--learn is {text!r}; expected a parameter of the likelihood and its prior, once, as in "
                "size=half_cauchy:scale=5"
            )
        found[name] = parse_noise(prior)
    return found


def is_noise_prior(value: Any) -> NoisePrior | None:
    """``value`` as it is if it is None or a NoisePrior, or BadInput."""
    if value is None or isinstance(value, NoisePrior):
        return value
    raise BadInput(
        f"the prior on sigma is {value!r}; expected one of {', '.join(shipped())}, as in HalfNormalNoise(scale=50)"
    )


def exported(name: str) -> Any:
    """The class of that name among the shipped ones; AttributeError if there is none."""
    return NOISE_PRIORS.exported(name, shipped())
