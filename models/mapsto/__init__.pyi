"""The public names for editors and type checkers; ``__init__.py`` imports each when it is first used."""

from mapsto.certificate import Certificate as Certificate
from mapsto.certificate import Check as Check
from mapsto.conventions import ImpliedPrior as ImpliedPrior
from mapsto.conventions import NotAPrior as NotAPrior
from mapsto.conventions import prior_of as prior_of
from mapsto.conventions import translate as translate
from mapsto.data.statistics import SufficientStatistics as SufficientStatistics
from mapsto.engines.settings import Settings as Settings
from mapsto.engines.sklearn import Recipe as Recipe
from mapsto.errors import BadInput as BadInput
from mapsto.estimator import PosteriorRegressor as PosteriorRegressor
from mapsto.likelihoods.bernoulli import Bernoulli as Bernoulli
from mapsto.likelihoods.binomial import Binomial as Binomial
from mapsto.likelihoods.gamma import Gamma as Gamma
from mapsto.likelihoods.gaussian import Gaussian as Gaussian
from mapsto.likelihoods.huber import HuberNoise as HuberNoise
from mapsto.likelihoods.negative_binomial import NegativeBinomial as NegativeBinomial
from mapsto.likelihoods.noise_priors import HalfNormalNoise as HalfNormalNoise
from mapsto.likelihoods.noise_priors import InverseGammaNoise as InverseGammaNoise
from mapsto.likelihoods.noise_priors import JeffreysNoise as JeffreysNoise
from mapsto.likelihoods.poisson import Poisson as Poisson
from mapsto.likelihoods.problem import Problem as Problem
from mapsto.likelihoods.sigma import Known as Known
from mapsto.likelihoods.sigma import Learned as Learned
from mapsto.likelihoods.sigma import PluggedIn as PluggedIn
from mapsto.likelihoods.student_t import StudentTNoise as StudentTNoise
from mapsto.marks import literal as literal
from mapsto.outcome import Estimate as Estimate
from mapsto.outcome import Failed as Failed
from mapsto.outcome import Unsupported as Unsupported
from mapsto.posteriors.closed_form import Solution as Solution
from mapsto.posteriors.exact import exact_posterior as exact_posterior
from mapsto.posteriors.gaussian import GaussianPosterior as GaussianPosterior
from mapsto.posteriors.normal_inverse_gamma import NormalInverseGammaPosterior as NormalInverseGammaPosterior
from mapsto.posteriors.quadrature import MixturePosterior as MixturePosterior
from mapsto.posteriors.ridge_path import Spectrum as Spectrum
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
from mapsto.priors import Prior as Prior
from mapsto.priors import RegularizedHorseshoe as RegularizedHorseshoe
from mapsto.priors import ScaleMixture as ScaleMixture
from mapsto.priors import StudentT as StudentT
from mapsto.rounding import gamma as gamma
from mapsto.rounding import largest as largest
from mapsto.runs.audit import audit as audit
from mapsto.runs.lessons.datasets import diabetes as diabetes
from mapsto.runs.lessons.datasets import longley as longley
from mapsto.runs.lessons.experiment import Experiment as Experiment
from mapsto.runs.lessons.figure import Figure as Figure
from mapsto.runs.lessons.figure import Mark as Mark
from mapsto.runs.lessons.figure import Series as Series
from mapsto.runs.lessons.lesson import Lesson as Lesson
from mapsto.runs.result import Result as Result
from mapsto.runs.run import run as run
from mapsto.scales import resolve_scales as resolve_scales
from mapsto.script import run_script as run_script

__version__: str
__all__: list[str]

def __dir__() -> list[str]: ...
