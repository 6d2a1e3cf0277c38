"""The priors on sigma, one file each. A new file is found, and its class exported from here, by being there."""

from typing import TYPE_CHECKING, Any

from mapsto.likelihoods.noise_priors.base import NoisePrior

if TYPE_CHECKING:  # for editors and type checkers alone
    from mapsto.likelihoods.noise_priors.flat import FlatNoise as FlatNoise
    from mapsto.likelihoods.noise_priors.gamma import GammaNoise as GammaNoise
    from mapsto.likelihoods.noise_priors.half_cauchy import HalfCauchyNoise as HalfCauchyNoise
    from mapsto.likelihoods.noise_priors.half_normal import HalfNormalNoise as HalfNormalNoise
    from mapsto.likelihoods.noise_priors.half_student_t import HalfStudentTNoise as HalfStudentTNoise
    from mapsto.likelihoods.noise_priors.inverse_gamma import InverseGammaNoise as InverseGammaNoise
    from mapsto.likelihoods.noise_priors.jeffreys import JeffreysNoise as JeffreysNoise

__all__ = ["NoisePrior"]


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module 'mapsto.likelihoods.noise_priors' has no attribute {name!r}")
    from mapsto.likelihoods.noise_priors.registry import exported

    return exported(name)


def __dir__() -> list[str]:
    from mapsto.likelihoods.noise_priors.registry import shipped

    return sorted({*globals(), *(kind.__name__ for kind in shipped().values())})
