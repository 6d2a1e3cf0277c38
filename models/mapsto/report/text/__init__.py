"""Words, numbers and formulas for a page."""
