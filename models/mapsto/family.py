"""A standard family of distributions with its parameters, as data: what a density is, whoever evaluates it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class Family:
    """A distribution by its name in statistics, for engines to map to what they call it.

    | name | parameters |
    |---|---|
    | normal | mean, sd |
    | laplace, logistic, cauchy | location, scale |
    | student_t | df, location, scale |
    | half_normal, half_cauchy | scale |
    | half_student_t | df, scale |
    | inverse_gamma | shape, scale |
    | flat, half_flat, log_flat | none: density 1, 1 on the positive half line, 1 / x on it |
    | multivariate_normal | mean (p numbers), covariance (p rows of p numbers) |
    | hierarchical_normal | scale |
    | regularized_horseshoe | global_scale, slab_scale, slab_df |
    | r2d2 | scale, mean, precision, concentration |

    A likelihood's has the linear predictor eta and the weights q of the rows besides:

    | name | parameters |
    |---|---|
    | normal, student_t | of y about eta; df of the latter |
    | huber | of y about eta: threshold, log_normaliser |
    | asymmetric_laplace | of y about its quantile eta: quantile |
    | bernoulli, binomial | of q y with log-odds eta: none |
    | poisson, negative_binomial | of q y with mean q exp(eta): none; size |
    | gamma | of y with mean exp(eta): shape |

    Attributes:
        name: one of these, or another that an engine knows.
        params: the parameters by name: a number, or a tuple with one for each coefficient.
        power: the family is that of the variable to this power: 2 where it is of a variance and not of an sd.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    power: int = 1
