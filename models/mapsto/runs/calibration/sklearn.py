"""scikit-learn's BayesianRidge under the model that it is written for, and what its standard deviation leaves out."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import BayesianRidge

from mapsto.certificate.calibration.ranks import DRAWS
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.sigma import Known
from mapsto.priors.normal import Normal
from mapsto.runs.calibration.methods import Drawn
from mapsto.runs.calibration.truths import SLOPES, Truth, table

NOISE_SHAPE, NOISE_RATE = 3.0, 1.5  # Gamma prior of 1 / sigma^2: alpha_1 and alpha_2
SLOPES_SHAPE, SLOPES_RATE = 3.0, 1.5  # Gamma prior of 1 / sigma_w^2: lambda_1 and lambda_2


def truth(rng: np.random.Generator) -> Truth:
    """One replicate of its own model: both precisions from their Gamma priors, slopes and data given them."""
    sigma = float(rng.gamma(NOISE_SHAPE, 1 / NOISE_RATE) ** -0.5)
    slopes_sd = float(rng.gamma(SLOPES_SHAPE, 1 / SLOPES_RATE) ** -0.5)
    X, row = table(Gaussian())
    w = slopes_sd * rng.standard_normal(SLOPES)
    y = np.append(X @ w, row @ w) + sigma * rng.standard_normal(len(X) + 1)
    problem = Problem.from_rows(X, y[:-1], noise_sd=Known(sigma))
    return Truth(problem, Normal(slopes_sd), w, sigma, row, float(y[-1]))


def bayesian_ridge(truth: Truth, rng: np.random.Generator) -> Drawn:
    """What ``predict(return_std=True)`` says, taken for Normal: noise apart, that is the mean response's sd."""
    return _drawn(truth, rng, intercept=False)


def with_the_intercept(truth: Truth, rng: np.random.Generator) -> Drawn:
    """The same with the variance of the intercept, sigma^2 / n, that its standard deviation leaves out."""
    return _drawn(truth, rng, intercept=True)


def _drawn(truth: Truth, rng: np.random.Generator, *, intercept: bool) -> Drawn:
    X, y = truth.problem.table.rows
    fit = BayesianRidge(
        alpha_1=NOISE_SHAPE, alpha_2=NOISE_RATE, lambda_1=SLOPES_SHAPE, lambda_2=SLOPES_RATE, max_iter=3000, tol=1e-8
    ).fit(X, y)
    (mean,), (sd,) = fit.predict(truth.row[np.newaxis], return_std=True)
    noise = 1 / fit.alpha_
    variance = sd**2 - noise + intercept * noise / len(y)
    root = np.linalg.cholesky(fit.sigma_)
    slopes = fit.coef_ + rng.standard_normal((DRAWS, SLOPES)) @ root.T
    at = mean + np.sqrt(variance) * rng.standard_normal(DRAWS)
    about = y.mean() - slopes @ X.mean(axis=0)
    return Drawn(slopes, about, float(np.sqrt(noise)), at)
