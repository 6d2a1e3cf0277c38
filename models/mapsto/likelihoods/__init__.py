"""p(y | X, w): how probable the data are for given slopes."""
