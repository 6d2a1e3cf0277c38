"""To standardise or not: rescaling the columns moves the prior, and a penalised intercept moves with the origin."""

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
    exact_posterior,
    gamma,
    resolve_scales,
    run_script,
)

Array = NDArray[np.float64]

ALPHA, NOISE_SD, PRIOR_SD = resolve_scales(noise_sd=54.0, prior_sd=20.0)


def raw() -> Problem:
    """442 patients, 10 columns in their own units (years, kg/m², mmHg, ...); the target is disease progression."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    return Problem.from_rows(X, y, noise_sd=NOISE_SD, target="disease progression")


def prior_on_raw(column_sd: Array, *, standardised: bool) -> Array:
    """Prior sd of each slope of a raw column, where every slope of a (perhaps standardised) column has PRIOR_SD."""
    return PRIOR_SD / column_sd if standardised else np.full(len(column_sd), PRIOR_SD)


def share_kept(n: int) -> float:
    """What a penalised intercept keeps of the mean of y beside centred columns."""
    return n / (n + ALPHA)


def fit(X: Array, y: Array, scale: Array) -> GaussianPosterior:
    """The exact posterior beside a free intercept, with a prior sd for each slope."""
    problem = Problem.from_rows(X, y, noise_sd=NOISE_SD)
    exact = exact_posterior(problem, Normal(scale=tuple(scale.tolist())))
    assert isinstance(exact, GaussianPosterior)
    return exact


def fit_penalised(X: Array, y: Array, scale: Array) -> GaussianPosterior:
    """As :func:`fit` with the intercept as a last column of ones, under a prior of its own."""
    ones = np.column_stack([X, np.ones(len(y))])
    problem = Problem.from_rows(ones, y, noise_sd=NOISE_SD, intercept=False)
    exact = exact_posterior(problem, Normal(scale=(*scale.tolist(), PRIOR_SD)))
    assert isinstance(exact, GaussianPosterior)
    return exact


def lesson(result: Result) -> Lesson:
    problem, as_it_is = result.problem, result.exact
    assert isinstance(as_it_is, GaussianPosterior)
    assert problem.X is not None
    assert problem.y is not None
    X, y, n, p, names = problem.X, problem.y, problem.n, problem.p, list(problem.features)
    unit = X.std(axis=0)
    Z, same = (X - X.mean(axis=0)) / unit, np.full(p, PRIOR_SD)
    on_raw, on_standard = prior_on_raw(unit, standardised=False), prior_on_raw(unit, standardised=True)
    standard = fit(Z, y, same)
    carried = fit(X, y, on_standard)  # the prior moved along with the columns
    implied = fit(Z, y, on_raw * unit)  # what the raw prior says of standardised columns
    moved = (as_it_is.mean * unit - standard.mean) / standard.sd
    most, tightest = int(np.abs(moved).argmax()), int((on_raw / on_standard).argmin())

    origin = fit_penalised(Z, y, same)
    shifted, shifted_free = fit_penalised(Z + 5.0, y, same), fit(Z + 5.0, y, same)
    pulled = (shifted.mean[:p] - origin.mean[:p]) / standard.sd
    far = int(np.abs(pulled).argmax())
    low = y.mean() - origin.mean[p]

    condition = float(np.linalg.cond(carried.root / np.linalg.norm(carried.root, axis=0))) ** 2
    centring = np.sqrt(n) * float(max((np.abs(X.mean(axis=0)) / unit).max(), abs(y.mean()) / y.std()))
    rounding = p * gamma(n + 3 * p + 1) * centring * max(condition, 1.0)
    explained = f"rounding times the condition number {condition:.3g} explains this much."
    claims = (
        Check(
            "prior-moved-along-is-the-same-model",
            float(np.abs((carried.mean * unit - standard.mean) / standard.sd).max()),
            2 * rounding * float(np.abs(standard.mean).max() / standard.sd.min()),
            f"Raw columns with prior sd {PRIOR_SD:g}/s against standardised columns, in posterior sds; {explained}",
        ),
        Check(
            "prior-moved-along-has-the-same-width",
            float(np.abs(carried.sd * unit / standard.sd - 1).max()),
            2 * rounding,
            f"Posterior sds of the same two; {explained}",
        ),
        Check(
            "prior-moved-along-has-the-same-evidence",
            abs(carried.log_evidence / standard.log_evidence - 1),
            2 * rounding,
            f"Log evidence of the same two; {explained}",
        ),
        Check(
            "prior-left-behind-is-another-prior",
            float(np.abs((as_it_is.mean * unit - implied.mean) / standard.sd).max()),
            2 * rounding * float(np.abs(implied.mean).max() / standard.sd.min()),
            f"Raw columns with one prior sd against standardised ones with {PRIOR_SD:g} s; {explained}",
        ),
        Check(
            "answers-differ", -float(np.abs(moved).max()), -0.5, "Minus the largest move, in posterior sds: over half."
        ),
        Check(
            "tightened-column-is-shrunk-more",
            float((as_it_is.mean[tightest] * unit[tightest]) / standard.mean[tightest]),
            1.0,
            "The slope of the column whose prior is tightened most, raw over standardised.",
        ),
        Check(
            "penalised-intercept-is-the-mean-shrunk",
            abs(float(origin.mean[p]) / (share_kept(n) * y.mean()) - 1),
            rounding,
            f"Penalised intercept beside standardised columns against n/(n + α) times the mean of y; {explained}",
        ),
        Check(
            "free-intercept-ignores-the-origin",
            float(np.abs((shifted_free.mean - standard.mean) / standard.sd).max()),
            2 * (1 + 5.0) * rounding * float(np.abs(standard.mean).max() / standard.sd.min()),
            f"Move of the slopes when 5 is added to every column, in posterior sds, intercept free; {explained}",
        ),
        Check(
            "penalised-intercept-does-not",
            -float(np.abs(pulled).max()),
            -0.5,
            "Minus the largest move of a slope by the same shift, intercept penalised: more than half a posterior sd.",
        ),
    )
    priors = Figure(
        title="One number, two priors",
        caption=f"Prior sd of each slope per unit of the raw column. A prior of {PRIOR_SD:g} on the raw slopes and one "
        f"of {PRIOR_SD:g} on standardised slopes are different beliefs: for {names[tightest]} the raw one is "
        f"{on_standard[tightest] / on_raw[tightest]:.2g} times as tight.",
        alt="For each column the prior standard deviation of its raw slope: level without standardising, falling with "
        "the column's spread with it.",
        x_label="column",
        y_label="prior sd of the slope, per unit of the raw column",
        series=(
            Series("raw columns", names, on_raw.tolist(), kind="points", tone=2),
            Series("standardised columns", names, on_standard.tolist(), kind="points", tone=1),
        ),
        y_log=True,
    )
    slopes = Figure(
        title="What it does to the slopes",
        caption="Slopes per standard deviation of a column; bars reach one posterior sd. The raw prior moves "
        f"{names[most]} by {abs(moved[most]):.1f} posterior sds. With the prior moved along (divided by the column's "
        "sd) raw and standardised columns give the same posterior.",
        alt="For each column: slope with posterior standard deviation, from raw columns, from standardised ones, and "
        "from raw columns with the prior rescaled; the last two coincide.",
        x_label="column",
        y_label="slope per standard deviation of the column",
        series=(
            _points("raw columns, one prior sd", names, as_it_is.mean * unit, as_it_is.sd * unit, 2),
            _points("standardised columns", names, standard.mean, standard.sd, 1),
            _points("raw columns, prior moved along", names, carried.mean * unit, carried.sd * unit, 3),
        ),
    )
    shifts = np.linspace(0.0, 10.0, 21)
    height = [float(fit_penalised(Z + s, y, same).mean[far]) for s in shifts]
    intercept = Figure(
        title="A penalised intercept depends on the origin",
        caption=f"The slope of {names[far]} when a constant is added to every column. With a free intercept it stays; "
        "with a penalised one the slopes are bent to help the intercept.",
        alt=f"Slope of {names[far]} against the shift: level with a free intercept, moving with a penalised one.",
        x_label="constant added to every standardised column",
        y_label=f"slope of {names[far]}",
        series=(
            Series("penalised intercept", shifts.tolist(), height, tone=2),
            Series("free intercept", [0.0, 10.0], [float(standard.mean[far])] * 2, dashed=True, tone=1),
        ),
        marks=(Mark(5.0, "the shift that is checked"),),
    )
    answer = (
        "It changes the prior, and nothing else. Dividing a column by its sd s multiplies its slope by s, so a prior "
        f"sd of {PRIOR_SD:g} on every slope is {PRIOR_SD:g} on the raw slope in one case, {PRIOR_SD:g}/s in the other. "
        f"Here the slope of {names[most]} moves by {abs(moved[most]):.1f} posterior sds, and the log "
        f"evidence is {as_it_is.log_evidence:.1f} raw, {standard.log_evidence:.1f} standardised. Rescale the prior "
        "along with the columns and the two are one model. An intercept is best left unpenalised: a prior on it is a "
        f"belief about a patient with zero in every column. On standardised columns it keeps n/(n + α) of the mean, "
        f"{low:.2f} too little; add 5 to every column and the slopes move too, by up to {np.abs(pulled).max():.1f} "
        "posterior sds, though no information has changed."
    )
    return Lesson(claims, (priors, slopes, intercept), answer)


def _points(label: str, x: list[str], mean: Array, sd: Array, tone: int) -> Series:
    ends = (mean + sd).tolist(), (mean - sd).tolist()
    return Series(label, x, mean.tolist(), kind="points", top=ends[0], bottom=ends[1], tone=tone)


experiment = Experiment(
    name="standardise-or-not",
    title="To standardise or not",
    question="What does standardising the columns change, and should the intercept be penalised?",
    answer="It changes the prior: the same number means another belief about the raw slopes.",
    data=raw,
    prior=Normal(scale=PRIOR_SD),
    order=13,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
