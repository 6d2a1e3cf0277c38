"""Two small tables that need no file: what the lessons are told on."""

from __future__ import annotations

import numpy as np

from mapsto.likelihoods.problem import Problem

DIABETES_IN_WORDS = (
    "442 patients with diabetes (Efron et al. 2004, in scikit-learn). The response is how far the disease had gone a "
    "year "
    "later, a score from 25 to 346 without a unit. The ten columns are age, sex, body mass index, blood pressure and "
    "six "
    "blood values s1 to s6, each with its mean taken off and divided by its sd: a slope is in points of the score for "
    "one "
    "sd of its column."
)
LONGLEY_IN_WORDS = (
    "16 years of the United States, 1947 to 1962 (Longley 1967). The response is the number of people in work, in "
    "thousands. The six columns (prices, output, unemployment, armed forces, population, the year) all grew with time; "
    "each has its mean taken off and is divided by its sd: a slope is in thousands of jobs for one sd of its column."
)
LONGLEY_COLUMNS = ("deflator", "GNP", "unemployed", "armed forces", "population", "year")
LONGLEY_JOBS = (
    *(60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761),
    *(66019, 67857, 68169, 66513, 68655, 69564, 69331, 70551),
)
LONGLEY = (
    (83.0, 234289, 2356, 1590, 107608, 1947),
    (88.5, 259426, 2325, 1456, 108632, 1948),
    (88.2, 258054, 3682, 1616, 109773, 1949),
    (89.5, 284599, 3351, 1650, 110929, 1950),
    (96.2, 328975, 2099, 3099, 112075, 1951),
    (98.1, 346999, 1932, 3594, 113270, 1952),
    (99.0, 365385, 1870, 3547, 115094, 1953),
    (100.0, 363112, 3578, 3350, 116219, 1954),
    (101.2, 397469, 2904, 3048, 117388, 1955),
    (104.6, 419180, 2822, 2857, 118734, 1956),
    (108.4, 442769, 2936, 2798, 120445, 1957),
    (110.8, 444546, 4681, 2637, 121950, 1958),
    (112.6, 482704, 3813, 2552, 123366, 1959),
    (114.2, 502601, 3931, 2514, 125368, 1960),
    (115.7, 518173, 4806, 2572, 127852, 1961),
    (116.9, 554894, 4007, 2827, 130081, 1962),
)


def diabetes(noise_sd: float = 54.0, *, standardised: bool = True) -> Problem:
    """442 patients and 10 columns of Efron, Hastie, Johnstone & Tibshirani (2004), Annals of Statistics 32(2).

    Args:
        noise_sd: sigma, in units of the target (disease progression after a year); 54 is about the residual sd of
            least squares.
        standardised: whether each column has mean 0 and sd 1; else they are in years, kg/m², mmHg and so on.
    """
    from sklearn.datasets import load_diabetes  # imported late: it takes a second

    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=standardised)
    if standardised:
        X = (X - X.mean()) / X.std(ddof=0)
    return Problem.from_rows(X, y, noise_sd=noise_sd, target="disease progression")


def longley(noise_sd: float = 300.0) -> Problem:
    """16 years of the United States and 6 columns, standardised (mean 0, sd 1); the target is people in work.

    Longley (1967), JASA 62(319), 819-841. The columns nearly repeat each other.

    Args:
        noise_sd: sigma, in thousands of jobs; 300 is about the residual sd of least squares.
    """
    X = np.array(LONGLEY)
    standardised = (X - X.mean(axis=0)) / X.std(axis=0)
    jobs = np.array(LONGLEY_JOBS, dtype=np.float64)
    return Problem.from_rows(standardised, jobs, noise_sd=noise_sd, features=LONGLEY_COLUMNS, target="jobs (thousands)")
