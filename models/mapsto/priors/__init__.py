"""The priors, one file each. A new file is found, and its class exported from here, by being there."""

from typing import TYPE_CHECKING, Any

from mapsto.priors.base import Gaussian, GroupNorms, LearnedScale, PiecewiseQuadratic, Prior
from mapsto.priors.base_scale_mixture import ScaleMixture

if TYPE_CHECKING:  # for editors and type checkers alone
    from mapsto.priors.asymmetric_laplace import AsymmetricLaplace as AsymmetricLaplace
    from mapsto.priors.cauchy import Cauchy as Cauchy
    from mapsto.priors.elastic_net import ElasticNet as ElasticNet
    from mapsto.priors.flat import Flat as Flat
    from mapsto.priors.g_prior import GPrior as GPrior
    from mapsto.priors.generalized_normal import GeneralizedNormal as GeneralizedNormal
    from mapsto.priors.group_laplace import GroupLaplace as GroupLaplace
    from mapsto.priors.half_normal import HalfNormal as HalfNormal
    from mapsto.priors.hierarchical_normal import HierarchicalNormal as HierarchicalNormal
    from mapsto.priors.laplace import Laplace as Laplace
    from mapsto.priors.logistic import Logistic as Logistic
    from mapsto.priors.multivariate_normal import MultivariateNormal as MultivariateNormal
    from mapsto.priors.normal import Normal as Normal
    from mapsto.priors.r2d2 import R2D2 as R2D2
    from mapsto.priors.random_walk import RandomWalk as RandomWalk
    from mapsto.priors.regularized_horseshoe import RegularizedHorseshoe as RegularizedHorseshoe
    from mapsto.priors.spike_and_slab_normal import SpikeAndSlabNormal as SpikeAndSlabNormal
    from mapsto.priors.student_t import StudentT as StudentT

__all__ = ["Gaussian", "GroupNorms", "LearnedScale", "PiecewiseQuadratic", "Prior", "ScaleMixture"]


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module 'mapsto.priors' has no attribute {name!r}")
    from mapsto.priors.registry import exported

    return exported(name)


def __dir__() -> list[str]:
    from mapsto.priors.registry import shipped

    return sorted({*globals(), *(kind.__name__ for kind in shipped().values())})
