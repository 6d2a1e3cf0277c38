"""What each library's penalty means: ``prior_of`` reads a prior off a fit, ``translate`` says it in another's words."""

from mapsto.conventions.implied import ImpliedPrior, NotAPrior
from mapsto.conventions.readers import reader
from mapsto.conventions.reading import prior_of
from mapsto.conventions.table import conventions_rows, readme_table
from mapsto.conventions.translation import translate

__all__ = ["ImpliedPrior", "NotAPrior", "conventions_rows", "prior_of", "reader", "readme_table", "translate"]
