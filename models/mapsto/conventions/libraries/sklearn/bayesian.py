"""scikit-learn's evidence maximisers."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mapsto.conventions.base import Convention, Reading
from mapsto.conventions.facts import Facts
from mapsto.conventions.libraries.sklearn.fitted import VERSION, attribute, linear
from mapsto.conventions.rates import Factors, Rates

EVIDENCE = "its scale was chosen to make the same data most probable (empirical Bayes)"
PREDICTS = "the sd it predicts with includes the noise and leaves out the intercept's variance"


class BayesianRidge(Convention):
    """Ridge(lambda_ / alpha_), with sigma = alpha_^-1/2 of its own.

    ARDRegression has a Normal for each slope, sd lambda_j^-1/2; above the threshold the slope is held at zero.
    """

    key = "bayesian-ridge"
    name = "sklearn.BayesianRidge"
    library = "sklearn BayesianRidge, ARDRegression"
    objective = r"\text{Ridge}(\lambda/\alpha)"
    prior = r"\sigma_w = \lambda^{-1/2}, \; \sigma = \alpha^{-1/2}"
    intercept = "free; chosen by the same data; predictive sd leaves out the intercept's variance"
    known = "run"
    package = "scikit-learn"
    version = VERSION
    l1 = False
    normalises_weights = False
    reads: ClassVar = {"sklearn": ("BayesianRidge", "ARDRegression")}

    def factors(self, *, alpha_: float) -> Factors:
        """Minus twice the log posterior, over the precision of the noise."""
        return 1 / alpha_, 0.0

    def strengths(self, *, lambda_: Any) -> Rates:
        """The precision of each slope."""
        return Rates(lambda_)

    def read(self, fitted: Any, facts: Facts) -> Reading:
        """Sigma is part of the fit."""
        del facts
        precision = float(attribute(fitted, "alpha_"))
        of_slopes = np.asarray(attribute(fitted, "lambda_"), dtype=float)
        remarks: tuple[str, ...] = (PREDICTS,)
        if hasattr(fitted, "threshold_lambda"):
            of_slopes, remarks = np.where(of_slopes < fitted.threshold_lambda, of_slopes, np.inf), ()
        return linear(
            fitted,
            self.to_rates({"lambda_": of_slopes}, alpha_=precision),
            noise_sd=precision**-0.5,
            noise_from="alpha_^-1/2 of the fit",
            data_dependent=EVIDENCE,
            remarks=remarks,
        )
