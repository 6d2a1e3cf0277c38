"""mapsto: which prior a penalty assumes, whether a fit is that posterior's mode, and what it left out."""

from mapsto.agreement import Certificate, Check
from mapsto.conjugate import GaussianPosterior
from mapsto.errors import BadInput
from mapsto.estimate import Estimate, Failed, Unsupported
from mapsto.experiment import Experiment, run
from mapsto.priors import Normal, Prior
from mapsto.problem import Problem, resolve_scales
from mapsto.result import Result
from mapsto.script import run_script
from mapsto.settings import Settings
from mapsto.sufficient import SufficientStatistics

__all__ = [
    "BadInput",
    "Certificate",
    "Check",
    "Estimate",
    "Experiment",
    "Failed",
    "GaussianPosterior",
    "Normal",
    "Prior",
    "Problem",
    "Result",
    "Settings",
    "SufficientStatistics",
    "Unsupported",
    "resolve_scales",
    "run",
    "run_script",
]
