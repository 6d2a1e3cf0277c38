"""The likelihood that a fit is the mode of, with its dispersion: what ``audit`` runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.conventions import ImpliedPrior, NotAPrior
from mapsto.data.statistics import Matrix, Vector
from mapsto.errors import BadInput
from mapsto.likelihoods.asymmetric_laplace import AsymmetricLaplaceNoise
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.base_glm import exp, whole
from mapsto.likelihoods.bernoulli import Bernoulli
from mapsto.likelihoods.binomial import Binomial
from mapsto.likelihoods.gamma import Gamma
from mapsto.likelihoods.huber import HuberNoise
from mapsto.likelihoods.poisson import Poisson
from mapsto.likelihoods.sigma import Known
from mapsto.rounding import gamma
from mapsto.runs.audit.fitted_response import Response, last_step

PEARSON = "the root of the Pearson dispersion, which the fit does not estimate"
MEAN_PINBALL = "the mean pinball loss of the fit, where the scale is most probable; the fit does not estimate it"


def readable(implied: ImpliedPrior | NotAPrior) -> ImpliedPrior:
    """What was read, or what is left of it once a scale is held at its fitted value.

    Raises:
        BadInput: a penalty that is no prior; a penalised intercept.
    """
    if isinstance(implied, NotAPrior):
        if implied.held is None:
            raise BadInput(f"there is no posterior to audit: {implied}")
        implied = implied.held
    if implied.intercept == "penalised":
        raise BadInput(
            f"{implied.source} penalises its intercept, which has no place in mapsto's model; fit it with a free "
            "intercept, or with none on centred data"
        )
    if implied.mode is None:
        raise BadInput(f"{implied.source} does not keep its slopes")
    return implied


def with_dispersion(implied: ImpliedPrior, fitted: Any, rows: Matrix, response: Response) -> ImpliedPrior:
    """The reading with its dispersion, where the likelihood has one that the fit does not say.

    The dispersion of a gamma likelihood is Pearson's, sum q (y - mu)^2 / mu^2 over n less the number of coefficients
    (McCullagh & Nelder 1989, section 8.3.6). The scale of asymmetric Laplace noise is the most probable one at the
    fitted quantiles, the mean pinball loss (Yu & Zhang 2005, Communications in Statistics 34(9), section 3).

    Raises:
        BadInput: too few rows for it; quantiles that fit every row.
    """
    if implied.likelihood not in ("gamma", "asymmetric-laplace") or implied.noise_sd is not None:
        return implied
    eta = rows @ np.asarray(implied.mode) + float(implied.mode_intercept or 0.0)
    q = np.ones(len(response.y)) if response.weights is None else response.weights
    if implied.likelihood == "asymmetric-laplace":
        scale = float(AsymmetricLaplaceNoise(_quantile(fitted)).loss(response.y, eta, q).sum()) / int((q > 0).sum())
        if scale <= gamma(len(q)) * float(np.abs(response.y).max()):
            raise BadInput(f"{implied.source} fits every row exactly, so its noise has no scale; pass it as noise_sd=")
        return implied.with_noise(scale, MEAN_PINBALL)
    left = len(response.y) - len(implied.features) - (implied.intercept == "free")
    if left < 1:
        raise BadInput(
            f"{len(response.y)} rows leave no degrees of freedom for the dispersion; pass its root as noise_sd="
        )
    dispersion = float(np.sum(q * (response.y / exp(eta) - 1) ** 2)) / left
    return implied.with_noise(float(np.sqrt(dispersion)), PEARSON)


def _quantile(fitted: Any) -> float:
    return float(last_step(fitted).quantile)


def likelihood_of(implied: ImpliedPrior, fitted: Any, weights: Vector | None) -> Likelihood:
    """The likelihood that the loss of a fit is minus the logarithm of.

    Raises:
        BadInput: one that is not there; weights that are no numbers of trials; weights under Huber noise.
    """
    last = last_step(fitted)
    if implied.likelihood == "bernoulli":
        return _of_trials(implied, weights)
    if implied.likelihood == "poisson":
        return Poisson()
    if implied.likelihood == "gamma":
        return Gamma(1 / implied.dispersion())
    if implied.likelihood == "huber":
        if weights is not None and np.any(weights != weights[0]):
            raise BadInput(
                f"the weights of {implied.source} multiply its loss, which is no Huber density's; fit it without them"
            )
        return HuberNoise(float(last.epsilon), Known(float(last.scale_)))
    if implied.likelihood == "asymmetric-laplace":
        return AsymmetricLaplaceNoise(_quantile(fitted), Known(implied.dispersion()))
    raise BadInput(
        f"audit has no {implied.likelihood} likelihood, which {implied.source} assumes; prior_of(...) reads its prior "
        "all the same"
    )


def _of_trials(implied: ImpliedPrior, weights: Vector | None) -> Likelihood:
    if weights is None or np.all(weights == 1):
        return Bernoulli()
    if not whole(weights).all():
        odd = float(weights[~whole(weights)][0])
        raise BadInput(
            f"{implied.source} multiplies the loss of a row by {odd:.4g}, and only a whole number of trials makes that "
            "a probability: audit the fit without class_weight (and shift its threshold), or with whole weights"
        )
    return Binomial()
