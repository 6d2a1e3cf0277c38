"""From what a prior is to what PyMC calls it: its random variables, and the lines that a user would type for them."""

from mapsto.engines.pymc.families.standard import STANDARD, Distribution, positive, positive_code, slopes, slopes_code

__all__ = ["STANDARD", "Distribution", "positive", "positive_code", "slopes", "slopes_code"]
