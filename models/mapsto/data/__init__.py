"""A table of numbers, checked, and what a likelihood needs of its rows."""
