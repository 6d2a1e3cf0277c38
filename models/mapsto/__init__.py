"""mapsto: which prior a penalty assumes, whether a fit is that posterior's mode, and what it left out."""

from typing import TYPE_CHECKING, Any

from mapsto.certificate import Certificate, Check
from mapsto.conventions import ImpliedPrior, NotAPrior, prior_of, translate
from mapsto.data.statistics import SufficientStatistics
from mapsto.engines.sklearn import Recipe
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors.registry import shipped as _noise_priors
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Failed, Unsupported
from mapsto.posteriors.closed_form import Solution
from mapsto.posteriors.exact import exact_posterior
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.normal_inverse_gamma import NormalInverseGammaPosterior
from mapsto.posteriors.quadrature import MixturePosterior
from mapsto.posteriors.ridge_path import Spectrum
from mapsto.priors.base import Prior
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.priors.registry import shipped as _priors
from mapsto.rounding import gamma, largest
from mapsto.runs.audit import audit
from mapsto.runs.lessons.datasets import diabetes, longley
from mapsto.runs.lessons.experiment import Experiment
from mapsto.runs.lessons.figure import Figure, Mark, Series
from mapsto.runs.lessons.lesson import Lesson
from mapsto.runs.result import Result
from mapsto.runs.run import run
from mapsto.runs.settings import Settings
from mapsto.scales import resolve_scales
from mapsto.script import run_script

if TYPE_CHECKING:  # for editors and type checkers; at run time a prior is exported by its file being there
    from mapsto.likelihoods.noise_priors import HalfNormalNoise as HalfNormalNoise
    from mapsto.likelihoods.noise_priors import InverseGammaNoise as InverseGammaNoise
    from mapsto.likelihoods.noise_priors import JeffreysNoise as JeffreysNoise
    from mapsto.priors import R2D2 as R2D2
    from mapsto.priors import Cauchy as Cauchy
    from mapsto.priors import ElasticNet as ElasticNet
    from mapsto.priors import Flat as Flat
    from mapsto.priors import HalfNormal as HalfNormal
    from mapsto.priors import HierarchicalNormal as HierarchicalNormal
    from mapsto.priors import Laplace as Laplace
    from mapsto.priors import Logistic as Logistic
    from mapsto.priors import MultivariateNormal as MultivariateNormal
    from mapsto.priors import Normal as Normal
    from mapsto.priors import RegularizedHorseshoe as RegularizedHorseshoe
    from mapsto.priors import StudentT as StudentT

__all__ = [
    "BadInput",
    "Certificate",
    "Check",
    "Estimate",
    "Experiment",
    "Failed",
    "Figure",
    "GaussianPosterior",
    "ImpliedPrior",
    "Lesson",
    "Mark",
    "MixturePosterior",
    "NormalInverseGammaPosterior",
    "NotAPrior",
    "PosteriorRegressor",
    "Prior",
    "Problem",
    "Recipe",
    "Result",
    "ScaleMixture",
    "Series",
    "Settings",
    "Solution",
    "Spectrum",
    "SufficientStatistics",
    "Unsupported",
    "audit",
    "diabetes",
    "exact_posterior",
    "gamma",
    "largest",
    "longley",
    "prior_of",
    "resolve_scales",
    "run",
    "run_script",
    "translate",
]


def __getattr__(name: str) -> Any:
    if name == "PosteriorRegressor":  # a subclass of scikit-learn's classes, which take a second to import
        from mapsto.estimator import PosteriorRegressor

        return PosteriorRegressor
    for kind in _plugins():
        if kind.__name__ == name:
            return kind
    raise AttributeError(f"module 'mapsto' has no attribute {name!r}")


def _plugins() -> list[type[Any]]:
    """The priors, and the priors on sigma, that there is a file for."""
    return [*_priors().values(), *_noise_priors().values()]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ += [kind.__name__ for kind in _plugins()]
