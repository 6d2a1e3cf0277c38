"""Columns that move together: what the data say, direction by direction, on Longley's table."""

import numpy as np

import mapsto as mt

# About the residual sd of least squares, and a prior of a million jobs for each standard deviation of a column.
ALPHA, NOISE_SD, PRIOR_SD = mt.resolve_scales(noise_sd=300.0, prior_sd=1000.0)


def kept(d: np.ndarray) -> np.ndarray:
    """Share of least squares that the posterior mean keeps in a direction of singular value d."""
    return d**2 / (d**2 + ALPHA)


def width(d: np.ndarray) -> np.ndarray:
    """Posterior sd in a direction of singular value d, in thousands of jobs."""
    return NOISE_SD * (d**2 + ALPHA) ** -0.5


def slopes(X: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    """Ridge slopes with a free intercept; least squares if alpha is 0."""
    Z, p = X - X.mean(axis=0), X.shape[1]
    stacked = np.vstack([Z, np.sqrt(alpha) * np.eye(p)])
    w: np.ndarray = np.linalg.lstsq(stacked, np.append(y - y.mean(), np.zeros(p)))[0]
    return w


def swing(X: np.ndarray, y: np.ndarray, alpha: float) -> float:
    """The largest change of any slope when one year is left out."""
    without = [slopes(np.delete(X, i, axis=0), np.delete(y, i), alpha) for i in range(len(y))]
    return mt.largest(without - slopes(X, y, alpha))


def chief(direction: np.ndarray) -> list[int]:
    """The two columns that weigh most in a direction."""
    return [int(j) for j in np.argsort(-np.abs(direction))[:2]]


def with_bars(label: str, x: tuple[str, ...], mean: np.ndarray, sd: np.ndarray, tone: int) -> mt.Series:
    return mt.Series(label, x, mean, kind="points", top=mean + sd, bottom=mean - sd, tone=tone)


def lesson(result: mt.Result) -> mt.Lesson:
    problem, exact = result.problem, result.exact
    assert isinstance(exact, mt.GaussianPosterior)
    X, y, p, columns = np.asarray(problem.X), np.asarray(problem.y), problem.p, tuple(map(mt.literal, problem.features))

    # Singular directions of the columns, the best known first; each points along its chief column.
    _, d, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    Vt *= np.sign([[v[chief(v)[0]]] for v in Vt])
    ols, error, pair = slopes(X, y, 0.0), NOISE_SD / d, chief(Vt[-1])
    said, believed, covariance = Vt @ ols, Vt @ exact.mean, Vt @ exact.covariance @ Vt.T
    sd, unknown = np.sqrt(np.diag(covariance)), int(np.sum(d**2 < ALPHA))
    free, calm = swing(X, y, 0.0), swing(X, y, ALPHA)
    edge = 1.1 * max(mt.largest(np.abs(believed) + 2 * sd), 2 * PRIOR_SD)

    # What rounding explains: times the condition number of the posterior, or of the columns alone.
    rounding = problem.rounding * np.sqrt(problem.n) * y.mean() / np.linalg.norm(y - y.mean())
    tight, loose = rounding * (d[0] ** 2 + ALPHA) / (d[-1] ** 2 + ALPHA), rounding * (d[0] / d[-1]) ** 2
    off = mt.largest(believed - kept(d) * said) / mt.largest(believed)
    across = mt.largest(covariance - np.diag(sd**2)) / mt.largest(sd**2)
    both = mt.largest((sd / PRIOR_SD) ** 2 + kept(d) - 1)
    miscounted = abs(int(np.sum(np.linalg.eigvalsh(exact.covariance) > PRIOR_SD**2 / 2)) - unknown)
    sure, page, share = PRIOR_SD / error[-1], edge / np.abs(said[-unknown:]).min(), np.sum(Vt[-1][pair] ** 2)
    claims = (
        mt.Check(
            "mean-is-shrunk-least-squares",
            off,
            loose,
            r"Mean against $d^2/(d^2 + \alpha)$ of least squares; rounding × condition.",
        ),
        mt.Check(
            "width-of-each-direction",
            mt.largest(sd / width(d) - 1),
            tight,
            r"Sd against $\sigma/\sqrt{d^2 + \alpha}$; rounding.",
        ),
        mt.Check(
            "directions-are-independent", across, tight, "Largest covariance over the largest variance; rounding."
        ),
        mt.Check(
            "prior-variance-left-is-what-is-not-kept", both, tight, "Share left plus share kept, less one; rounding."
        ),
        mt.Check(
            "count-of-unknown-directions",
            miscounted,
            0.0,
            r"Directions more prior than data, against $d^2$ below $\alpha$.",
        ),
        mt.Check(
            "least-squares-is-less-sure-than-the-prior", sure, 1.0, "Prior sd over the last standard error: below one."
        ),
        mt.Check(
            "least-squares-runs-off-the-page", page, 1.0, "Edge of the first figure over least squares: below one."
        ),
        mt.Check("ridge-moves-less", calm / free, 1.0, "Largest move by leaving out a year, over least squares'."),
        mt.Check(
            "chief-pair-of-the-least-known", 0.5 / share, 1.0, "Half over the pair's share of the direction: below one."
        ),
    )
    names, unit = tuple(f"direction {j + 1}" for j in range(p)), "thousands of jobs per sd"
    beyond = " and ".join(f"{value:,.0f}".replace("-", "\N{MINUS SIGN}") for value in said if abs(value) > edge)
    directions = mt.Figure(
        title="Three opinions of each direction",
        caption="Bars reach one standard deviation. Where the data are sure, the posterior lies on least squares; in "
        f"the last {unknown} of {p} directions it keeps more than half the variance of the prior. What least squares "
        f"says there runs off the page, to {beyond}: arrows stand for it. Direction {p} is chiefly "
        f"{columns[pair[0]]} and {columns[pair[1]]}.",
        alt="Estimate and standard deviation by least squares, prior and posterior along each singular direction.",
        x_label="singular direction, the best known first",
        y_label=f"slope along the direction, {unit}",
        series=(
            with_bars("least squares", names, said, error, 2),
            with_bars("prior", names, np.zeros(p), np.full(p, PRIOR_SD), 3),
            with_bars("posterior", names, believed, sd, 1),
        ),
        fit_y=(-edge, edge),
    )
    shares = mt.Figure(
        title="What is kept and what is left",
        caption="The share of least squares that is kept, the shrinkage factor, and the share of the prior's variance "
        "that is left add up to one in every direction: what is not learned stays as it was believed.",
        alt="Two bars for each singular direction, which add up to one.",
        x_label="singular direction",
        y_label="share",
        series=(
            mt.Series(r"kept of least squares, $d^2/(d^2 + \alpha)$", names, kept(d), "bars", tone=2),
            mt.Series("left of the prior's variance", names, (sd / PRIOR_SD) ** 2, "bars", tone=3),
        ),
        marks=(mt.Mark(0.5, r"half learned: $d^2 = \alpha$", "y"),),
    )
    by_column = mt.Figure(
        title="The slopes of the columns",
        caption=f"Leave out one year and least squares moves a slope by up to {free:,.0f}, ridge by up to {calm:,.0f} "
        "thousand jobs.",
        alt="For each column: slope and standard deviation by least squares and by the posterior.",
        x_label="column",
        y_label=f"slope, {unit}",
        series=(
            with_bars("least squares", columns, ols, np.sqrt(Vt.T**2 @ error**2), 2),
            with_bars("posterior", columns, exact.mean, exact.sd, 1),
        ),
    )
    answer = (
        "The posterior knows which combinations the data are silent on. Along each singular direction of the columns "
        r"it keeps $d^2/(d^2 + \alpha)$ of what least squares says, and what it does not keep is the share of the "
        f"prior's variance that is left. Here the shares run from {kept(d)[0]:.4f} down to {kept(d)[-1]:.3f}: in "
        f"{unknown} of {p} directions the posterior is more prior than data. The least known is chiefly "
        f"{columns[pair[0]]} and {columns[pair[1]]}. There least squares has a standard error of {error[-1]:,.0f} "
        f"thousand jobs, worse than the {PRIOR_SD:,.0f} one knew beforehand, and dropping a single year moves one of "
        f"its slopes by {free:,.0f}; ridge's move by {calm:,.0f} at most. Ridge is calm there because it repeats the "
        "prior, so read those directions as unknown, not as small."
    )
    return mt.Lesson(claims, (directions, shares, by_column), answer)


experiment = mt.Experiment(
    name="collinear",
    title="Columns that move together",
    question="Least squares explodes on collinear columns and ridge does not: what does ridge know that it does not?",
    answer="Nothing: where the data are silent, ridge repeats the prior, and the posterior says where that is.",
    data=mt.longley,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about=mt.LONGLEY_IN_WORDS,
    do="Look at the posterior along the singular directions, not column by column. Where it is the prior, say "
    '"unknown", and '
    "do not read a small slope as a small effect.",
    also=("Why is ridge calm where least squares explodes?",),
)

if __name__ == "__main__":
    mt.run_script(__file__)
