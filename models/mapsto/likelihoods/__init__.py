"""p(y | X, w): how probable the data are for given slopes. One file a likelihood, found by being there."""
