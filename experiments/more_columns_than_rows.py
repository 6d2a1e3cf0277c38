"""More columns than rows: where the table says nothing, the posterior is the prior."""

import numpy as np

import mapsto as mt

ROWS, COLUMNS, SEED = 20, 40, 9
ALPHA, NOISE_SD, PRIOR_SD = mt.resolve_scales(noise_sd=1.0, prior_sd=1.0)


def wide() -> mt.Problem:
    """20 rows of 40 Normal columns; the slopes that made the response are themselves draws from the prior."""
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal((ROWS, COLUMNS))
    w = PRIOR_SD * rng.standard_normal(COLUMNS)
    return mt.Problem.from_rows(X, 5.0 + X @ w + NOISE_SD * rng.standard_normal(ROWS), noise_sd=NOISE_SD)


def primal(Z: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(Z'Z + αI)⁻¹ Z't: as many equations as columns."""
    return np.linalg.solve(Z.T @ Z + ALPHA * np.eye(Z.shape[1]), Z.T @ t)


def dual(Z: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Z'(ZZ' + αI)⁻¹ t: as many equations as rows."""
    return Z.T @ np.linalg.solve(Z @ Z.T + ALPHA * np.eye(Z.shape[0]), t)


def width(d: np.ndarray) -> np.ndarray:
    """Posterior sd along a direction of singular value d; the prior's own where d is 0."""
    return NOISE_SD * (d**2 + ALPHA) ** -0.5


def step_unseen(w: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    """One prior sd from w along every direction that no row has, shape (p,)."""
    return w + PRIOR_SD * unseen.sum(axis=0)


def lesson(result: mt.Result) -> mt.Lesson:
    problem, exact = result.problem, result.exact
    assert isinstance(exact, mt.GaussianPosterior)
    X, y, n, p = np.asarray(problem.X), np.asarray(problem.y), problem.n, problem.p

    # The singular directions of the columns: those that some row has, and the null space.
    Z, t = X - X.mean(axis=0), y - y.mean()
    _, d, Vt = np.linalg.svd(Z)
    rank = int(np.sum(d > d[0] * n * mt.gamma(n)))  # the intercept takes one row
    d = np.append(d[:rank], np.zeros(p - rank))
    mean, covariance = Vt @ exact.mean, Vt @ exact.covariance @ Vt.T
    sd, null = np.sqrt(np.diag(covariance)), slice(rank, p)
    by_primal, by_dual = primal(problem.statistics.R, problem.statistics.z), dual(Z, t)
    elsewhere = step_unseen(exact.mean, Vt[null])
    without_prior = mt.exact_posterior(problem, mt.Flat())

    # What rounding explains, relative to the largest slope: times the condition number of the posterior.
    size, centring = mt.largest(exact.mean), max(1.0, np.sqrt(n) * abs(y.mean()) / np.linalg.norm(t))
    tight = problem.rounding * centring * (d[0] ** 2 + ALPHA) / ALPHA
    unlike_prior = mt.largest(covariance[null, null] / PRIOR_SD**2 - np.eye(p - rank))
    apart, from_mean = mt.largest(by_dual - by_primal) / size, mt.largest(by_dual - exact.mean) / size
    refit = mt.largest(problem.statistics.R @ (elsewhere - exact.mean)) / mt.largest(problem.statistics.R @ exact.mean)
    miscounted, proper = abs(p - rank - (COLUMNS - ROWS + 1)), int(not isinstance(without_prior, mt.Unsupported))
    claims = (
        mt.Check(
            "null-space-mean-is-the-prior-mean",
            mt.largest(mean[null]) / size,
            tight,
            "Posterior mean in the null space, relative to the largest slope; rounding × condition.",
        ),
        mt.Check(
            "null-space-covariance-is-the-prior-covariance",
            unlike_prior,
            tight,
            "Posterior covariance there over the prior's, less one; rounding × condition.",
        ),
        mt.Check(
            "width-of-each-direction",
            mt.largest(sd / width(d) - 1),
            tight,
            r"Sd against $\sigma/\sqrt{d^2 + \alpha}$; rounding × condition.",
        ),
        mt.Check(
            "dual-is-primal", apart, 2 * tight, "The slopes by n equations against those by p; rounding × condition."
        ),
        mt.Check(
            "dual-is-the-posterior-mean", from_mean, 2 * tight, "The slopes by n equations; rounding × condition."
        ),
        mt.Check(
            "null-space-leaves-the-fit-alone",
            refit,
            tight,
            "Change of the fit by a step along it; rounding × condition.",
        ),
        mt.Check(
            "number-of-unseen-directions", miscounted, 0.0, "Against columns - rows + 1: the intercept uses up a row."
        ),
        mt.Check("no-posterior-without-a-prior", proper, 0.0, "One if a flat prior had a proper posterior."),
    )
    groups = (("seen in the rows", slice(0, rank), 1), ("in the null space", null, 3))
    place = np.arange(1.0, p + 1)
    widths = mt.Figure(
        title="What was learned, direction by direction",
        caption=f"The {rank} directions that the rows have are narrower than the prior. In the other {p - rank} the "
        "posterior sd is the prior's, to the last digit that rounding leaves.",
        alt="Posterior standard deviation along each singular direction of the columns: small at first, then rising "
        "to the prior's and level from there on.",
        x_label="singular direction, the best known first",
        y_label="posterior standard deviation",
        series=[mt.Series(name, place[at], sd[at], kind="points", tone=tone) for name, at, tone in groups],
        marks=(mt.Mark(PRIOR_SD, "prior sd", axis="y"),),
    )
    means = mt.Figure(
        title="The mean of each direction",
        caption="Bars reach one posterior standard deviation. In the null space the mean is the prior's, zero, and the "
        "bars are the prior's: nothing there came from the data.",
        alt="Posterior mean and standard deviation along each singular direction; zero in the null space.",
        x_label="singular direction, the best known first",
        y_label="slope along the direction",
        series=[
            mt.Series(name, place[at], mean[at], "points", top=(mean + sd)[at], bottom=(mean - sd)[at], tone=tone)
            for name, at, tone in groups
        ],
    )
    share = np.sum(sd[null] ** 2) / np.sum(sd**2)
    answer = (
        f"No: {n} rows and an intercept see {rank} directions of {p}. In the other {p - rank}, the null space, the "
        "posterior is the prior exactly: mean zero, the prior's sd, whatever was measured; a step along any of them "
        f"leaves every fitted value where it was. They hold {share:.0%} of the posterior's variance. Under a flat "
        "prior there would be no posterior at all. The point estimate hides this, for it fills the null space with "
        f"zeros. It can be computed from {p} equations (primal) or {n} (dual), with the same slopes."
    )
    return mt.Lesson(claims, (widths, means), answer)


experiment = mt.Experiment(
    name="more-columns-than-rows",
    title="More columns than rows",
    question="With more columns than rows, does ridge learn all the slopes?",
    answer="No: where the rows say nothing, the posterior is the prior.",
    data=wide,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about="20 rows of 40 columns of made-up Normal numbers without units; the slopes that made the response are draws "
    "from the "
    "prior, and the noise has sd 1.",
    do="With more columns than rows, report predictions and the directions that the rows have. Do not read single "
    "slopes: most "
    "of what is said of them is the prior.",
    also=("What is learned with more columns than rows?",),
)

if __name__ == "__main__":
    mt.run_script(__file__)
