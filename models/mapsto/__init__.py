"""mapsto: which prior a penalty assumes, whether a fit is that posterior's mode, and what it left out."""

from typing import Any

from mapsto.agreement import Certificate, Check
from mapsto.audit import audit
from mapsto.conjugate import GaussianPosterior
from mapsto.datasets import diabetes, longley
from mapsto.errors import BadInput
from mapsto.estimate import Estimate, Failed, Unsupported
from mapsto.exact import exact_posterior
from mapsto.experiment import Experiment
from mapsto.figure import Figure, Mark, Series
from mapsto.lesson import Lesson
from mapsto.mixture import MixturePosterior
from mapsto.noise import HalfNormalNoise, InverseGammaNoise, JeffreysNoise
from mapsto.normal_inverse_gamma import NormalInverseGammaPosterior
from mapsto.priors import (
    R2D2,
    Cauchy,
    ElasticNet,
    Flat,
    HalfNormal,
    HierarchicalNormal,
    Laplace,
    Logistic,
    MultivariateNormal,
    Normal,
    Prior,
    Recipe,
    RegularizedHorseshoe,
    ScaleMixture,
    Solution,
    StudentT,
)
from mapsto.problem import Problem
from mapsto.result import Result
from mapsto.rounding import gamma, largest
from mapsto.running import run
from mapsto.scales import resolve_scales
from mapsto.script import run_script
from mapsto.settings import Settings
from mapsto.spectrum import Spectrum
from mapsto.sufficient import SufficientStatistics
from mapsto.translate import ImpliedPrior, NotAPrior, prior_of, translate

__all__ = [
    "R2D2",
    "BadInput",
    "Cauchy",
    "Certificate",
    "Check",
    "ElasticNet",
    "Estimate",
    "Experiment",
    "Failed",
    "Figure",
    "Flat",
    "GaussianPosterior",
    "HalfNormal",
    "HalfNormalNoise",
    "HierarchicalNormal",
    "ImpliedPrior",
    "InverseGammaNoise",
    "JeffreysNoise",
    "Laplace",
    "Lesson",
    "Logistic",
    "Mark",
    "MixturePosterior",
    "MultivariateNormal",
    "Normal",
    "NormalInverseGammaPosterior",
    "NotAPrior",
    "PosteriorRegressor",
    "Prior",
    "Problem",
    "Recipe",
    "RegularizedHorseshoe",
    "Result",
    "ScaleMixture",
    "Series",
    "Settings",
    "Solution",
    "Spectrum",
    "StudentT",
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
    raise AttributeError(f"module 'mapsto' has no attribute {name!r}")
