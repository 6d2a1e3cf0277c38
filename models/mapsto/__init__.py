"""mapsto: which prior a penalty assumes, whether a fit is that posterior's mode, and what it left out."""

from typing import Any

from mapsto.certificate import Certificate, Check
from mapsto.conventions import ImpliedPrior, NotAPrior, prior_of, translate
from mapsto.data.statistics import SufficientStatistics
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors import HalfNormalNoise, InverseGammaNoise, JeffreysNoise
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Estimate, Failed, Unsupported
from mapsto.posteriors.exact import exact_posterior
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.normal_inverse_gamma import NormalInverseGammaPosterior
from mapsto.posteriors.quadrature import MixturePosterior
from mapsto.posteriors.ridge_path import Spectrum
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
from mapsto.rounding import gamma, largest
from mapsto.runs.audit import audit
from mapsto.runs.lessons.datasets import diabetes, longley
from mapsto.runs.lessons.experiment import Experiment
from mapsto.runs.lessons.figure import Figure, Mark, Series
from mapsto.runs.lessons.lesson import Lesson
from mapsto.runs.result import Result
from mapsto.runs.run import run
from mapsto.scales import resolve_scales
from mapsto.script import run_script

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
