"""Small tables that need no file: what the lessons are told on."""

from __future__ import annotations

import numpy as np

from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.poisson import Poisson
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
STACK_LOSS_IN_WORDS = (
    "21 days of a plant that oxidises ammonia (Brownlee 1965). The response is the ammonia that escapes, in tenths "
    "of a percent. The three columns are air flow, the temperature of the cooling water and the concentration of acid, "
    "each with its mean taken off and divided by its sd: a slope is in tenths of a percent for one sd of its column."
)
DOCTORS_IN_WORDS = (
    "Deaths from coronary heart disease among British male doctors (Doll & Hill 1966; table in Breslow & Day 1987), "
    "smokers and others, in five bands of age from 35-44 to 75-84. The response is deaths per thousand person-years, "
    "and person-years are the exposure. Age is counted in bands of ten years from the middle one; a slope is a "
    "difference in the logarithm of the rate, without a unit."
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

STACK_LOSS_COLUMNS = ("air flow", "water temperature", "acid concentration")
STACK_LOSS = (
    (80, 27, 89, 42),
    (80, 27, 88, 37),
    (75, 25, 90, 37),
    (62, 24, 87, 28),
    (62, 22, 87, 18),
    (62, 23, 87, 18),
    (62, 24, 93, 19),
    (62, 24, 93, 20),
    (58, 23, 87, 15),
    (58, 18, 80, 14),
    (58, 18, 89, 14),
    (58, 17, 88, 13),
    (58, 18, 82, 11),
    (58, 19, 93, 12),
    (50, 18, 89, 8),
    (50, 18, 86, 7),
    (50, 19, 72, 8),
    (50, 19, 79, 8),
    (50, 20, 80, 9),
    (56, 20, 82, 15),
    (70, 20, 91, 15),
)
DOCTORS_COLUMNS = ("smokes", "age", "age squared", "smokes times age")
DOCTORS = (
    (0, -2, 2, 18790),
    (0, -1, 12, 10673),
    (0, 0, 28, 5710),
    (0, 1, 28, 2585),
    (0, 2, 31, 1462),
    (1, -2, 32, 52407),
    (1, -1, 104, 43248),
    (1, 0, 206, 28612),
    (1, 1, 186, 12663),
    (1, 2, 102, 5317),
)
"""Whether they smoke, ten-year bands of age from 55-64, deaths, person-years."""


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


def stack_loss(noise_sd: float = 2.0, *, likelihood: Likelihood | None = None) -> Problem:
    """21 days of a plant and 3 columns, standardised (mean 0, sd 1); the target is the ammonia that escapes.

    Brownlee (1965), "Statistical Theory and Methodology in Science and Engineering", page 454. The table on which
    robust regression is shown: days 1, 3, 4 and 21 lie off the line of the others.

    Args:
        noise_sd: sigma, in tenths of a percent; 2 is about the spread of the other days about their line.
        likelihood: by default Gaussian noise.
    """
    rows = np.array(STACK_LOSS, dtype=np.float64)
    X = (rows[:, :3] - rows[:, :3].mean(axis=0)) / rows[:, :3].std(axis=0)
    return Problem.from_rows(
        X, rows[:, 3], noise_sd=noise_sd, features=STACK_LOSS_COLUMNS, target="stack loss", likelihood=likelihood
    )


def doctors(likelihood: Likelihood | None = None) -> Problem:
    """Deaths of British doctors by smoking and age, 10 rows and 4 columns; the exposure is in thousands of years.

    Breslow & Day (1987), "Statistical Methods in Cancer Research", volume 2, page 112, after Doll & Hill (1966).

    Args:
        likelihood: one of counts; by default Poisson.
    """
    smokes, age, deaths, years = np.array(DOCTORS, dtype=np.float64).T
    X, thousands = np.column_stack([smokes, age, age**2, smokes * age]), years / 1000
    return Problem.from_rows(
        X,
        deaths / thousands,
        weights=thousands,
        features=DOCTORS_COLUMNS,
        target="deaths per thousand person-years",
        likelihood=likelihood or Poisson(),
    )
