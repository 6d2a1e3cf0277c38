"""To standardise or not: rescaling the columns moves the prior, and a penalised intercept moves with the origin."""

import numpy as np

import mapsto as mt

ALPHA, NOISE_SD, PRIOR_SD = mt.resolve_scales(noise_sd=54.0, prior_sd=20.0)
SHIFT = 5.0  # added to every standardised column


def raw() -> mt.Problem:
    """The diabetes table with its columns in their own units (years, kg/m², mmHg, ...)."""
    return mt.diabetes(NOISE_SD, standardised=False)


def prior_on_raw(column_sd: np.ndarray, *, standardised: bool) -> np.ndarray:
    """Prior sd of each slope of a raw column, where every slope of a (perhaps standardised) column has PRIOR_SD."""
    return PRIOR_SD / column_sd if standardised else np.full(len(column_sd), PRIOR_SD)


def share_kept(n: int) -> float:
    """What a penalised intercept keeps of the mean of y where the columns are centred."""
    return n / (n + ALPHA)


def fit(X: np.ndarray, y: np.ndarray, scale: np.ndarray, *, intercept: bool = True) -> mt.GaussianPosterior:
    """The exact posterior with a prior sd for each slope, with a free intercept or none."""
    problem = mt.Problem.from_rows(X, y, noise_sd=NOISE_SD, intercept=intercept)
    exact = mt.exact_posterior(problem, mt.Normal(scale=tuple(scale)))
    assert isinstance(exact, mt.GaussianPosterior)
    return exact


def fit_penalised(X: np.ndarray, y: np.ndarray, scale: np.ndarray) -> mt.GaussianPosterior:
    """As :func:`fit` with the intercept as a last column of ones, under a prior of its own."""
    return fit(np.column_stack([X, np.ones(len(y))]), y, np.append(scale, PRIOR_SD), intercept=False)


def with_bars(label: str, x: tuple[str, ...], mean: np.ndarray, sd: np.ndarray, tone: int) -> mt.Series:
    return mt.Series(label, x, mean, kind="points", top=mean + sd, bottom=mean - sd, tone=tone)


def lesson(result: mt.Result) -> mt.Lesson:
    problem, as_it_is = result.problem, result.exact
    assert isinstance(as_it_is, mt.GaussianPosterior)
    X, y, n, p = np.asarray(problem.X), np.asarray(problem.y), problem.n, problem.p
    names = tuple(map(mt.literal, problem.features))

    # Raw columns as they are, standardised ones, and either under the other's prior.
    unit, same = X.std(axis=0), np.full(p, PRIOR_SD)
    Z = (X - X.mean(axis=0)) / unit
    on_raw, on_standard = prior_on_raw(unit, standardised=False), prior_on_raw(unit, standardised=True)
    standard = fit(Z, y, same)
    carried = mt.exact_posterior(problem, mt.Normal(scale=tuple(on_standard)))  # the prior moved along with the columns
    assert isinstance(carried, mt.GaussianPosterior)
    implied = fit(Z, y, on_raw * unit)  # what the raw prior says of standardised columns
    moved = (as_it_is.mean * unit - standard.mean) / standard.sd
    most, tightest = int(np.abs(moved).argmax()), int((on_raw / on_standard).argmin())

    # The intercept penalised and free, and every column moved away from its mean.
    origin = fit_penalised(Z, y, same)
    penalised, free = fit_penalised(Z + SHIFT, y, same), fit(Z + SHIFT, y, same)
    pulled = (penalised.mean[:p] - origin.mean[:p]) / standard.sd
    far = int(np.abs(pulled).argmax())

    # What rounding explains: times the condition number; of means, in posterior sds.
    condition = max(1.0, float(np.linalg.cond(carried.root / np.linalg.norm(carried.root, axis=0))) ** 2)
    centring = np.sqrt(n) * max(mt.largest(X.mean(axis=0) / unit), abs(y.mean()) / y.std())
    tight = problem.rounding * centring * condition
    in_sds = 2 * tight / standard.sd.min()
    off = mt.largest((carried.mean * unit - standard.mean) / standard.sd)
    wide = mt.largest(carried.sd * unit / standard.sd - 1)
    evidence = abs(carried.log_evidence / standard.log_evidence - 1)
    other = mt.largest((as_it_is.mean * unit - implied.mean) / standard.sd)
    shrunk = as_it_is.mean[tightest] * unit[tightest] / standard.mean[tightest]
    low = y.mean() - origin.mean[p]
    keeps = abs(origin.mean[p] / (share_kept(n) * problem.statistics.y_mean) - 1)
    stays = mt.largest((free.mean - carried.mean * unit) / standard.sd)
    of_standard, of_implied = in_sds * mt.largest(standard.mean), in_sds * mt.largest(implied.mean)
    of_shift = (1 + SHIFT) * of_standard
    claims = (
        mt.Check(
            "prior-moved-along-is-the-same-model",
            off,
            of_standard,
            "Slopes of raw columns with prior sd $20/s$ against standardised with 20; rounding × condition.",
        ),
        mt.Check("prior-moved-along-has-the-same-width", wide, 2 * tight, "Sds of the same two; rounding × condition."),
        mt.Check("prior-moved-along-has-the-same-evidence", evidence, 2 * tight, "Log evidence of the two; rounding."),
        mt.Check(
            "prior-left-behind-is-another-prior",
            other,
            of_implied,
            "Slopes of raw columns with prior sd 20 against standardised with $20s$; rounding × condition.",
        ),
        mt.Check("answers-differ", -mt.largest(moved), -0.5, "Minus the largest move of a slope: half a posterior sd."),
        mt.Check(
            "tightened-column-is-shrunk-more", shrunk, 1.0, "Slope of the tightest prior over the other's: below one."
        ),
        mt.Check(
            "penalised-intercept-is-the-mean-shrunk", keeps, tight, r"$n/(n + \alpha)$ of the mean of $y$; rounding."
        ),
        mt.Check(
            "free-intercept-ignores-the-origin", stays, of_shift, "Move of the slopes in sds; rounding × condition."
        ),
        mt.Check(
            "penalised-intercept-does-not",
            -mt.largest(pulled),
            -0.5,
            "Minus the largest such move with a penalised intercept: half an sd at least.",
        ),
    )
    slopes = mt.Figure(
        title="What it does to the slopes",
        caption="Slopes per standard deviation of a column; bars reach one posterior sd. The raw prior moves "
        f"{names[most]} by {abs(moved[most]):.1f} posterior sds. With the prior moved along (divided by the column's "
        "sd) raw and standardised columns give the same posterior.",
        alt="For each column: slope with posterior standard deviation, from raw columns, from standardised ones, and "
        "from raw columns with the prior rescaled; the last two coincide.",
        x_label="column",
        y_label="slope per standard deviation of the column",
        series=(
            with_bars("raw columns, one prior sd", names, as_it_is.mean * unit, as_it_is.sd * unit, 2),
            with_bars("standardised columns", names, standard.mean, standard.sd, 1),
            with_bars("raw columns, prior moved along", names, carried.mean * unit, carried.sd * unit, 3),
        ),
    )
    priors = mt.Figure(
        title="One number, two priors",
        caption=f"Prior sd of each slope per unit of the raw column. {PRIOR_SD:g} on every raw slope and {PRIOR_SD:g} "
        "on every standardised one are different beliefs: the second is narrow where a column is spread wide.",
        alt="For each column two dots: level for raw columns, lower the larger the column's spread for standardised.",
        x_label="column",
        y_label="prior sd of the slope, per unit of the raw column",
        series=(
            mt.Series("raw columns", names, on_raw, "points", tone=2),
            mt.Series("standardised columns", names, on_standard, "points", tone=1),
        ),
        y_log=True,
    )
    shifts = np.linspace(0.0, 2 * SHIFT, 21)
    shifted = [fit_penalised(Z + shift, y, same).mean[far] for shift in shifts]
    intercept = mt.Figure(
        title="A penalised intercept depends on the origin",
        caption=f"The slope of {names[far]} when a constant is added to every column. With a free intercept it stays; "
        "with a penalised one the slopes move to help the intercept.",
        alt=f"Slope of {names[far]} against the shift: level with a free intercept, moving with a penalised one.",
        x_label="constant added to every standardised column",
        y_label=f"slope of {names[far]}",
        series=(
            mt.Series("penalised intercept", shifts, shifted, tone=2),
            mt.Series("free intercept", shifts[[0, -1]], standard.mean[[far, far]], dashed=True, tone=1),
        ),
        marks=(mt.Mark(SHIFT, "the shift that is checked"),),
    )
    answer = (
        "It changes the prior, and nothing else. Dividing a column by its sd $s$ multiplies its slope by $s$, so a "
        f"prior sd of {PRIOR_SD:g} on every slope is {PRIOR_SD:g} on the raw slope in one case, ${PRIOR_SD:g}/s$ in "
        f"the other. Here the slope of {names[most]} moves by {abs(moved[most]):.1f} posterior sds, and the log "
        f"evidence is ${as_it_is.log_evidence:.1f}$ raw, ${standard.log_evidence:.1f}$ standardised. Rescale the prior "
        "along with the columns and the two are one model. An intercept is best left unpenalised: a prior on it is a "
        r"belief about a patient with zero in every column. On standardised columns it keeps $n/(n + \alpha)$ of the "
        f"mean, {low:.2f} too little; add {SHIFT:g} to every column and the slopes move too, by up to "
        f"{mt.largest(pulled):.1f} posterior sds, though no information has changed."
    )
    return mt.Lesson(claims, (slopes, priors, intercept), answer)


experiment = mt.Experiment(
    name="standardise-or-not",
    title="To standardise or not",
    question="What does standardising the columns change, and should the intercept be penalised?",
    answer="It changes the prior: the same number means another belief about the raw slopes.",
    data=raw,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about="The 442 patients of the diabetes table (Efron et al. 2004) with their columns in their own units: years, "
    r"$\text{kg/m}^2$, mmHg and blood values. The response is a score of the disease a year later, without a unit: a "
    r"slope is in points of the score for one year, one $\text{kg/m}^2$ and so on.",
    do="Decide what one prior sd should mean: per unit of a column, or per sd of it. Standardise if the second, and "
    "report "
    "which; leave the intercept unpenalised.",
    also=(
        "What does standardising do to the prior?",
        "Should the intercept be penalised?",
    ),
)

if __name__ == "__main__":
    mt.run_script(__file__)
