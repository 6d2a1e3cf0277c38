"""p(y | X, w): how probable the data are for given slopes. One file a likelihood."""

PARTS = ("base", "noise_priors", "problem", "sigma")
"""The files here that hold no likelihood of their own."""
