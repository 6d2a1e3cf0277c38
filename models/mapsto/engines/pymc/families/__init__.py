"""From what a prior is to what PyMC calls it: its random variables, and the lines that a user would type for them."""

from mapsto.engines.pymc.kept import look_after_folders

look_after_folders()  # the modules in here import PyTensor

from mapsto.engines.pymc.families.standard import (  # noqa: E402
    STANDARD,
    Distribution,
    positive,
    positive_code,
    slopes,
    slopes_code,
)

__all__ = ["STANDARD", "Distribution", "positive", "positive_code", "slopes", "slopes_code"]
