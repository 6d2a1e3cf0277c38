"""What each library's penalty means: ``prior_of`` reads a prior off a fit, ``translate`` says it in another's words."""

from mapsto.conventions.base import Convention, NoPrior
from mapsto.conventions.implied import ImpliedPrior, NotAPrior
from mapsto.conventions.rates import Rates
from mapsto.conventions.reading import prior_of
from mapsto.conventions.registry import convention, conventions, reader
from mapsto.conventions.table import conventions_rows, readme_table
from mapsto.conventions.translation import translate

__all__ = [
    "Convention",
    "ImpliedPrior",
    "NoPrior",
    "NotAPrior",
    "Rates",
    "convention",
    "conventions",
    "conventions_rows",
    "prior_of",
    "reader",
    "readme_table",
    "translate",
]
