"""Columns that move together: what the data say, direction by direction, on Longley's table."""

import math

import numpy as np
from numpy.typing import NDArray

from mapsto import (
    Check,
    Experiment,
    Figure,
    GaussianPosterior,
    Lesson,
    Mark,
    Normal,
    Problem,
    Result,
    Series,
    gamma,
    resolve_scales,
    run_script,
)

Array = NDArray[np.float64]

# About the residual sd of least squares, and a prior of a million jobs for each standard deviation of a column.
ALPHA, NOISE_SD, PRIOR_SD = resolve_scales(noise_sd=300.0, prior_sd=1000.0)

# Longley (1967), JASA 62(319), 819-841. Jobs are in thousands, GNP in millions of dollars.
COLUMNS = ("deflator", "GNP", "unemployed", "armed forces", "population", "year")
JOBS = (
    *(60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761),
    *(66019, 67857, 68169, 66513, 68655, 69564, 69331, 70551),
)
TABLE = (
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


def longley() -> Problem:
    """16 years of the United States, 6 columns standardised (mean 0, sd 1); the target is people in work."""
    X = np.array(TABLE)
    standardised = (X - X.mean(axis=0)) / X.std(axis=0)
    jobs = np.array(JOBS, dtype=np.float64)
    return Problem.from_rows(standardised, jobs, noise_sd=NOISE_SD, features=COLUMNS, target="jobs (thousands)")


def kept(d: Array) -> Array:
    """Share of the least-squares estimate that the posterior mean keeps in a direction of singular value d."""
    share: Array = d**2 / (d**2 + ALPHA)
    return share


def width(d: Array) -> Array:
    """Posterior sd in a direction of singular value d, in thousands of jobs."""
    sd: Array = NOISE_SD / np.sqrt(d**2 + ALPHA)
    return sd


def slopes(X: Array, y: Array, alpha: float) -> Array:
    """Ridge slopes beside a free intercept; least squares if alpha is 0."""
    Z, p = X - X.mean(axis=0), X.shape[1]
    stacked = np.vstack([Z, math.sqrt(alpha) * np.eye(p)])
    w: Array = np.linalg.lstsq(stacked, np.append(y - y.mean(), np.zeros(p)), rcond=None)[0]
    return w


def swing(X: Array, y: Array, alpha: float) -> float:
    """The largest change of any slope when one year is left out."""
    all_years = slopes(X, y, alpha)
    without = [slopes(np.delete(X, i, axis=0), np.delete(y, i), alpha) for i in range(len(y))]
    return float(np.abs(without - all_years).max())


def chief(direction: Array) -> list[int]:
    """The two columns that weigh most in a direction."""
    return [int(j) for j in np.argsort(-np.abs(direction))[:2]]


def lesson(result: Result) -> Lesson:
    problem, exact = result.problem, result.exact
    assert isinstance(exact, GaussianPosterior)
    assert problem.X is not None
    assert problem.y is not None
    X, y, p = problem.X, problem.y, problem.p
    _, d, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    Vt = Vt * np.sign(Vt[np.arange(p), np.abs(Vt).argmax(axis=1)])[:, np.newaxis]  # each points along its chief column
    ols = slopes(X, y, 0.0)
    said, believed = Vt @ ols, Vt @ exact.mean
    across = Vt @ exact.covariance @ Vt.T
    sd = np.sqrt(np.diag(across))
    unknown = int(np.sum(d**2 < ALPHA))
    swings = swing(X, y, 0.0), swing(X, y, ALPHA)
    two = chief(Vt[-1])
    pair = " and ".join(COLUMNS[j] for j in two)

    centring = math.sqrt(problem.n) * y.mean() / float(np.linalg.norm(y - y.mean()))
    rounding = p * gamma(problem.n + 3 * p + 1) * centring
    of_posterior, of_columns = (d[0] ** 2 + ALPHA) / (d[-1] ** 2 + ALPHA), (d[0] / d[-1]) ** 2
    limit = 1.1 * float(max((np.abs(believed) + 2 * sd).max(), 2 * PRIOR_SD))
    claims = (
        Check(
            "mean-is-shrunk-least-squares",
            float(np.abs(believed - kept(d) * said).max() / np.abs(believed).max()),
            rounding * of_columns,
            "Posterior mean along each singular direction against d²/(d² + α) times least squares, relative to the "
            "largest; rounding times the squared condition number of the columns explains this much.",
        ),
        Check(
            "width-of-each-direction",
            float(np.abs(sd / width(d) - 1).max()),
            rounding * of_posterior,
            "Posterior sd along each singular direction against σ/√(d² + α); rounding times the condition number.",
        ),
        Check(
            "directions-are-independent",
            float(np.abs(across - np.diag(np.diag(across))).max() / sd.max() ** 2),
            rounding * of_posterior,
            "Largest posterior covariance between two singular directions, relative to the largest variance.",
        ),
        Check(
            "prior-variance-left-is-what-is-not-kept",
            float(np.abs((sd / PRIOR_SD) ** 2 - (1 - kept(d))).max()),
            rounding * of_posterior,
            "Posterior over prior variance along each direction, plus the share kept of least squares, is one.",
        ),
        Check(
            "count-of-unknown-directions",
            abs(float(np.sum(np.linalg.eigvalsh(exact.covariance) > PRIOR_SD**2 / 2)) - unknown),
            0.0,
            "Directions with more than half the prior variance left, counted in the posterior, less those with d² < α.",
        ),
        Check(
            "least-squares-is-less-sure-than-the-prior",
            PRIOR_SD / (NOISE_SD / d[-1]),
            1.0,
            "Prior sd over the standard error of least squares in the last direction.",
        ),
        Check(
            "least-squares-runs-off-the-page",
            limit / float(np.abs(said[-unknown:]).min()),
            1.0,
            "The edge of the first figure over the least of the least-squares estimates in the unknown directions.",
        ),
        Check(
            "ridge-moves-less",
            swings[1] / swings[0],
            1.0,
            "Largest move by leaving out a year, ridge's over that of least squares.",
        ),
        Check(
            "chief-pair-of-the-least-known",
            0.5 / float(np.sum(Vt[-1][two] ** 2)),
            1.0,
            "Half over the share of the last direction's squared weights that the two named columns hold.",
        ),
    )
    names = [f"{j + 1} ({COLUMNS[int(np.abs(v).argmax())]})" for j, v in enumerate(Vt)]
    error = NOISE_SD / d
    unit = "thousands of jobs per standard deviation"
    directions = Figure(
        title="Three opinions of each direction",
        caption="Bars reach one standard deviation. Where the data are sure, the posterior lies on least squares; in "
        f"the last {unknown} of {p} directions it keeps more than half the variance of the prior. What least squares "
        "says there runs off the page.",
        alt="For each singular direction of the columns: estimate and standard deviation by least squares, by the "
        "prior and by the posterior.",
        x_label="singular direction, the best known first (its chief column)",
        y_label=f"slope along the direction, {unit}",
        series=(
            _points("least squares", names, said, error, 2),
            _points("prior", names, np.zeros(p), np.full(p, PRIOR_SD), 3),
            _points("posterior", names, believed, sd, 1),
        ),
        fit_y=(-limit, limit),
    )
    shares = Figure(
        title="What is kept and what is left",
        caption="The share of least squares that is kept and the share of the prior variance that is left add up to "
        "one in every direction: the shrinkage factor is the share that was learned.",
        alt="Two bars for each singular direction, which add up to one.",
        x_label="singular direction",
        y_label="share",
        series=(
            Series("kept of least squares, d²/(d² + α)", names, kept(d).tolist(), kind="bars", tone=2),
            Series("left of the prior variance", names, ((sd / PRIOR_SD) ** 2).tolist(), kind="bars", tone=3),
        ),
        marks=(Mark(0.5, "half learned: d² = α", axis="y"),),
    )
    columns = Figure(
        title="The slopes of the columns",
        caption=f"Leave out one year and least squares moves a slope by up to {swings[0]:,.0f}, ridge by up to "
        f"{swings[1]:,.0f} thousand jobs.",
        alt="For each column: slope and standard deviation by least squares and by the posterior.",
        x_label="column",
        y_label=f"slope, {unit}",
        series=(
            _points("least squares", COLUMNS, ols, np.sqrt(Vt.T**2 @ error**2), 2),
            _points("posterior", COLUMNS, exact.mean, exact.sd, 1),
        ),
    )
    answer = (
        f"The posterior knows which combinations the data are silent on. Along each singular direction of the columns "
        f"it keeps d²/(d² + α) of what least squares says, and what it does not keep is the share of the prior's "
        f"variance that is left. Here the shares run from {kept(d)[0]:.4f} down to {kept(d)[-1]:.3f}: in {unknown} of "
        f"{p} directions the posterior is more prior than data. The least known is chiefly {pair}. There least squares "
        f"has a standard error of {error[-1]:,.0f} thousand jobs, worse than the {PRIOR_SD:,.0f} one knew beforehand, "
        f"and dropping a single year moves one of its slopes by {swings[0]:,.0f}; ridge's move by {swings[1]:,.0f} at "
        "most. Ridge is calm there because it repeats the prior, so read those directions as unknown, not as small."
    )
    return Lesson(claims, (directions, shares, columns), answer)


def _points(label: str, x: tuple[str, ...] | list[str], mean: Array, sd: Array, tone: int) -> Series:
    ends = (mean + sd).tolist(), (mean - sd).tolist()
    return Series(label, x, mean.tolist(), kind="points", top=ends[0], bottom=ends[1], tone=tone)


experiment = Experiment(
    name="collinear",
    title="Columns that move together",
    question="Least squares explodes on collinear columns and ridge does not: what does ridge know that it does not?",
    answer="Nothing: where the data are silent, ridge repeats the prior, and the posterior says where that is.",
    data=longley,
    prior=Normal(scale=PRIOR_SD),
    order=8,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
