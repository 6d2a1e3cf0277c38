"""Three ways to the mode: a formula, scikit-learn, and PyMC's own log density."""
