"""More columns than rows: where the table says nothing, the posterior is the prior."""

import numpy as np
from numpy.typing import NDArray

from mapsto import (
    Check,
    Experiment,
    Figure,
    Flat,
    GaussianPosterior,
    Lesson,
    Mark,
    Normal,
    Problem,
    Result,
    Series,
    Unsupported,
    exact_posterior,
    gamma,
    resolve_scales,
    run_script,
)

Array = NDArray[np.float64]

ROWS, COLUMNS, SEED = 20, 40, 9
ALPHA, NOISE_SD, PRIOR_SD = resolve_scales(noise_sd=1.0, prior_sd=1.0)


def wide() -> Problem:
    """20 rows of 40 Normal columns; the slopes that made the response are themselves draws from the prior."""
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal((ROWS, COLUMNS))
    w = PRIOR_SD * rng.standard_normal(COLUMNS)
    return Problem.from_rows(X, 5.0 + X @ w + NOISE_SD * rng.standard_normal(ROWS), noise_sd=NOISE_SD)


def primal(Z: Array, t: Array) -> Array:
    """(Z'Z + αI)⁻¹ Z't: as many equations as columns."""
    w: Array = np.linalg.solve(Z.T @ Z + ALPHA * np.eye(Z.shape[1]), Z.T @ t)
    return w


def dual(Z: Array, t: Array) -> Array:
    """Z'(ZZ' + αI)⁻¹ t: as many equations as rows."""
    w: Array = Z.T @ np.linalg.solve(Z @ Z.T + ALPHA * np.eye(Z.shape[0]), t)
    return w


def width(d: Array) -> Array:
    """Posterior sd along a direction of singular value d; the prior's own where d is 0."""
    sd: Array = NOISE_SD / np.sqrt(d**2 + ALPHA)
    return sd


def step_unseen(w: Array, unseen: Array) -> Array:
    """One prior sd from w along every direction that no row has, shape (p,)."""
    other: Array = w + PRIOR_SD * unseen.sum(axis=0)
    return other


def lesson(result: Result) -> Lesson:
    problem, exact = result.problem, result.exact
    assert isinstance(exact, GaussianPosterior)
    assert problem.X is not None
    assert problem.y is not None
    n, p = problem.n, problem.p
    Z, t = problem.X - problem.X.mean(axis=0), problem.y - problem.y.mean()
    _, d, Vt = np.linalg.svd(Z)
    rank = int(np.sum(d > d[0] * n * gamma(n)))  # the intercept takes one row
    seen, unseen = Vt[:rank], Vt[rank:]
    d = np.append(d[:rank], np.zeros(p - rank))
    across = Vt @ exact.covariance @ Vt.T
    sd = np.sqrt(np.diag(across))
    by_primal, by_dual = primal(Z, t), dual(Z, t)
    elsewhere = step_unseen(exact.mean, unseen)
    without_prior = exact_posterior(problem, Flat())

    size, condition = float(np.abs(exact.mean).max()), (d[0] ** 2 + ALPHA) / ALPHA
    centring = np.sqrt(n) * abs(problem.y.mean()) / float(np.linalg.norm(t))
    rounding = p * gamma(n + 3 * p + 1) * max(1.0, centring)
    explained = f"rounding times the condition number {condition:.3g} explains this much."
    claims = (
        Check(
            "null-space-mean-is-the-prior-mean",
            float(np.abs(unseen @ exact.mean).max()) / size,
            rounding * condition,
            f"Posterior mean along the directions that no row has, relative to the largest slope; {explained}",
        ),
        Check(
            "null-space-covariance-is-the-prior-covariance",
            float(np.abs(unseen @ exact.covariance @ unseen.T / PRIOR_SD**2 - np.eye(p - rank)).max()),
            rounding * condition,
            f"Posterior covariance of those directions over the prior variance, less the identity; {explained}",
        ),
        Check(
            "width-of-each-direction",
            float(np.abs(sd / width(d) - 1).max()),
            rounding * condition,
            f"Posterior sd along every singular direction against σ/√(d² + α); {explained}",
        ),
        Check(
            "dual-is-primal",
            float(np.abs(by_dual - by_primal).max()) / size,
            2 * rounding * condition,
            f"The two solutions against each other, relative to the largest slope; twice over, {explained}",
        ),
        Check(
            "dual-is-the-posterior-mean",
            float(np.abs(by_dual - exact.mean).max()) / size,
            2 * rounding * condition,
            f"The dual solution against the posterior mean, relative to the largest slope; twice over, {explained}",
        ),
        Check(
            "null-space-leaves-the-fit-alone",
            float(np.abs(Z @ (elsewhere - exact.mean)).max()) / float(np.abs(Z @ exact.mean).max()),
            rounding * condition,
            f"Change of the fitted values by a step along every unseen direction, relative to them; {explained}",
        ),
        Check(
            "number-of-unseen-directions",
            abs(float(p - rank - (COLUMNS - ROWS + 1))),
            0.0,
            "Columns less rank, against columns - rows + 1: the intercept uses up one row.",
        ),
        Check(
            "no-posterior-without-a-prior",
            float(not isinstance(without_prior, Unsupported)),
            0.0,
            "One if there were a proper posterior under a flat prior.",
        ),
    )
    widths = Figure(
        title="What was learned, direction by direction",
        caption=f"The {rank} directions that the rows have are narrower than the prior. In the other {p - rank} the "
        "posterior sd is the prior's, to the last digit that rounding leaves.",
        alt="Posterior standard deviation along each singular direction of the columns: small at first, then rising "
        "to the prior's and level from there on.",
        x_label="singular direction, the best known first",
        y_label="posterior standard deviation",
        series=(
            Series("seen in the rows", list(range(1, rank + 1)), sd[:rank].tolist(), kind="points", tone=1),
            Series("in the null space", list(range(rank + 1, p + 1)), sd[rank:].tolist(), kind="points", tone=3),
        ),
        marks=(Mark(PRIOR_SD, "prior sd", axis="y"),),
    )
    ways = Figure(
        title="Two ways to solve it, one answer",
        caption=f"Each column's slope by {p} equations across and by {n} equations up: all points lie on the diagonal.",
        alt="Slopes by the dual formula against slopes by the primal formula, on the line of equality.",
        x_label="slope by the primal formula, p equations",
        y_label="slope by the dual formula, n equations",
        series=(
            Series("equal", [-size, size], [-size, size], dashed=True, tone=3),
            Series("columns", by_primal.tolist(), by_dual.tolist(), kind="points", tone=1),
        ),
    )
    means = Figure(
        title="The mean of each direction",
        caption="Bars reach one posterior standard deviation. In the null space the mean is the prior's, zero, and the "
        "bars are the prior's: nothing there came from the data.",
        alt="Posterior mean and standard deviation along each singular direction; zero in the null space.",
        x_label="singular direction, the best known first",
        y_label="slope along the direction",
        series=(
            _points("seen in the rows", 1, seen @ exact.mean, sd[:rank], 1),
            _points("in the null space", rank + 1, unseen @ exact.mean, sd[rank:], 3),
        ),
    )
    share = float(np.sum(sd[rank:] ** 2) / np.sum(sd**2))
    answer = (
        f"No: {n} rows and an intercept see {rank} directions of {p}. In the other {p - rank}, the null space, the "
        "posterior is the prior exactly: mean zero, the prior's sd, whatever was measured; a step along any of them "
        f"leaves every fitted value where it was. They hold {share:.0%} of the posterior's variance. Under a flat "
        "prior there would be no posterior at all. The point estimate hides this, for it fills the null space with "
        f"zeros. It can be had from {p} equations (primal) or {n} (dual), with the same slopes."
    )
    return Lesson(claims, (widths, means, ways), answer)


def _points(label: str, first: int, mean: Array, sd: Array, tone: int) -> Series:
    x, ends = list(range(first, first + len(mean))), ((mean + sd).tolist(), (mean - sd).tolist())
    return Series(label, x, mean.tolist(), kind="points", top=ends[0], bottom=ends[1], tone=tone)


experiment = Experiment(
    name="more-columns-than-rows",
    title="More columns than rows",
    question="With more columns than rows, does ridge learn all the slopes?",
    answer="No: where the rows say nothing, the posterior is the prior.",
    data=wide,
    prior=Normal(scale=PRIOR_SD),
    order=9,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
