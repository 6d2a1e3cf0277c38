"""scikit-learn's linear models. None of these files imports it."""
