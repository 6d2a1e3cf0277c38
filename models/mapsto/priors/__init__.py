"""The priors, one file each. A new file is found by being there; see ``mapsto.plugins``."""

from mapsto.priors.base import LearnedScale, PiecewiseQuadratic, Prior, Recipe, Solution
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.priors.cauchy import Cauchy
from mapsto.priors.elastic_net import ElasticNet
from mapsto.priors.flat import Flat
from mapsto.priors.half_normal import HalfNormal
from mapsto.priors.hierarchical_normal import HierarchicalNormal
from mapsto.priors.laplace import Laplace
from mapsto.priors.logistic import Logistic
from mapsto.priors.multivariate_normal import MultivariateNormal
from mapsto.priors.normal import Normal
from mapsto.priors.r2d2 import R2D2
from mapsto.priors.regularized_horseshoe import RegularizedHorseshoe
from mapsto.priors.student_t import StudentT

__all__ = [
    "R2D2",
    "Cauchy",
    "ElasticNet",
    "Flat",
    "HalfNormal",
    "HierarchicalNormal",
    "Laplace",
    "LearnedScale",
    "Logistic",
    "MultivariateNormal",
    "Normal",
    "PiecewiseQuadratic",
    "Prior",
    "Recipe",
    "RegularizedHorseshoe",
    "ScaleMixture",
    "Solution",
    "StudentT",
]
