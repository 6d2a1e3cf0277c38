"""Median regression: the density behind the absolute loss, and a posterior width that depends on its scale."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import gaussian_kde

import mapsto as mt

COLUMNS = ("bmi", "bp", "s5")
QUANTILE, PROB = 0.5, 0.89
RESAMPLES, ROUNDS, NEAR = 400, 60, 0.01  # residuals below the last, in points of the score, weigh alike
PRIOR_SCALE = 50.0
SIGMA, TIMES = 22.0, 4.0  # about the mean pinball loss of the fit, where this likelihood is largest; and another


def data() -> mt.Problem:
    """Three columns of the diabetes table under the density of the median."""
    table = mt.diabetes()
    chosen = [table.features.index(name) for name in COLUMNS]
    assert table.X is not None
    return mt.Problem.from_rows(
        table.X[:, chosen],
        table.y,
        noise_sd=SIGMA,
        features=COLUMNS,
        target=table.target,
        likelihood=mt.AsymmetricLaplaceNoise(quantile=QUANTILE),
    )


def others(result: mt.Result) -> dict[str, mt.Result]:
    """The same data and the same loss, with another scale."""
    problem = result.problem.with_noise_sd(TIMES * result.problem.noise_sd)
    return {"wider": mt.run(problem, mt.Laplace(scale=TIMES * PRIOR_SCALE), result.settings)}


def covariance(result: mt.Result) -> np.ndarray:
    """Of slopes and intercept, by the draws; shape (p + 1, p + 1)."""
    drawn = result.posterior["posterior"]
    w, b = drawn["w"].to_numpy(), drawn["b"].to_numpy()
    return np.cov(np.column_stack([w.reshape(-1, w.shape[-1]), b.reshape(-1)]).T)


def corrected(result: mt.Result, X: np.ndarray) -> np.ndarray:
    """Posterior sds of the slopes mended by the sandwich of Yang, Wang & He (2016), ISR 84(3); shape (p,)."""
    of_all, Z = covariance(result), np.column_stack([X, np.ones(len(X))])
    meat = QUANTILE * (1 - QUANTILE) / result.problem.noise_sd**2 * Z.T @ Z
    return np.sqrt(np.diag(of_all @ meat @ of_all))[:-1]


def drawn_again(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sds of the slopes of median regression over tables with rows drawn again, shape (p,).

    All tables at once, by weighted least squares whose weights are one over the absolute residual.
    """
    n, Z = len(y), np.column_stack([X, np.ones(len(y))])
    counts = np.random.default_rng(13).multinomial(n, np.full(n, 1 / n), RESAMPLES)
    fits = np.tile(np.linalg.lstsq(Z, y)[0], (RESAMPLES, 1))
    for _ in range(ROUNDS):
        weights = counts / np.maximum(np.abs(y - fits @ Z.T), NEAR)
        fits = np.linalg.solve(np.einsum("ki,ia,ib->kab", weights, Z, Z, optimize=True), (weights * y @ Z)[..., None])[
            ..., 0
        ]
    return fits.std(axis=0, ddof=1)[:-1]


def lesson(result: mt.Result) -> mt.Lesson:
    problem, wider = result.problem, result.others["wider"]
    X, y, mode = problem.X, problem.y, result.mode
    assert X is not None
    assert y is not None
    raw = {kind: np.sqrt(np.diag(covariance(one)))[:-1] for kind, one in (("one", result), ("wide", wider))}
    mended = {kind: corrected(one, X) for kind, one in (("one", result), ("wide", wider))}
    residual = y - X @ mode.coef - mode.intercept
    known = drawn_again(X, y)
    names, j = tuple(map(mt.literal, problem.features)), int(np.argmax(np.abs(mode.coef)))
    sigma, wide = f"{problem.noise_sd:g}", f"{wider.problem.noise_sd:g}"
    rates, together = wider.problem.noise_sd / problem.noise_sd, np.abs(wider.mode.coef - mode.coef)
    grown, mended_grown = raw["wide"] / raw["one"], mended["wide"] / mended["one"]
    off_raw = np.abs(np.log([raw["one"] / known, raw["wide"] / known]))
    off_mended = np.abs(np.log([mended["one"] / known, mended["wide"] / known]))
    at = problem.objective(mode.coef, mode.intercept, 0.0)
    scales = np.geomspace(problem.noise_sd / 4, 4 * problem.noise_sd, 81)
    density = [problem.with_noise_sd(s).log_likelihood(mode.coef, mode.intercept) for s in scales.tolist()]
    claims = (
        mt.Check(
            "one-mode",
            mt.largest(together),
            problem.rounding * mt.largest(mode.coef),
            "Slopes at the mode with the scale four times as large and the prior with it; rounding.",
        ),
        mt.Check(
            "another-width",
            1.5 / float(grown.min()),
            1.0,
            "One and a half over the least growth of a slope's posterior sd with a scale four times as large.",
        ),
        mt.Check(
            "the-correction-depends-on-it-less",
            float(np.abs(np.log(mended_grown)).max() / np.log(grown).min()),
            1.0,
            "The change of a corrected sd over that of one as it stands, in logarithms, the worst slope.",
        ),
        mt.Check(
            "and-is-nearer-to-rows-drawn-again",
            float((off_mended.max(axis=1) / off_raw.max(axis=1)).max()),
            1.0,
            f"Corrected sds against those over {RESAMPLES} resampled tables, over the same for those as they stand, in "
            "logarithms, the worst slope of each, for the worse of the two scales.",
        ),
        mt.Check(
            "the-scale-is-the-mean-loss",
            abs(float(np.log(scales[np.argmax(density)] / (at / problem.n)))),
            float(np.log(scales[1] / scales[0])),
            "Where the likelihood at the mode is largest in its scale, against the mean pinball loss; one grid step.",
        ),
    )
    half = float(ndtri((1 + PROB) / 2))
    kinds = {
        rf"as it stands, $\sigma = {sigma}$": (result, raw["one"]),
        rf"as it stands, $\sigma = {wide}$": (wider, raw["wide"]),
        rf"corrected, $\sigma = {sigma}$": (result, mended["one"]),
        rf"corrected, $\sigma = {wide}$": (wider, mended["wide"]),
        "rows drawn again": (result, known),
    }
    centre = float(mode.coef[j])
    widths = np.array([half * sd[j] for _, sd in kinds.values()])
    r = np.linspace(-3.2, 3.2, 129) * float(np.std(residual))
    figures = (
        mt.Figure(
            title="One fit, and the width that you ask for",
            caption=f"The slope of {names[j]} at the mode, with {PROB:.0%} intervals of five widths: the "
            "posterior's for two scales, the same two corrected, and that of fits to resampled rows.",
            alt="Five intervals about one point; the second is twice as wide as the first, the last three are alike.",
            x_label="",
            y_label=f"slope of {names[j]}",
            series=(
                mt.Series(
                    "slope", tuple(kinds), [centre] * len(kinds), "points", bottom=centre - widths, top=centre + widths
                ),
            ),
        ),
        mt.Figure(
            title="The density behind the absolute loss, and the residuals",
            caption=r"Density of a response about its median as the likelihood has it, for two scales, and the "
            "residuals as they are, smoothed. The loss has its lowest point at the same slopes for both.",
            alt="Two pointed densities, one narrow and one wide, and a rounded one.",
            x_label="residual, points of the score",
            y_label="density",
            series=[
                mt.Series("residuals", r, gaussian_kde(residual)(r), tone=4, dashed=True),
                *(
                    mt.Series(
                        rf"$\sigma = {one.problem.noise_sd:g}$",
                        r,
                        np.exp(one.problem.likelihood.log_density(r, np.zeros_like(r))),
                        tone=k,
                    )
                    for k, one in ((1, result), (2, wider))
                ),
            ],
        ),
    )
    answer = (
        "The loss does not say. It is minus the logarithm of a density with a peak and exponential tails, "
        r"$\exp(-\rho(r)/\sigma)$ with $\rho(r) = \lvert r\rvert/2$, times $\sigma$. The loss leaves that scale "
        r"out. With $\sigma$ "
        f"{rates:g} times as large, and the prior's scale with it, the mode is the same, and the posterior sd of "
        f"the slope of {names[j]} goes from {raw['one'][j]:.2f} to {raw['wide'][j]:.2f}."
        "\n\n"
        f"The scale that the data like best, the mean loss, is {at / problem.n:.1f}. That does not settle it, for the "
        f"residuals need not scatter as this density does. Fits to {RESAMPLES} tables with rows drawn again scatter "
        f"with sd {known[j]:.2f}."
        "\n\n"
        "The sandwich correction of Yang, Wang & He (2016) takes only the curvature from the posterior. It gives sds "
        f"of {mended['one'][j]:.2f} and {mended['wide'][j]:.2f} from the two: nearer to the resampled one, and less at "
        "the mercy of the scale."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="median",
    title="The width of a median regression",
    question="How sure is a quantile regression of its slopes?",
    answer="The loss does not say: its density has a scale that the fit never needed, and the width follows it.",
    data=data,
    prior=mt.Laplace(scale=PRIOR_SCALE),
    others=others,
    lesson=lesson,
    about="442 patients with diabetes (Efron et al. 2004, in scikit-learn). The response is a score of the disease "
    "after a year, without a unit; the columns are body mass index, blood pressure and the blood value s5, each with "
    "its mean taken off and divided by its sd: a slope is in points of the score for one sd of its column.",
    do="Use quantile regression for its fit. For intervals take the sandwich correction or resample the rows; "
    "trust the posterior's own width only where you believe that responses scatter as its density does.",
    also=("What density is the absolute loss?", "May I trust a Bayesian quantile regression's interval?"),
)

if __name__ == "__main__":
    mt.run_script(__file__)
