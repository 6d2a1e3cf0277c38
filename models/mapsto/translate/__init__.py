"""What each library's penalty means: ``prior_of`` reads a prior off a fit, ``translate`` says it in another's words."""

from mapsto.translate.conventions import conventions_rows, readme_table
from mapsto.translate.implied import ImpliedPrior, NotAPrior
from mapsto.translate.readers import reader
from mapsto.translate.reading import prior_of
from mapsto.translate.translation import translate

__all__ = ["ImpliedPrior", "NotAPrior", "conventions_rows", "prior_of", "reader", "readme_table", "translate"]
