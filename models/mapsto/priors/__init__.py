"""The priors, one file each."""

from mapsto.priors.base import Prior, Recipe, Solution
from mapsto.priors.normal import Normal

__all__ = ["Normal", "Prior", "Recipe", "Solution"]
